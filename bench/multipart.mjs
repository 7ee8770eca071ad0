// How near the multipart decoder comes to a bare scan for the delimiter, and what a small part costs.
// node bench/multipart.mjs [name]; wants a build, in dist/ or where WAYBILL_DIST says. Ratios are medians of interleaved runs: 1 is the scan.
import { fileURLToPath, pathToFileURL } from "node:url";
import { resolve } from "node:path";

const built = process.env.WAYBILL_DIST ?? fileURLToPath(new URL("../dist", import.meta.url));
const dist = pathToFileURL(`${resolve(built)}/`);
const { createMultipartDecoder } = await import(
  new URL("codec/multipart/multipart-decoder.js", dist).href
);
const { defaultLimits } = await import(new URL("base/limits.js", dist).href);

export const boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
export const delimiter = Buffer.from(`\r\n--${boundary}`);
const limits = { ...defaultLimits, partsMax: 100_000 };
const MiB = 1024 * 1024;
const whole = 65_536;

/** Bodies and how they are cut; `parts` where the cost of a part is what counts. */
export const workloads = [
  { name: "one file, random octets", body: () => file(random(64 * MiB)), chunk: whole },
  {
    name: "one file, CSV",
    body: () => file(repeat("12345,some text,2026-11-05T12:00:00Z,17.5\r\n", 32 * MiB)),
    chunk: whole,
  },
  ...[
    ["CR", "\r", 64],
    ["CRLF", "\r\n", 64],
    ["CRLF and two dashes", "\r\n--", 64],
    ["dashes", "-", 64],
    ["all but the last character", delimiter.toString().slice(0, -1), 64],
    ["all but the first octet", delimiter.toString().slice(1), 64],
    ["the boundary and one more", `${delimiter}x`, 8],
    ["padding", `${delimiter}${" ".repeat(200)}x`, 8],
  ].map(([name, text, size]) => ({
    name: `hostile: ${name}`,
    body: () => file(repeat(text, size * MiB)),
    chunk: whole,
  })),
  { name: "one file in 1 KiB", body: () => file(random(16 * MiB)), chunk: 1024 },
  { name: "one file in 16 B", body: () => file(random(2 * MiB)), chunk: 16 },
  { name: "one file in 1 B", body: () => file(random(MiB / 4)), chunk: 1 },
  {
    name: "5,000 tiny fields",
    body: () => form(5000, (i) => field(`f${i}`, "v")),
    chunk: whole,
    parts: 5000,
  },
  {
    name: "5,000 tiny files",
    body: () => form(5000, (i) => upload(`f${i}`, "some text")),
    chunk: whole,
    parts: 5000,
  },
  {
    name: "100 fields of 1 KB",
    body: () => form(100, (i) => field(`f${i}`, "abc ".repeat(256))),
    chunk: whole,
    parts: 100,
  },
  {
    name: "2,000 files of 10 KB",
    body: () => form(2000, (i) => upload(`f${i}`, random(10_240))),
    chunk: whole,
    parts: 2000,
  },
  { name: "the ordinary form", body: ordinaryForm, chunk: whole, parts: 4 },
  { name: "the ordinary form in 16 B", body: ordinaryForm, chunk: 16, parts: 4 },
  { name: "the ordinary form in 1 B", body: ordinaryForm, chunk: 1, parts: 4 },
];

function main() {
  const only = process.argv[2];
  for (const { name, body, chunk, parts } of workloads) {
    if (only && !name.includes(only)) continue;
    const whole = body();
    const chunks = cut(whole, chunk);
    const contenders = [() => decode(chunks), () => bareScan(chunks)];
    const [decoded, scanned] = medians(contenders, parts ? 40 : 3);
    const rate = `${(whole.length / MiB / (decoded / 1000)).toFixed(0)} MiB/s`;
    const figure = parts
      ? `${((1e6 * decoded) / parts).toFixed(0)} ns a part`
      : `${(scanned / decoded).toFixed(2)} of the scan`;
    console.log(`${name.padEnd(40)} ${figure.padEnd(20)} ${rate}`);
  }
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
export function bareScan(chunks) {
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

// Three fields and a picture of 20 KB, as a page sends them.
function ordinaryForm() {
  const picture = upload("pic", random(20_480));
  return form(
    4,
    (i) =>
      [
        field("name", "Douglas Hofstadter"),
        field("bio", "Writes."),
        field("year", "1945"),
        picture,
      ][i],
  );
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

export function cut(body, size) {
  const chunks = [];
  for (let at = 0; at < body.length; at += size) chunks.push(body.subarray(at, at + size));
  return chunks;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
