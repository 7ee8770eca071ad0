// What every client is told to send, and how the ways of clients to write it change what arrives.
// Expectations come from here and from the clients' documentation, never from the captured octets.
import { createHash } from "node:crypto";

/** Every octet once, then line ends, dashes, and what looks like delimiters of browsers and of curl. */
export const binary = Buffer.concat([
  Buffer.from(Array.from({ length: 256 }, (_, octet) => octet)),
  Buffer.from("\r\n--\r\n\r\r\n\n------WebKitFormBoundary\r\n--------------------------\r\n-"),
]);

const metadata = JSON.stringify({ name: "Müller", tags: ["a/b", "c\\d"], size: 1.5 });

export const parts = [
  { name: "metadata", kind: "json", type: "application/json", text: metadata },
  { name: "note", kind: "text", text: 'Grüße, 東京 😀 = & + % "q" \\' },
  { name: "lines", kind: "text", text: "one\ntwo\r\nthree\rfour\n" },
  { name: "nothing", kind: "text", text: "" },
  {
    name: "pic",
    kind: "file",
    filename: "pixel.bin",
    type: "application/octet-stream",
    bytes: binary,
  },
  {
    name: "empty",
    kind: "file",
    filename: "empty.txt",
    type: "text/plain",
    bytes: Buffer.alloc(0),
  },
  {
    name: "doc",
    kind: "file",
    filename: "naïve 東京.txt",
    type: "text/plain",
    bytes: Buffer.from("Grüße\n"),
  },
  { name: "größe", kind: "text", text: "XL" },
  { name: 'say "hi" \\ there', kind: "text", text: "quoted" },
  {
    name: "quoted",
    kind: "file",
    filename: 'a "b" \\ c.txt',
    type: "text/plain",
    bytes: Buffer.from("q"),
  },
  { name: "list[]", kind: "text", text: "1" },
  { name: "list[]", kind: "text", text: "2" },
];

export const json = {
  name: "Grüße / 東京 😀",
  path: 'C:\\dir/"a"\t\u007f',
  numbers: [0, -1.5, 1e21, 12345678901],
  none: null,
  pic: binary.toString("base64"),
  pics: [{ data: Buffer.from([0xfb, 0xff, 0xfe]).toString("base64") }, { data: "" }],
};

export const pairs = [
  ["name", "Grüße, 東京 😀"],
  ["a b", "c+d e"],
  ["x&y=z", "100% & more = better;"],
  ["lines", "one\r\ntwo"],
  ["empty", ""],
  ["list[]", "1"],
  ["list[]", "2"],
  ["~*-._", "!'()~*-._/:?@"],
];

/** The request in a form that programs in other languages can read. */
export const request = {
  parts: parts.map(({ bytes, ...part }) => ({
    ...part,
    ...(bytes && { base64: bytes.toString("base64") }),
  })),
  json,
  pairs,
};

const percent = (text) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** How names are written, and what a reader that undoes backslashes and leaves `%22` alone then has. */
export const escapings = {
  /** WHATWG HTML §4.10.22.8 */
  browser: (text) => text.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A"),
  /** RFC 2616 §2.2: `\"` and `\\` */
  backslash: (text) => text,
  /** A backslash before spaces too: these two arrive, like a browser's own backslash that is no escape. */
  spaces: (text) => text.replaceAll(" ", "\\ "),
  /** RFC 3986, octet by octet */
  percent,
};

/** WHATWG HTML §4.10.22.8: text gets CRLF. */
export const crlf = (text) => text.replaceAll(/\r\n|\r|\n/g, "\r\n");

/**
 * What arrives of `given`. `text`: what becomes of the text of fields; `escape`: of names;
 * `jsonName`: the file name that a client gives a part that is no file and has a type.
 */
export function arriving(
  given,
  {
    escape = escapings.backslash,
    escapeFile = escape,
    text = (t) => t,
    jsonName,
    transferEncoding,
  } = {},
) {
  return given.map((part) => {
    const filename = part.kind === "json" ? jsonName : part.filename;
    const type = part.type;
    return {
      name: escape(part.name),
      ...(filename !== undefined && { filename: escapeFile(filename) }),
      ...(type !== undefined && { type }),
      ...(transferEncoding !== undefined && { transferEncoding }),
      ...contentOf(part, text),
    };
  });
}

function contentOf({ kind, text, bytes }, change) {
  if (kind === "json") return { text };
  if (kind === "text") return { text: change(text) };
  return digestOf(bytes);
}

export function digestOf(bytes) {
  return { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}
