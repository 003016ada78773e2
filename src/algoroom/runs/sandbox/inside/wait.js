// The hook of a Node that is started before its program is known. It runs when Node is up and the
// main module is not looked for yet, waits until the gate is opened, and leaves the rest to Node.
// Workers of the program run it too; by then there is no gate.
"use strict";

const { accessSync, readFileSync } = require("node:fs");

const waits = () => {
  try {
    accessSync("/tmp/gate");
    return true;
  } catch {
    return false;
  }
};

// Node counts its time from its own start. A program's begins when what this returns is called.
const clockThatBegins = () => {
  let passed = 0;
  const shift = (holder, name, kind, offset) => {
    const property = Object.getOwnPropertyDescriptor(holder, name);
    property[kind] = new Proxy(property[kind], {
      apply: (target, self, given) => Reflect.apply(target, self, given) + offset(),
    });
    Object.defineProperty(holder, name, property);
  };
  const clock = Object.getPrototypeOf(performance);
  shift(process, "uptime", "value", () => -passed / 1000);
  shift(clock, "now", "value", () => -passed);
  shift(clock, "timeOrigin", "get", () => passed);
  return () => {
    passed = performance.now();
  };
};

// What a program prints first takes most of its time: Node loads what that needs, and compiles each
// function when it is called first. Nothing here counts as asynchronous, since programs can read
// how much of that there was; without colours, since to ask for them opens standard error.
const prepareToPrint = () => {
  require("node:net");
  const { Writable } = require("node:stream");
  const { Console } = require("node:console");
  let written;
  const write = (data, encoding, callback) => {
    written = callback;
  };
  const nowhere = new Writable({ decodeStrings: false, write });
  new Console({ stdout: nowhere, colorMode: false }).log("");
  written();
};

if (waits()) {
  const begin = clockThatBegins();
  prepareToPrint();
  readFileSync("/tmp/gate");
  begin();
}

// And it was started without a hook.
const option = process.execArgv.indexOf("--require");
if (option >= 0) process.execArgv.splice(option, 2);
process._preload_modules.length = 0;
delete require.cache[__filename];
