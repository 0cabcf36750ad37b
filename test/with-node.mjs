// Runs a command with the Node that comes with the packages: `node test/with-node.mjs COMMAND ARGS...`. Plain JavaScript, since it
// is the system's own Node, 20 or newer, that reads it. npm 11 puts that Node first on PATH by itself; npm 10 does not.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const PARENT_LOOK_MS = 500;

const folder = fileURLToPath(
  new URL(`../node_modules/node-${process.platform}-${process.arch}/bin`, import.meta.url),
);
const own = existsSync(path.join(folder, "node"));
if (!own && Number(process.versions.node.split(".")[0]) < 24) {
  process.stderr.write(
    `nearfield needs Node 24, and brings it for Linux only: install it here (this is ${process.version} on ${process.platform}).\n`,
  );
  process.exit(1);
}

const [command = "node", ...args] = process.argv.slice(2);
const env = own
  ? { ...process.env, PATH: `${folder}${path.delimiter}${process.env.PATH ?? ""}` }
  : process.env;
const child = spawn(command, args, { stdio: "inherit", env });

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
// Whoever started this may be killed without a word to its children.
const parent = process.ppid;
setInterval(() => process.ppid === parent || child.kill("SIGTERM"), PARENT_LOOK_MS).unref();
child.on("error", (error) => {
  process.stderr.write(`${command} could not be started: ${error.message}\n`);
  process.exit(1);
});
child.on("exit", (code, signal) => {
  process.exit(signal === null ? code : 128 + constants.signals[signal]);
});
