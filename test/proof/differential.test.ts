// Our decoders against those of others on random well-formed input: where they differ, the difference is listed below with
// its reason, and run, so that the list stays true.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isWaybillError } from "../../src/base/fault.js";
import { createByteDecoder } from "../../src/codec/encoding/byte-decoder.js";
import { createByteEncoder } from "../../src/codec/encoding/byte-encoder.js";
import { cutInto, decodeJson, decodeMultipart, decodePairs } from "../wire/decode.js";
import {
  type Form,
  hasPython,
  parseWithBusboy,
  parseWithPython,
  parseWithUndici,
  type PeerPart,
} from "../wire/peers.js";

interface PartGiven {
  readonly name: string;
  readonly filename: string | undefined;
  readonly type: string | undefined;
  readonly data: Uint8Array;
}

interface FormGiven extends Form {
  readonly parts: readonly PartGiven[];
}

/** Names that every parser reads alike: escapes have tests of their own. */
const plainName = fc.string({
  unit: fc.constantFrom(
    "a",
    "B",
    "7",
    " ",
    "-",
    "[",
    "]",
    ";",
    "=",
    "'",
    "%",
    "%41",
    "é",
    "東",
    "😀",
  ),
  maxLength: 12,
});

/** With quotes and backslashes, which are written as `\"` and `\\`. */
const escapedName = fc.string({
  unit: fc.constantFrom("a", "b", " ", '"', "\\", "é", "."),
  maxLength: 8,
});

const types = ["text/plain", "image/png", "application/json", "text/csv; header=present"];

/** Octets that a search for the boundary stumbles over. `{b}` stands for the boundary. */
function contents(snippets: readonly string[]): fc.Arbitrary<readonly (string | Uint8Array)[]> {
  return fc.array(
    fc.oneof(fc.constantFrom(...snippets), fc.uint8Array({ maxLength: 24 }), fc.constant("text")),
    { maxLength: 12 },
  );
}

const lineEnds = ["\r", "\n", "\r\n", "-", "--", "\r\n-", "\r\n--", "\r\n\r\n", "\n--", "\0"];

interface Options {
  readonly name: fc.Arbitrary<string>;
  readonly snippets: readonly string[];
}

function forms({ name, snippets }: Options): fc.Arbitrary<FormGiven> {
  const part = fc.record({
    name,
    filename: fc.option(
      name.filter((text) => text !== ""),
      { nil: undefined },
    ),
    type: fc.option(fc.constantFrom(...types), { nil: undefined }),
    data: contents(snippets),
  });
  const boundary = fc
    .stringMatching(/^[-0-9A-Za-z]{20,60}[0-9A-Za-z]$/)
    .map((text) => `------${text}`);
  return fc
    .record({ boundary, parts: fc.array(part, { minLength: 1, maxLength: 6 }) })
    .map(({ boundary: text, parts }) => {
      const filled = parts.map((each) => ({ ...each, data: fill(each.data, text) }));
      const contentType = `multipart/form-data; boundary=${text}`;
      return { contentType, body: writeForm(text, filled), parts: filled };
    });
}

// A part's content must not have the delimiter in it (RFC 2046 §5.1.1).
function fill(snippets: readonly (string | Uint8Array)[], boundary: string): Uint8Array {
  const content = Buffer.concat(
    snippets.map((snippet) =>
      typeof snippet === "string" ? Buffer.from(snippet.replace("{b}", boundary)) : snippet,
    ),
  );
  const text = `\r\n${content.toString("latin1")}`;
  return text.includes(`\r\n--${boundary}`) ? Buffer.from("it had the delimiter") : content;
}

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;

function writeForm(boundary: string, parts: readonly PartGiven[]): Uint8Array {
  const pieces = parts.flatMap(({ name, filename, type, data }) => {
    const file = filename === undefined ? "" : `; filename=${quoted(filename)}`;
    const typed = type === undefined ? "" : `Content-Type: ${type}\r\n`;
    const head = `--${boundary}\r\nContent-Disposition: form-data; name=${quoted(name)}${file}\r\n${typed}\r\n`;
    return [Buffer.from(head), data, Buffer.from("\r\n")];
  });
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]);
}

function ours({ contentType, body }: Form, size = body.length): PeerPart[] {
  return decodeMultipart(contentType, cutInto(body, Math.max(1, size))).map(({ head, data }) => ({
    name: head.name ?? "",
    ...(head.filename !== undefined && { filename: head.filename }),
    ...(head.mediaType !== undefined && { type: head.mediaType }),
    data: Buffer.from(data).toString("latin1"),
  }));
}

