// The hook of a Node that is started before its program is known. It runs when Node is up and the
// main module is not looked for yet, waits until the gate is opened, and leaves the rest to Node.
// Workers of the program run it too; by then there is no gate.
"use strict";

const waited = () => {
  const { accessSync, readFileSync } = require("node:fs");
  try {
    accessSync("/tmp/gate");
    // What Node itself loads when a program prints first, which is most of what that takes.
    require("node:net");
    readFileSync("/tmp/gate");
    return true;
  } catch {
    return false;
  }
};

// Node counts its time from its own start. A program's begins now.
const beginTime = () => {
  const passed = performance.now();
  const shift = (holder, name, kind, offset) => {
    const property = Object.getOwnPropertyDescriptor(holder, name);
    property[kind] = new Proxy(property[kind], {
      apply: (target, self, given) => Reflect.apply(target, self, given) + offset,
    });
    Object.defineProperty(holder, name, property);
  };
  const clock = Object.getPrototypeOf(performance);
  shift(process, "uptime", "value", -passed / 1000);
  shift(clock, "now", "value", -passed);
  shift(clock, "timeOrigin", "get", passed);
};

if (waited()) beginTime();

// And it was started without a hook.
const option = process.execArgv.indexOf("--require");
if (option >= 0) process.execArgv.splice(option, 2);
process._preload_modules.length = 0;
delete require.cache[__filename];
