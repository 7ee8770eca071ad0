// CPU seconds of a process and all that it has started, those that have ended included. Reads /proc, so it wants Linux.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"]));

export function treeCpuSeconds(pid) {
  return descendantsOf(pid).reduce((sum, each) => sum + ticksOf(each), 0) / ticksPerSecond;
}

/** The process itself first. */
export function descendantsOf(pid) {
  const found = [pid];
  for (const each of found) found.push(...childrenOf(each));
  return found;
}

/** Of its program, as far as the system keeps it: 15 characters. */
export function nameOf(pid) {
  return readOr(`/proc/${pid}/comm`).trim();
}

function childrenOf(pid) {
  const text = readOr(`/proc/${pid}/task/${pid}/children`);
  return text.split(" ").filter(Boolean).map(Number);
}

// proc(5): the fields of stat after the name, which may hold spaces; the 14th to the 17th are the process's own user and
// system time, and those of its children that it has waited for.
function ticksOf(pid) {
  const stat = readOr(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0);
}

function readOr(path) {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // it has ended meanwhile
  }
}
