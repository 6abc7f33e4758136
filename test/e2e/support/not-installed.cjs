// For `node --require`: what compiles TypeScript, and the packages of providers, are not installed, as far as this process can tell.
// What was looked for is written down.
const fs = require("node:fs");
const Module = require("node:module");

const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  if (/^(?:typescript|ts-node|tsx|esbuild|@pulumi\/(?:aws|command))(?:$|\/)/.test(name)) {
    fs.appendFileSync(process.env.LOOKED_FOR, `${name}\n`);
    throw Object.assign(new Error(`Cannot find module '${name}'`), { code: "MODULE_NOT_FOUND" });
  }
  return resolve.call(this, name, ...rest);
};
