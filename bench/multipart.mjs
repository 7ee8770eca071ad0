// How near the multipart decoder comes to a bare scan for the delimiter, and what a small part costs.
// node bench/multipart.mjs [dist]; wants a build. Ratios are medians of interleaved runs: 1 is the scan.
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

const dist = pathToFileURL(
  `${resolve(process.argv[2] ?? new URL("../dist", import.meta.url).pathname)}/`,
);
const { createMultipartDecoder } = await import(
  new URL("codec/multipart/multipart-decoder.js", dist).href
);
const { defaultLimits } = await import(new URL("base/limits.js", dist).href);

const boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
const delimiter = Buffer.from(`\r\n--${boundary}`);
const limits = { ...defaultLimits, partsMax: 100_000 };
const MiB = 1024 * 1024;

const workloads = [
  { name: "one file, random octets", body: file(random(64 * MiB)), chunk: 65_536, scan: true },
  {
    name: "one file, CSV",
    body: file(repeat("12345,some text,2026-11-05T12:00:00Z,17.5\r\n", 32 * MiB)),
    chunk: 65_536,
    scan: true,
  },
  { name: "hostile: CR", body: file(repeat("\r", 16 * MiB)), chunk: 65_536, scan: true },
  { name: "hostile: CRLF", body: file(repeat("\r\n", 16 * MiB)), chunk: 65_536, scan: true },
  {
    name: "hostile: CRLF and two dashes",
    body: file(repeat("\r\n--", 16 * MiB)),
    chunk: 65_536,
    scan: true,
  },
  { name: "hostile: dashes", body: file(repeat("-", 64 * MiB)), chunk: 65_536, scan: true },
  {
    name: "hostile: all but the last character",
    body: file(repeat(delimiter.toString().slice(0, -1), 16 * MiB)),
    chunk: 65_536,
    scan: true,
  },
  {
    name: "hostile: all but the first octet",
    body: file(repeat(delimiter.toString().slice(1), 16 * MiB)),
    chunk: 65_536,
    scan: true,
  },
  {
    name: "hostile: the boundary and one more",
    body: file(repeat(`${delimiter}x`, 16 * MiB)),
    chunk: 65_536,
    scan: true,
  },
  {
    name: "hostile: padding",
    body: file(repeat(`${delimiter}${" ".repeat(200)}x`, 16 * MiB)),
    chunk: 65_536,
    scan: true,
  },
  { name: "one file in 1 KiB", body: file(random(16 * MiB)), chunk: 1024, scan: true },
  { name: "one file in 16 B", body: file(random(2 * MiB)), chunk: 16, scan: true },
  { name: "one file in 1 B", body: file(random(MiB / 4)), chunk: 1, scan: true },
  {
    name: "5,000 tiny fields",
    body: form(5000, (i) => field(`f${i}`, "v")),
    chunk: 65_536,
    parts: 5000,
  },
  {
    name: "5,000 tiny files",
    body: form(5000, (i) => upload(`f${i}`, "some text")),
    chunk: 65_536,
    parts: 5000,
  },
  {
    name: "100 fields of 1 KB",
    body: form(100, (i) => field(`f${i}`, "abc ".repeat(256))),
    chunk: 65_536,
    parts: 100,
  },
  {
    name: "2,000 files of 10 KB",
    body: form(2000, (i) => upload(`f${i}`, random(10_240))),
    chunk: 65_536,
    parts: 2000,
  },
];

const only = process.argv[3];
for (const { name, body, chunk, scan, parts } of workloads) {
  if (only && !name.includes(only)) continue;
  const chunks = cut(body, chunk);
  const contenders = [() => decode(chunks), () => bareScan(chunks)];
  const [decoded, scanned] = medians(contenders, scan ? 3 : 40);
  const rate = `${(body.length / MiB / (decoded / 1000)).toFixed(0)} MiB/s`;
  const figure = scan
    ? `${(scanned / decoded).toFixed(2)} of the scan`
    : `${((1e6 * decoded) / parts).toFixed(0)} ns a part`;
  console.log(`${name.padEnd(40)} ${figure.padEnd(20)} ${rate}`);
}

function decode(chunks) {
  let octets = 0;
  let parts = 0;
  const handler = {
    onPart: () => parts++,
    onData: (bytes) => (octets += bytes.length),
    onPartEnd: () => {},
  };
  const decoder = createMultipartDecoder({ boundary, limits, handler });
  for (const chunk of chunks) decoder.write(chunk);
  decoder.end();
  return octets + parts;
}

// The least that any parser must do: look for the delimiter in every chunk.
function bareScan(chunks) {
  let found = 0;
  for (const chunk of chunks) {
    for (
      let at = chunk.indexOf(delimiter);
      at >= 0;
      at = chunk.indexOf(delimiter, at + delimiter.length)
    )
      found++;
  }
  return found;
}

// Small parts need some seconds until the compiler has settled.
function medians(contenders, warmups) {
  const times = contenders.map(() => []);
  for (let round = -warmups; round < 15; round++) {
    for (const [index, run] of contenders.entries()) {
      let runs = 0;
      const from = performance.now();
      do {
        run();
        runs++;
      } while (performance.now() - from < 60);
      if (round >= 0) times[index].push((performance.now() - from) / runs);
    }
  }
  return times.map((each) => each.sort((a, b) => a - b)[each.length >> 1]);
}

function file(content) {
  return form(1, () => upload("file", content));
}

function form(count, part) {
  const pieces = Array.from({ length: count }, (_, i) => part(i)).flat();
  return Buffer.concat([...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece)));
}

function field(name, value) {
  return [`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`, value, "\r\n"];
}

function upload(name, content) {
  const type = "Content-Type: application/octet-stream";
  const head = `Content-Disposition: form-data; name="${name}"; filename="${name}.bin"\r\n${type}`;
  return [`--${boundary}\r\n${head}\r\n\r\n`, content, "\r\n"];
}

function repeat(text, size) {
  // Whole copies only: half a delimiter at the end might be one.
  return Buffer.alloc(size - (size % text.length), text, "latin1");
}

// Seeded, so that every run sees the same octets (xorshift32).
function random(size) {
  const words = new Uint32Array(size / 4);
  let state = 2_463_534_242;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return Buffer.from(words.buffer);
}

function cut(body, size) {
  const chunks = [];
  for (let at = 0; at < body.length; at += size) chunks.push(body.subarray(at, at + size));
  return chunks;
}
