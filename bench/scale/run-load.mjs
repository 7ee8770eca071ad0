// One run of the load against servers, with what it cost: CPU seconds of each group of processes meanwhile.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { treeCpuSeconds } from "./tree-cpu.mjs";

/**
 * `meters`: process ids by name, each with all its descendants. Resolves to the figures of load.mjs, with `cpuSeconds`
 * by those names; rejects where an answer was wrong. `onBegun` may end it early by what it is handed.
 */
export async function runLoad(options, meters = {}, onBegun) {
  const settings = { warmSeconds: 0.5, ...options };
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "load.mjs"), JSON.stringify(settings)],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  child.stdin.on("error", () => undefined); // it ended by itself
  const exited = once(child, "exit");
  let before;
  let after;
  let figures;
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line);
    if (!said.begun) {
      figures = said;
      continue;
    }
    before = readMeters(meters);
    const timer = setTimeout(() => (after = readMeters(meters)), settings.seconds * 1000);
    onBegun?.(() => {
      clearTimeout(timer);
      after = readMeters(meters);
      child.stdin.write("stop\n");
    });
  }
  await exited;
  if (!figures || figures.faultCount > 0)
    throw new Error(`${settings.workload}: ${figures?.faultCount} wrong: ${figures?.faults}`);
  after ??= readMeters(meters);
  const cpuSeconds = Object.fromEntries(
    Object.keys(meters).map((name) => [name, after[name] - before[name]]),
  );
  return { ...figures, cpuSeconds };
}

function readMeters(meters) {
  return Object.fromEntries(
    Object.entries(meters).map(([name, pids]) => [
      name,
      pids.reduce((sum, pid) => sum + treeCpuSeconds(pid), 0),
    ]),
  );
}
