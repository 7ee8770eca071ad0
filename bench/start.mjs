// node bench/start.mjs [--runs N] [--dist DIR] [DOCUMENT…]: from the start of a process to the answer to its
// first request, against a process that reads and parses the same document and ends. The document is 7 MB of
// thousands of operations, made from a seed; others may be given.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { largeDocument } from "./large-document.mjs";
import { cpuSeconds, median, MiB } from "./measure.mjs";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "7" },
    seed: { type: "string", default: "1" },
    dist: { type: "string", default: join(import.meta.dirname, "../dist") },
  },
});
const dist = resolve(flags.dist);
const budgetMs = 1000;

const folder = mkdtempSync(join(tmpdir(), "waybill-start-"));
const generated = join(folder, "large.json");
writeFileSync(
  generated,
  JSON.stringify(largeDocument({ seed: Number(flags.seed), bytes: 7 * MiB })),
);

let isWithin = true;
for (const file of [generated, ...positionals.map((each) => resolve(each))]) await measure(file);
rmSync(folder, { recursive: true });
process.exitCode = isWithin ? 0 : 1;

async function measure(file) {
  const reading = [];
  const serving = [];
  for (let run = 0; run < Number(flags.runs); run++) {
    reading.push(await timeReading(file));
    serving.push(await timeServing(file));
  }
  const overMs = of(serving, "wallMs") - of(reading, "wallMs");
  isWithin &&= overMs < budgetMs;
  const size = (statSync(file).size / MiB).toFixed(1);
  console.log(`${basename(file)}, ${size} MiB, medians of ${flags.runs} interleaved runs`);
  for (const [what, runs] of [
    ["read and parsed", reading],
    ["first request answered", serving],
  ])
    console.log(`  ${what.padEnd(23)} ${of(runs, "wallMs")} ms, CPU ${of(runs, "cpuMs")} ms`);
  console.log(`  over reading            ${overMs} ms of ${budgetMs}`);
}

function of(runs, name) {
  return median(runs.map((each) => each[name])).toFixed(0);
}

async function timeReading(file) {
  const source = `const { readDocument } = await import(${JSON.stringify(`file://${dist}/openapi/read-document.js`)});
    await readDocument(${JSON.stringify(file)});
    console.log("read");
    setInterval(() => undefined, 1000);`;
  return timeUntil(["--input-type=module", "-e", source], async () => undefined);
}

async function timeServing(file) {
  const data = mkdtempSync(join(folder, "data-"));
  const flagsOf = ["--port=0", "--host=127.0.0.1", `--data=${data}`];
  const args = [join(dist, "cli/main.js"), "serve", file, ...flagsOf];
  return timeUntil(args, async (line) => {
    const [origin] = /http:\/\/\S+/.exec(line);
    await (await fetch(origin + firstPath(file))).arrayBuffer();
  });
}

/** From the start of a process to the end of `work`, which its first line starts. */
async function timeUntil(args, work) {
  const startedMs = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const exited = once(child, "exit");
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  await work(line);
  const wallMs = performance.now() - startedMs;
  const cpuMs = cpuSeconds(child.pid) * 1000;
  child.kill("SIGTERM");
  await exited;
  return { wallMs, cpuMs };
}

/** An operation that is really carried out, where the document is ours. */
function firstPath(file) {
  return file === generated ? "/api/things0/" : "/healthz";
}
