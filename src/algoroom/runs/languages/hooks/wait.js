// The hook of a Node that is started before its program is known. It runs when Node is up and the
// main module is not looked for yet, waits until the gate is opened, and leaves the rest to Node.
"use strict";
const fs = require("node:fs");
const gate = "/tmp/gate";

fs.readFileSync(gate);

// Node counts its time from its own start. A program's begins now.
const waited = performance.now();
const shifted = (holder, name, kind, offset) => {
  const property = Object.getOwnPropertyDescriptor(holder, name);
  const original = property[kind];
  property[kind] = new Proxy(original, {
    apply: (target, self, given) => Reflect.apply(target, self, given) + offset,
  });
  Object.defineProperty(holder, name, property);
};
const clock = Object.getPrototypeOf(performance);
shifted(process, "uptime", "value", -waited / 1000);
shifted(clock, "now", "value", -waited);
shifted(clock, "timeOrigin", "get", waited);

// And it was started without a hook.
process.execArgv.splice(process.execArgv.indexOf("--require"), 2);
process._preload_modules.length = 0;
delete require.cache[__filename];
