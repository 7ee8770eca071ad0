// The built codecs in Deno, Bun and a worker: every captured body gives what it gives in Node, whose results
// are held by the tests of the fixtures.
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";

const run = promisify(execFile);
const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const probe = path("test/runtimes/probe.mjs");
const args = [path("dist"), path("test/wire/fixtures")];
const modules = path("test/runtimes/node_modules");

let inNode: string;
beforeAll(async () => {
  inNode = await told(process.execPath, [probe, ...args]);
});

it("tells something of every body", () => {
  const bodies = readdirSync(path("test/wire/fixtures")).filter((name) => name.endsWith(".bin"));
  expect(inNode.trim().split("\n").length).toBe(2 * bodies.length + 3);
});

it("gives the same in Deno", async () => {
  const deno = await told(`${modules}/.bin/deno`, ["run", "--allow-read", probe, ...args]);
  expect(deno).toBe(inNode);
});

it("gives the same in Bun", async () => {
  expect(await told(bunBinary(), [probe, ...args])).toBe(inNode);
});

it("gives the same in a worker", async () => {
  const script =
    "const [file, ...argv] = process.argv.slice(1); new (require('node:worker_threads').Worker)(file, { argv });";
  expect(await told(process.execPath, ["-e", script, probe, ...args])).toBe(inNode);
});

async function told(command: string, given: readonly string[]): Promise<string> {
  const { stdout } = await run(command, given, { maxBuffer: 16 << 20 });
  return stdout;
}

// Its package wants a script to be run at installation, only to put this file in place.
function bunBinary(): string {
  const folder = `${modules}/@oven`;
  const [platform] = readdirSync(folder);
  return `${folder}/${platform}/bin/bun`;
}
