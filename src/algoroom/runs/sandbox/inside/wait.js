// The hook of a Node that is started before its program is known. It runs when Node is up and the
// main module is not looked for yet, waits until the gate is opened, and leaves the rest to Node.
// Workers of the program run it too, and wait for nothing.
"use strict";
const { isMainThread } = require("node:worker_threads");

if (isMainThread) {
  require("node:fs").readFileSync("/tmp/gate");

  // Node counts its time from its own start. A program's begins now.
  const waited = performance.now();
  const shift = (holder, name, kind, offset) => {
    const property = Object.getOwnPropertyDescriptor(holder, name);
    property[kind] = new Proxy(property[kind], {
      apply: (target, self, given) => Reflect.apply(target, self, given) + offset,
    });
    Object.defineProperty(holder, name, property);
  };
  const clock = Object.getPrototypeOf(performance);
  shift(process, "uptime", "value", -waited / 1000);
  shift(clock, "now", "value", -waited);
  shift(clock, "timeOrigin", "get", waited);
}

// And it was started without a hook.
const option = process.execArgv.indexOf("--require");
if (option >= 0) process.execArgv.splice(option, 2);
process._preload_modules.length = 0;
delete require.cache[__filename];
