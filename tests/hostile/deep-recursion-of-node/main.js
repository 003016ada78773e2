console.log("begun");
const dive = () => dive() + 1;
dive();
