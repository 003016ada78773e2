console.log("begun");
setInterval(() => {}, 1 << 30);