const wanted = ({ parts }: FormGiven): PeerPart[] =>
  parts.map(({ name, filename, type, data }) => ({
    name,
    ...(filename !== undefined && { filename }),
    ...(type !== undefined && { type }),
    data: Buffer.from(data).toString("latin1"),
  }));

/** What busboy and undici do not tell is left out: types of fields, and parameters of types. */
const withoutTypes = (parts: readonly PeerPart[]): PeerPart[] =>
  parts.map(({ name, filename, data }) => ({
    name,
    ...(filename !== undefined && { filename }),
    data,
  }));

/** The text of undici's fields is decoded. */
const withFieldText = (parts: readonly PeerPart[]): PeerPart[] =>
  parts.map((part) =>
    part.filename === undefined
      ? { ...part, data: new TextDecoder().decode(Buffer.from(part.data, "latin1")) }
      : part,
  );

const essences = (parts: readonly PeerPart[]): (string | undefined)[] =>
  parts.map(({ filename, type }) => (filename === undefined ? undefined : type?.split(";")[0]));

const runs = { numRuns: 150 };

// A busy machine is no failure, least of all where another program is started.
const patience = { timeout: 60_000 };
const python = hasPython();

describe("multipart", patience, () => {
  const withBoundaries = [...lineEnds, "--{b}", "{b}", "{b}--", "x--{b}--\r\n"];
  const any = forms({ name: fc.oneof(plainName, escapedName), snippets: withBoundaries });

  it("has the parts that were written, at any cut", () => {
    const cut = fc.integer({ min: 1, max: 200 });
    fc.assert(
      fc.property(any, cut, (form, size) => {
        expect(ours(form, size)).toEqual(wanted(form));
      }),
      runs,
    );
  });

  it("equals busboy", async () => {
    await fc.assert(
      fc.asyncProperty(any, async (form) => {
        const theirs = await parseWithBusboy(form);
        const mine = ours(form);
        expect(withoutTypes(mine)).toEqual(withoutTypes(theirs));
        // Where there is no type busboy has its default.
        const types = essences(mine).map((type, at) => type ?? essences(theirs)[at]);
        expect(types).toEqual(essences(theirs));
      }),
      runs,
    );
  });

  // Its names are read with `%22` undone and backslashes left: see the differences.
  it("equals undici", async () => {
    await fc.assert(
      fc.asyncProperty(forms({ name: plainName, snippets: lineEnds }), async (form) => {
        const theirs = await parseWithUndici(form);
        expect(withoutTypes(withFieldText(ours(form)))).toEqual(withoutTypes(theirs));
      }),
      runs,
    );
  });

  const reason = python ? "" : " (skipped: there is no python3)";

  it.skipIf(!python)(`equals Python's email package${reason}`, () => {
    // It misreads a backslash at the end of a name: see the differences.
    const name = fc.oneof(plainName, escapedName).filter((text) => !text.endsWith("\\"));
    const arbitrary = forms({ name, snippets: lineEnds });
    const samples = fc.sample(arbitrary, { numRuns: 400, seed: 20_260_101 });
    const theirs = parseWithPython(samples);
    samples.forEach((form, at) => expect(ours(form)).toEqual(theirs[at]));
  });
});

const B = "------------------------------boundary";
const field = (rest: string): Form => ({
  contentType: `multipart/form-data; boundary=${B}`,
  body: Buffer.from(`--${B}\r\nContent-Disposition: form-data; ${rest}\r\n--${B}--\r\n`),
});

interface Difference {
  readonly why: string;
  readonly form: Form;
  readonly ours: readonly PeerPart[] | "refused";
  readonly theirs: readonly PeerPart[] | "refused";
}

const one = (name: string, data = "x", filename?: string): PeerPart[] => [
  { name, ...(filename !== undefined && { filename }), data },
];

