console.log('begun');
const dive = (): number => dive() + 1;
dive();
