// The machine that it was measured on, as far as the figures depend on it.
import { execFileSync } from "node:child_process";
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { median } from "../measure.mjs";

export function describeMachine(folder) {
  const [, type] = execFileSync("df", ["--output=fstype", folder], { encoding: "utf8" }).split(
    "\n",
  );
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cores: cpus().length,
    processor: cpus()[0]?.model,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `Linux ${release()}`,
    fileSystem: type.trim(),
    fsyncMs: fsyncMs(join(folder, "fsync")),
  };
}

/** What one write of 4 KiB takes to be durable, as the journal of a database does it. */
function fsyncMs(path) {
  const fd = openSync(path, "w");
  const block = Buffer.alloc(4096, "x");
  const times = [];
  for (let i = 0; i < 200; i++) {
    const startedMs = performance.now();
    writeSync(fd, block);
    fsyncSync(fd);
    times.push(performance.now() - startedMs);
  }
  closeSync(fd);
  return median(times);
}