const busboyDifferences: readonly Difference[] = [
  {
    why: "a part with an empty file name is a field to it: the file name is lost",
    form: field('name="a"; filename=""\r\n\r\nx'),
    ours: one("a", "x", ""),
    theirs: one("a"),
  },
  {
    why: "octets after the boundary on its line are data (RFC 2046 §5.1.1); it ends the file there and loses the rest",
    form: field(`name="a"; filename="f"\r\n\r\nx\r\n--${B}X\r\ny`),
    ours: one("a", `x\r\n--${B}X\r\ny`, "f"),
    theirs: one("a", "x", "f"),
  },
  {
    why: "a padded delimiter line is legal (RFC 2046 §5.1.1): it drops the part",
    form: {
      contentType: `multipart/form-data; boundary=${B}`,
      body: Buffer.from(
        `--${B} \t\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--${B}\r\nContent-Disposition: form-data; name="b"\r\n\r\ny\r\n--${B}--`,
      ),
    },
    ours: [...one("a"), ...one("b", "y")],
    theirs: one("b", "y"),
  },
  {
    why: "a malformed filename* is an error, not a part that never was",
    form: field("name=\"a\"; filename*=UTF-8''%E4%\r\n\r\nx"),
    ours: "refused",
    theirs: [],
  },
];

const undiciDifferences: readonly Difference[] = [
  {
    why: "`%22` is undone: a client that does not escape so meant it as it stands, and only it knows",
    form: field('name="a%22b"\r\n\r\nx'),
    ours: one("a%22b"),
    theirs: one('a"b'),
  },
  {
    why: "backslashes are kept, which curl and Python write before a quote or a backslash",
    form: field('name="a\\\\b"\r\n\r\nx'),
    ours: one("a\\b"),
    theirs: one("a\\\\b"),
  },
  {
    why: "a file must not have the boundary in it anywhere; only a line that begins with the delimiter counts",
    form: field(`name="a"; filename="f"\r\n\r\nx--${B}y`),
    ours: one("a", `x--${B}y`, "f"),
    theirs: "refused",
  },
];

const pythonDifferences: readonly Difference[] = [
  {
    why: "a delimiter after a bare LF or CR counts, as in mail that lost its CRLFs; in HTTP that cuts files",
    form: field(`name="a"; filename="f"\r\n\r\nx\n--${B}\ny`),
    ours: one("a", `x\n--${B}\ny`, "f"),
    theirs: [
      { name: "a", filename: "f", data: "x" },
      { name: "", data: "y" },
    ],
  },
  {
    why: "a backslash at the end of a name, escaped, is taken for the escape of the quote: the file name is lost",
    form: field(String.raw`name="a\\"; filename="f"` + "\r\n\r\nx"),
    ours: one("a\\", "x", "f"),
    theirs: one('a"; filename="f'),
  },
];

const refusal = async (run: () => unknown): Promise<unknown> => {
  try {
    return await run();
  } catch {
    return "refused";
  }
};

function oursOrRefused(form: Form): unknown {
  try {
    return withoutTypes(ours(form));
  } catch (error) {
    if (isWaybillError(error)) return "refused";
    throw error;
  }
}

describe("known differences from busboy", () => {
  it.each(busboyDifferences)("$why", async ({ form, ours: mine, theirs }) => {
    expect(oursOrRefused(form)).toEqual(mine);
    expect(await refusal(async () => withoutTypes(await parseWithBusboy(form)))).toEqual(theirs);
  });

  it("names in UTF-8 are read as latin-1 by default", async () => {
    const form = field('name="é"\r\n\r\nx');
    expect(oursOrRefused(form)).toEqual(one("é"));
    expect(await parseWithBusboy(form, { defParamCharset: "latin1" })).toEqual(one("Ã©"));
  });
});

describe("known differences from undici", () => {
  it.each(undiciDifferences)("$why", async ({ form, ours: mine, theirs }) => {
    expect(oursOrRefused(form)).toEqual(mine);
    expect(await refusal(async () => withoutTypes(await parseWithUndici(form)))).toEqual(theirs);
  });
});

describe.skipIf(!python)("known differences from Python's email package", patience, () => {
  it.each(pythonDifferences)("$why", ({ form, ours: mine, theirs }) => {
    expect(oursOrRefused(form)).toEqual(mine);
    expect(withoutTypes(parseWithPython([form])[0] ?? [])).toEqual(theirs);
  });
});

