// The load, in a process of its own: each connection sends its next request when the last one is answered (a closed
// loop). First without counting, then counted; every answer's status is checked, and some of what was made is read
// back and compared. Says `{"begun"}` when it begins to count, and its figures at the end; a line on stdin ends it early.
// node load.mjs JSON
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent } from "undici";
import { createWorkload } from "./workloads.mjs";

const options = JSON.parse(process.argv[2]);
const { origins, connections, warmSeconds, seconds, countLeast = 0 } = options;
const picture = options.picture === undefined ? undefined : readFileSync(options.picture);
const workload = createWorkload(options.workload, { ...options, picture });
// Spread evenly over the nodes, each with connections that are kept where the server keeps them.
const agent = new Agent({ connections: Math.ceil(connections / origins.length), pipelining: 1 });
const faults = [];
const samples = [];
let latencies = [];
let octets = 0;
let counted = 0;
let refused = 0;
/** With those of the warm-up. */
let answered = 0;
const end = new AbortController();
const isOver = () => end.signal.aborted;

process.stdin.once("data", () => end.abort()).unref();
const users = Array.from({ length: connections }, (_, i) => use(origins[i % origins.length], i));
await pause(warmSeconds);
latencies = [];
counted = octets = refused = 0;
const cpuBefore = process.cpuUsage();
const begunMs = performance.now();
console.log('{"begun":true}');
await pause(seconds);
while (isShort()) await pause(0.05);
end.abort();
// Those that are under way count neither here nor there: there are as many at the beginning.
const took = (performance.now() - begunMs) / 1000;
const cpu = process.cpuUsage(cpuBefore);
const figures = { ...summaryOf(latencies), seconds: took, count: counted, octets, refused };
await Promise.all(users);
const wrong = await readBack();
console.log(
  JSON.stringify({
    ...figures,
    answered,
    loadCpuSeconds: (cpu.user + cpu.system) / 1e6,
    readBack: samples.length,
    faults: [...faults, ...wrong].slice(0, 5),
    faultCount: faults.length + wrong.length,
  }),
);
await agent.close();

async function use(origin, user) {
  for (let turn = 0; !isOver(); turn++) {
    const startedMs = performance.now();
    const answer = await send(origin, workload.next(user, turn)).catch((error) => ({ error }));
    const took = performance.now() - startedMs;
    // Overload is no fault, but no answer either.
    if (answer.status === 503) {
      refused++;
      continue;
    }
    if (answer.status !== workload.status || (workload.size ?? answer.size) !== answer.size) {
      faults.push(answer.error ? String(answer.error) : `${answer.status} ${answer.text ?? ""}`);
      if (faults.length > 100) return;
      continue;
    }
    latencies.push(took);
    counted++;
    answered++;
    octets += answer.size;
    const isSampled = workload.sample && turn % 50 === 0 && samples.length < 40;
    if (isSampled) samples.push({ origin, made: JSON.parse(answer.text) });
  }
}

/** Where one answer takes longer than there is time. */
function isShort() {
  return !isOver() && counted < countLeast && faults.length === 0;
}

/** Resolves once the whole answer is there. Its octets are only counted where nobody looks at them. */
function send(origin, { method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const answer = { status: 0, size: 0, text: "" };
    const keeps = workload.sample !== undefined;
    agent.dispatch(
      { origin, method, path, headers, body },
      {
        onRequestStart() {},
        onResponseStart(_controller, status) {
          answer.status = status;
        },
        onResponseData(_controller, chunk) {
          answer.size += chunk.length;
          if (keeps || answer.status !== workload.status) answer.text += chunk.toString();
        },
        onResponseEnd: () => resolve(answer),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

async function readBack() {
  const wrong = [];
  for (const { origin, made } of samples) {
    const { path, sha256, member } = workload.sample(made);
    const response = await fetch(new URL(path, origin), { redirect: "follow" });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isSame =
      response.status === 200 &&
      (sha256 === undefined
        ? JSON.parse(bytes)[member[0]] === member[1]
        : createHash("sha256").update(bytes).digest("hex") === sha256);
    if (!isSame) wrong.push(`read back ${path}: ${response.status}, ${bytes.length} octets`);
  }
  return wrong;
}

function summaryOf(all) {
  const sorted = Float64Array.from(all).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: sorted.at(-1) };
}

async function pause(forSeconds) {
  const untilMs = performance.now() + forSeconds * 1000;
  while (!isOver() && performance.now() < untilMs)
    await new Promise((resolve) =>
      setTimeout(resolve, Math.min(50, Math.max(1, untilMs - performance.now()))),
    );
}
