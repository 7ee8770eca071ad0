// Servers in processes of their own, and what one upload to them costs: wall time, CPU of the server,
// memory of the server. Reads /proc, so it wants Linux.
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const here = import.meta.dirname;
const run = promisify(execFile);
const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"]));

export const MiB = 1024 * 1024;

/** `dist` other than the checkout's own is for comparing two builds. */
export function startWaybill(data, dist = join(here, "../dist"), flags = []) {
  const main = join(resolve(dist), "cli/main.js");
  const config = ["--port=0", "--host=127.0.0.1", `--data=${data}`];
  return start([...flags, main, "serve", join(here, "files.yaml"), ...config], "/files/");
}

export function startPipe(folder, ...flags) {
  return start([join(here, "pipe-server.mjs"), folder, ...flags], "/");
}

async function start(args, path) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const [origin] = /http:\/\/\S+/.exec(line);
  return {
    url: origin + path,
    pid: child.pid,
    async stop() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** `growthBytes`: peak of the resident memory during the upload, less what it was before. */
export async function measureUpload({ url, pid }, style, bytes) {
  writeFileSync(`/proc/${pid}/clear_refs`, "5"); // the peak starts anew
  const residentBytes = statusOf(pid, "VmRSS");
  const cpuBefore = cpuSeconds(pid);
  const startedMs = performance.now();
  const client = join(here, "upload-client.mjs");
  const { stdout } = await run(process.execPath, [client, url, style, String(bytes)]);
  const wallSeconds = (performance.now() - startedMs) / 1000;
  const peakBytes = statusOf(pid, "VmHWM");
  const cpu = cpuSeconds(pid) - cpuBefore;
  const { id } = JSON.parse(stdout);
  // So that every run finds the same empty disk.
  if (id !== undefined) await fetch(`${url}${id}/`, { method: "DELETE" });
  execFileSync("sync");
  return { wallSeconds, cpuSeconds: cpu, peakBytes, growthBytes: peakBytes - residentBytes };
}

// proc(5): the fields of stat after the name, which may hold spaces; utime and stime are the 14th and 15th.
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function statusOf(pid, name) {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(new RegExp(`${name}:\\s*(\\d+) kB`).exec(status)[1]) * 1024;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
