// Multipart bodies to measure with, made from a seed; what is in each is known beforehand.
import { MiB, octets, repeat, whole } from "./octets.mjs";

export const boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
export const delimiter = Buffer.from(`\r\n--${boundary}`);

/** Files that are nearly delimiters, over and over. */
const hostile = {
  CR: "\r",
  CRLF: "\r\n",
  "CRLF and two dashes": "\r\n--",
  dashes: "-",
  "all but the last character": delimiter.toString().slice(0, -1),
  "all but the first octet": delimiter.toString().slice(1),
  "the boundary and one more": `${delimiter}x`,
  "padding after the boundary": `${delimiter}${" ".repeat(200)}x`,
};

const csvLine = "12345,some text,2026-11-05T12:00:00Z,17.5\r\n";

/** `warm`: small bodies, for which the compiler needs some seconds to settle. `quick`: in the short run too. */
export const workloads = [
  {
    name: "one file of 128 MB",
    quick: true,
    make: (scale) => body(whole, [file("file", octets(128 * MiB * scale))]),
  },
  {
    name: "32 MB of CSV",
    make: (scale) => body(whole, [file("file", repeat(csvLine, 32 * MiB * scale))]),
  },
  ...Object.entries(hostile).map(([name, text]) => ({
    name: `hostile: ${name}`,
    quick: name === "dashes",
    make: (scale) => body(whole, [file("file", repeat(text, 32 * MiB * scale))]),
  })),
  {
    name: "a file in 1 KiB",
    make: (scale) => body(1024, [file("file", octets(16 * MiB * scale))]),
  },
  { name: "a file in 16 B", make: (scale) => body(16, [file("file", octets(2 * MiB * scale))]) },
  { name: "a file in 1 B", make: (scale) => body(1, [file("file", octets((MiB * scale) / 4))]) },
  {
    name: "5,000 tiny fields",
    quick: true,
    warm: true,
    make: () =>
      body(
        whole,
        times(5000, (i) => field(`f${i}`, "v")),
      ),
  },
  {
    name: "5,000 tiny files",
    quick: true,
    warm: true,
    make: () =>
      body(
        whole,
        times(5000, (i) => file(`f${i}`, Buffer.from("some text"))),
      ),
  },
  {
    name: "100 fields of 1 KB",
    warm: true,
    make: () =>
      body(
        whole,
        times(100, (i) => field(`f${i}`, "abc ".repeat(256))),
      ),
  },
  {
    name: "2,000 files of 10 KB",
    warm: true,
    make: () =>
      body(
        whole,
        times(2000, (i) => file(`f${i}`, octets(10_240))),
      ),
  },
  { name: "the ordinary form", quick: true, warm: true, make: () => body(whole, ordinaryForm()) },
  { name: "the ordinary form in 16 B", warm: true, make: () => body(16, ordinaryForm()) },
  { name: "the ordinary form in 1 B", warm: true, make: () => body(1, ordinaryForm()) },
];

// Three fields and a picture of 20 KB, as a page sends them.
function ordinaryForm() {
  return [
    field("name", "Douglas Hofstadter"),
    field("bio", "Writes."),
    field("year", "1945"),
    file("pic", octets(20_480)),
  ];
}

function times(count, part) {
  return Array.from({ length: count }, (_, i) => part(i));
}

function field(name, text) {
  return { head: `Content-Disposition: form-data; name="${name}"`, content: Buffer.from(text) };
}

function file(name, content) {
  const disposition = `Content-Disposition: form-data; name="${name}"; filename="${name}.bin"`;
  return { head: `${disposition}\r\nContent-Type: application/octet-stream`, content };
}

function body(chunkBytes, parts) {
  const pieces = parts.flatMap(({ head, content }) => [
    Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`),
    content,
    Buffer.from("\r\n"),
  ]);
  return {
    document: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
    chunkBytes,
    expected: {
      parts: parts.length,
      octets: parts.reduce((sum, { content }) => sum + content.length, 0),
    },
  };
}
