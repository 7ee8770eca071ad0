// One contender in a process of its own: decodes one workload, for as long as it is told.
import { readFileSync, writeFileSync } from "node:fs";
import { families } from "./families.mjs";
import { cut } from "./octets.mjs";

const [bench, name, workloadName, length] = process.argv.slice(2);
const family = families[bench];
const { make } = family.workloads.find((each) => each.name === workloadName);
const { load, role } = family.contenders.find((each) => each.name === name);
const decode = await load();
const limit = await family.contenders.find((each) => each.role === "limit").load();
const [small, full] = [1 / 32, length === "quick" ? 1 / 8 : 1].map(prepare);
const before = forgetPeak();

/** Who takes longer for the small body, or for the whole, is measured with that, once: more would take hours. */
const slowMicros = { small: 1_000_000, full: 3_000_000 };

function prepare(scale) {
  const { document, chunkBytes, ...workload } = make(scale);
  return { ...workload, chunks: cut(document, chunkBytes), octets: document.length };
}

process.on("message", async ({ check, warmUp, ms }) => {
  if (warmUp) await run(decode, small, ms);
  process.send(check ? await firstRun() : await runs(ms));
});

async function firstRun() {
  try {
    const first = await checkedRun(small);
    const isSlow = first.wrong !== undefined || first.micros > slowMicros.small;
    const last = isSlow ? first : await checkedRun(full);
    return {
      wrong: last.wrong,
      share: last.rate / (await run(limit, isSlow ? small : full, 100)),
      isSlow: isSlow || last.micros > slowMicros.full,
      peakMiB: peakMiB(),
    };
  } catch (error) {
    return { wrong: `throws ${String(error.message).slice(0, 80)}` };
  }
}

async function checkedRun(workload) {
  const from = process.cpuUsage();
  const seen = await decode(workload.chunks, workload);
  const micros = microsSince(from);
  const isParser = role === "ours" || role === "peer";
  const rate = workload.octets / micros;
  return { micros, rate, wrong: isParser ? difference(seen, workload.expected) : undefined };
}

/**
 * The limit before and after, in this process and on the same octets: where they lie in memory, and what neighbours do to
 * it, is nobody's doing. Nor is what it costs to come back to the processor: the first half of a run does not count.
 */
async function runs(ms) {
  const before = await limited(ms);
  await run(decode, full, ms / 2);
  const rate = await run(decode, full, ms);
  const peak = peakMiB();
  const after = await limited(ms);
  return { share: (2 * rate) / (before + after), peakMiB: peak };
}

async function limited(ms) {
  await run(limit, full, ms / 8);
  return run(limit, full, ms / 2);
}

/** Octets a microsecond. */
async function run(reader, workload, ms) {
  const from = process.cpuUsage();
  let count = 0;
  let micros;
  do {
    await reader(workload.chunks, workload);
    count++;
    micros = microsSince(from);
  } while (micros < ms * 1000);
  return (workload.octets * count) / micros;
}

function microsSince(from) {
  const { user, system } = process.cpuUsage(from);
  return user + system;
}

function difference(seen, expected) {
  const told = Object.entries(expected).flatMap(([key, want]) => {
    const got = key === "value" ? JSON.stringify(seen.value) : seen[key];
    return got === want ? [] : `${key}: ${String(got).slice(0, 40)}`;
  });
  return told.length > 0 ? `gives ${told.join(", ")}` : undefined;
}

// proc(5): the peak starts anew; elsewhere it is that since the start of the process.
function forgetPeak() {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {}
  return process.memoryUsage.rss();
}

function peakMiB() {
  return Math.max(0, Math.round((peakBytes() - before) / 1024 ** 2));
}

function peakBytes() {
  try {
    return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "latin1"))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
