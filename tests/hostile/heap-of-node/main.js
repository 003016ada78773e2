console.log("begun");
const kept = [];
for (;;) kept.push(new Array(1000).fill({}).map((_, index) => ({ index })));
