// What a big upload to disk costs the server from end to end, against Node's own pipe of the same octets
// to a file, hashed and flushed. Medians of interleaved runs; the ratios are what counts.
// node bench/upload.mjs [--runs 5] [--mib 512] [--dist dist] [--other dist2]; wants a build, and Linux.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureUpload, median, MiB, startPipe, startWaybill } from "./measure.mjs";

const { values: options } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    mib: { type: "string", default: "512" },
    dist: { type: "string" },
    other: { type: "string" },
    folder: { type: "string", default: tmpdir() },
  },
});
const bytes = Number(options.mib) * MiB;
const folder = mkdtempSync(join(options.folder, "waybill-bench-"));
const inside = (name) => {
  mkdirSync(join(folder, name));
  return join(folder, name);
};

const pipe = await startPipe(inside("pipe"));
const bare = await startPipe(inside("bare"), "nohash");
const waybill = await startWaybill(inside("waybill"), options.dist);
const other = options.other && (await startWaybill(inside("other"), options.other));

const subjects = [
  { name: "pipe to a file, hashed", server: pipe, style: "raw", runs: [] },
  { name: "pipe to a file, not hashed", server: bare, style: "raw", runs: [] },
  { name: "multipart/form-data", server: waybill, style: "multipart", runs: [] },
  { name: "base64 in JSON", server: waybill, style: "base64", runs: [] },
  ...(other
    ? [
        { name: "multipart, other build", server: other, style: "multipart", runs: [] },
        { name: "base64, other build", server: other, style: "base64", runs: [] },
      ]
    : []),
];

try {
  for (let run = 0; run < Number(options.runs); run++) {
    for (const { server, style, runs } of subjects)
      runs.push(await measureUpload(server, style, bytes));
  }
} finally {
  await Promise.all([pipe, bare, waybill, other].map((each) => each?.stop()));
  rmSync(folder, { recursive: true, force: true });
}

const of = ({ runs }, key) => median(runs.map((each) => each[key]));
const [base] = subjects;
console.log(`${options.mib} MiB to disk, Node ${process.version}, medians of ${options.runs} runs`);
console.table(
  Object.fromEntries(
    subjects.map((each) => [
      each.name,
      {
        "CPU s": of(each, "cpuSeconds").toFixed(2),
        "CPU ratio": (of(each, "cpuSeconds") / of(base, "cpuSeconds")).toFixed(2),
        "wall s": of(each, "wallSeconds").toFixed(2),
        "wall ratio": (of(each, "wallSeconds") / of(base, "wallSeconds")).toFixed(2),
        "peak MiB": (Math.max(...each.runs.map((run) => run.peakBytes)) / MiB).toFixed(0),
        "growth MiB": (of(each, "growthBytes") / MiB).toFixed(1),
      },
    ]),
  ),
);
