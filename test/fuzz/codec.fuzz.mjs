// Structured random bodies for every decoder. One execution: a body is decoded whole and again in random pieces;
// both must end alike, and in nothing but a value or a WaybillError that every later call repeats.
// node test/fuzz/codec.fuzz.mjs --executions N --seed S [--from I] [--dist DIR]
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { pieces } from "./bodies.mjs";
import { Random, seedOf } from "./random.mjs";
import { createTargets } from "./targets.mjs";

/** Throws at the first finding, with what is needed to have it again. Returns how many there were of each outcome. */
export function fuzz({ codecs, executions, seed, from = 0, onExecution = () => {} }) {
  const targets = createTargets(codecs);
  const tally = new Map(targets.map(({ name }) => [name, { decoded: 0, refused: 0 }]));
  for (let i = from; i < from + executions; i++) {
    const random = new Random(seedOf(seed, i));
    const target = random.pick(targets);
    const given = target.prepare(random);
    onExecution(i);
    try {
      const { fault } = execute(codecs, target, given, random);
      tally.get(target.name)[fault ? "refused" : "decoded"]++;
    } catch (error) {
      throw new Error(describe({ target, given, seed, execution: i, error }), { cause: error });
    }
  }
  return Object.fromEntries(tally);
}

function execute(codecs, target, given, random) {
  const { body } = given;
  const whole = outcomeOf(codecs, target, given, [body]);
  const part = typeof body === "string" ? body.slice.bind(body) : body.subarray.bind(body);
  const cut = outcomeOf(codecs, target, given, pieces(random, body, part));
  const loose = target.loose?.(given, whole.fault) ?? false;
  if (!same(target, whole, cut, loose))
    throw new Error(`whole: ${JSON.stringify(whole)}\ncut:   ${JSON.stringify(cut)}`);
  target.check?.(given, { ...whole, text: whole.fault ? undefined : whole.text });
  return whole;
}

function same({ keyOf = JSON.stringify }, whole, cut, loose) {
  return keyOf(whole.fault) === keyOf(cut.fault) && (loose || whole.text === cut.text);
}

function outcomeOf(codecs, target, given, chunks) {
  let text = "";
  const driver = target.start(given, (more) => (text += more));
  try {
    for (const chunk of chunks) driver.write(chunk);
    driver.end();
    return { text };
  } catch (error) {
    if (!codecs.isWaybillError(error)) throw error;
    repeats(driver, error, given.body);
    return { text, fault: error.faults[0] };
  }
}

function repeats(driver, first, body) {
  try {
    driver.write(body.slice(0, 1));
  } catch (error) {
    if (error === first) return;
  }
  throw new Error("the first error is not final");
}

function describe({ target, given, seed, execution, error }) {
  const { body, ...rest } = given;
  const shown = typeof body === "string" ? body : Buffer.from(body).toString("latin1");
  return [
    `${target.name}: ${error.stack ?? error}`,
    `again: --seed ${seed} --from ${execution} --executions 1`,
    `body: ${JSON.stringify(shown)}`,
    `options: ${JSON.stringify(rest)}`,
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();

async function main() {
  const { values } = parseArgs({
    options: {
      executions: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      from: { type: "string", default: "0" },
      dist: { type: "string", default: fileURLToPath(new URL("../../dist", import.meta.url)) },
    },
  });
  const seed = Number(values.seed);
  const executions = Number(values.executions);
  // Most bodies are refused: what tells where an error was made costs more than all else. One alone may tell.
  if (executions > 1) Error.stackTraceLimit = 0;
  const codecs = await loadCodecs(values.dist);
  const watch = watchProgress();
  const startMs = performance.now();
  let peakBytes = 0;
  const onExecution = (execution) => {
    Atomics.store(watch.counter, 0, execution | 0);
    if (execution % 10_000 === 0) peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  };
  const tally = fuzz({ codecs, executions, seed, from: Number(values.from), onExecution });
  await watch.stop();
  const seconds = Math.round((performance.now() - startMs) / 1000);
  const peakMiB = Math.round(peakBytes / 2 ** 20);
  console.log(JSON.stringify({ seed, executions, seconds, peakMiB, findings: 0, tally }, null, 2));
}

/** All of them through the package's own entries. */
async function loadCodecs(dist) {
  const names = ["json", "encoding", "multipart", "urlencoded", "xml"];
  const modules = names.map((name) => import(pathToFileURL(resolve(dist, `${name}.js`)).href));
  return Object.assign({}, ...(await Promise.all(modules)));
}

/** A decoder that hangs cannot say so: another thread does, when nothing moves for a minute. */
function watchProgress() {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const code = `
    const { workerData: counter } = require("node:worker_threads");
    let last = -1;
    setInterval(() => {
      const now = Atomics.load(counter, 0);
      if (now === last) {
        require("node:fs").writeSync(2, "execution " + now + " hangs\\n");
        process.kill(process.pid, "SIGKILL");
      }
      last = now;
    }, 60_000);
  `;
  const worker = new Worker(code, { eval: true, workerData: counter });
  worker.unref();
  return { counter, stop: () => worker.terminate() };
}
