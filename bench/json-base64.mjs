// 64 MiB of base64 in one JSON value: `JSON.parse` + `Buffer.from` against the streaming decoder, interleaved.
// node bench/json-base64.mjs [dist] [rounds]
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const dist = resolve(process.argv[2] ?? new URL("../dist", import.meta.url).pathname);
const rounds = Number(process.argv[3] ?? 9);
const load = (path) => import(pathToFileURL(resolve(dist, path)).href);
const { createJsonDecoder } = await load("codec/json/json-decoder.js");
const { createByteDecoder } = await load("codec/encoding/byte-decoder.js");
const limits = { depthMax: 64, keysMax: 100_000, valueBytesMax: 16 * 1024 * 1024 };
const spot = { properties: new Map([["file", { file: true }]]) };

const raw = randomBytes(48 * 1024 * 1024);
const plain = Buffer.from(`{"name":"a","file":"${raw.toString("base64")}"}`);
// As PHP and .NET write base64.
const escaped = Buffer.from(plain.toString().replaceAll("/", "\\/"));
const unicode = Buffer.from(plain.toString().replaceAll("+", "\\u002B"));

/** What a body parser does once it holds the whole body. */
const parse = (document) => Buffer.from(JSON.parse(document.toString()).file, "base64").length;

/** What Waybill does as the chunks come; the decoded octets are counted and let go. */
function stream(document, chunkBytes) {
  let size = 0;
  const onFile = () => {
    const decoder = createByteDecoder("base64");
    return {
      write: (bytes, offset) => void (size += decoder.write(bytes, offset).length),
      end: (offset) => void (size += decoder.end(offset).length),
    };
  };
  const decoder = createJsonDecoder({ limits, spot, onFile });
  for (let i = 0; i < document.length; i += chunkBytes)
    decoder.write(document.subarray(i, i + chunkBytes));
  decoder.end();
  return size;
}

const records = Buffer.from(
  JSON.stringify(
    Array.from({ length: 40 }, (_, id) => ({
      id,
      name: `Person ${id}`,
      email: `person${id}@example.org`,
      tags: ["a", "bc", "def"],
      score: id * 1.5,
      active: id % 2 === 0,
      address: { street: "Long Street", number: 10 + id, city: "Zürich" },
    })),
  ),
);
const small = Buffer.from(
  '{"name": "Douglas Hofstadter", "bio": "Author of a book", "age": 78, "tags": ["x", "y"]}',
);
const repeat = (times, work) => {
  let last;
  for (let i = 0; i < times; i++) last = work();
  return last;
};
const decode = (document) => {
  const decoder = createJsonDecoder({ limits });
  decoder.write(document);
  return decoder.end();
};

const workloads = [
  ["base64, 64 MiB, chunks of 64 KiB", () => parse(plain), () => stream(plain, 65_536)],
  ["base64, 64 MiB, chunks of 65,535", () => parse(plain), () => stream(plain, 65_535)],
  ["base64, 64 MiB, chunks of 16 KiB", () => parse(plain), () => stream(plain, 16_384)],
  ["base64, 64 MiB, `\\/` escapes", () => parse(escaped), () => stream(escaped, 65_536)],
  ["base64, 64 MiB, `\\u002B` escapes", () => parse(unicode), () => stream(unicode, 65_536)],
  [
    `records, ${records.length} octets, no file`,
    () => JSON.stringify(repeat(300, () => JSON.parse(records.toString()))),
    () => JSON.stringify(repeat(300, () => decode(records))),
  ],
  [
    `small, ${small.length} octets, no file`,
    () => JSON.stringify(repeat(20_000, () => JSON.parse(small.toString()))),
    () => JSON.stringify(repeat(20_000, () => decode(small))),
  ],
];

for (const [name, baseline, ours] of workloads) {
  const times = { baseline: [], ours: [] };
  if (baseline() !== ours()) throw new Error(`${name}: results differ`);
  for (let round = 0; round < rounds; round++) {
    times.baseline.push(time(baseline));
    times.ours.push(time(ours));
  }
  const [theirs, mine] = [median(times.baseline), median(times.ours)];
  const ratio = (theirs / mine).toFixed(2);
  console.log(`${name}: ${theirs.toFixed(1)} ms → ${mine.toFixed(1)} ms, ${ratio} times as fast`);
}

function time(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