function escapeOf(half: string): string {
  return `\\u${half.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

// Any character of a string may be written as an escape, and a slash as PHP writes it.
function respelt(text: string, choices: Iterator<number>): string {
  let inside = false;
  let spelt = "";
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (inside && char === "\\") {
      const escape = text.slice(at, at + (text.charAt(at + 1) === "u" ? 6 : 2));
      spelt += escape;
      at += escape.length - 1;
      continue;
    }
    if (char === '"') inside = !inside;
    const choice: unknown = inside && char !== '"' ? choices.next().value : undefined;
    // Half a surrogate pair cannot be written as it stands.
    const whole = String.fromCodePoint(text.codePointAt(at) ?? 0);
    at += whole.length - 1;
    if (choice === 0) for (const half of whole.split("")) spelt += escapeOf(half);
    else spelt += char === "/" && choice === 1 ? "\\/" : whole;
  }
  return spelt;
}

describe("json", patience, () => {
  const indent = fc.constantFrom("", " ", "\t", "\r\n");
  const document = fc.tuple(fc.jsonValue({ stringUnit: "binary", maxDepth: 6 }), indent);
  const escapes = fc.infiniteStream(fc.nat(9));

  it("equals JSON.parse, however strings are spelt and wherever it is cut", () => {
    fc.assert(
      fc.property(
        document,
        escapes,
        fc.integer({ min: 1, max: 64 }),
        ([value, space], choices, size) => {
          const text = respelt(JSON.stringify(value, null, space), choices);
          const want: unknown = JSON.parse(text);
          const got = decodeJson(cutInto(Buffer.from(text), size));
          expect(got).toStrictEqual(want);
          expect(JSON.stringify(got)).toBe(JSON.stringify(want));
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe("urlencoded", patience, () => {
  const units = ["a", "b", "&", "=", "+", "%41", "%C3%A9", "%26", "%00", ";", "?", "%EF%BB%BF"];
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(...units, "é", "東", "😀", "\ufeff"), maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom(...units, "%", "%4", "%ff", "%C3", "%ed%a0%80"),
      maxLength: 40,
    }),
  );

  // A question mark at the start is not dropped: a body is no query.
  it("equals URLSearchParams", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 12 }), (given, size) => {
        const want = [...new URLSearchParams(given.startsWith("?") ? `?${given}` : given)];
        expect(decodePairs(cutInto(Buffer.from(given), size))).toEqual(want);
      }),
      { numRuns: 1000 },
    );
  });

  // Node 20 takes letters for one octet each beside such escapes; the URL Standard (§5.1) has them in UTF-8.
  it("differs from URLSearchParams: letters beside malformed escapes and ones that are no UTF-8 stay", () => {
    expect(decodePairs([Buffer.from("é%ff=😀%")])).toEqual([["é\ufffd", "😀%"]]);
  });
});

function decodeText(
  encoding: "base64" | "base64url" | "base16",
  text: string,
  size: number,
): Buffer {
  const decoder = createByteDecoder(encoding, { lineBreaks: true });
  const input = Buffer.from(text);
  let offset = 0;
  const pieces: Uint8Array[] = [];
  for (const piece of cutInto(input, size)) {
    pieces.push(decoder.write(piece, offset));
    offset += piece.length;
  }
  return Buffer.concat([...pieces, decoder.end(offset)]);
}

describe("base64, base64url and base16", patience, () => {
  const encodings = fc.constantFrom(
    ["base64", "base64"] as const,
    ["base64url", "base64url"] as const,
    ["base16", "hex"] as const,
  );
  const bytes = fc.uint8Array({ maxLength: 200 });

  it("equal Buffer, both ways", () => {
    fc.assert(
      fc.property(
        encodings,
        bytes,
        fc.integer({ min: 1, max: 50 }),
        ([ours64, theirs], octets, size) => {
          const text = Buffer.from(octets).toString(theirs);
          expect(decodeText(ours64, text, size)).toEqual(Buffer.from(text, theirs));
          const encoder = createByteEncoder(ours64);
          const written = [...cutInto(octets, size)].map((piece) => encoder.write(piece));
          const encoded = Buffer.concat([...written, encoder.end()]).toString();
          // Buffer pads no base64url and writes hex in small letters.
          expect(encoded.replace(/=*$/, "").toLowerCase()).toBe(
            text.replace(/=*$/, "").toLowerCase(),
          );
        },
      ),
      { numRuns: 400 },
    );
  });

  it("base64 in lines equals Buffer", () => {
    fc.assert(
      fc.property(
        bytes,
        fc.integer({ min: 1, max: 80 }),
        fc.constantFrom("\r\n", "\n"),
        (octets, size, eol) => {
          const text = Buffer.from(octets).toString("base64").replaceAll(/.{76}/g, `$&${eol}`);
          expect(decodeText("base64", text, size)).toEqual(Buffer.from(text, "base64"));
        },
      ),
      runs,
    );
  });
});
