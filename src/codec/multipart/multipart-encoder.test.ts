import * as fc from "fast-check";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { decodeMultipart } from "./decode-multipart.js";
import { drawBoundary, occursIn } from "./draw-boundary.js";
import {
  createMultipartEncoder,
  type EncodedMultipart,
  type PartToWrite,
} from "./multipart-encoder.js";

async function chunksOf({ body }: EncodedMultipart): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return chunks;
}

const text = async (encoded: EncodedMultipart): Promise<string> =>
  Buffer.concat(await chunksOf(encoded)).toString();

const encode = (...parts: PartToWrite[]): EncodedMultipart =>
  createMultipartEncoder({ boundary: "B" }).encode(parts);

async function* stream(...pieces: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

interface WriteCase {
  readonly name: string;
  readonly parts: PartToWrite[];
  /** `|` stands for CRLF. */
  readonly want: string;
}

const disposition = "Content-Disposition: form-data;";
const cases: readonly WriteCase[] = [
  { name: "no parts", parts: [], want: "--B--|" },
  {
    name: "text, octets and a Blob, in order",
    parts: [
      { name: "a", body: "é" },
      { name: "a", body: new Uint8Array([50]) },
      { name: "c", body: new Blob(["{}"], { type: "application/json" }) },
    ],
    want: `--B|${disposition} name="a"||é|--B|${disposition} name="a"||2|--B|${disposition} name="c"|Content-Type: application/json||{}|--B--|`,
  },
  {
    name: "a File has a name and a type",
    parts: [{ name: "a", body: new File(["1"], 'ä".txt') }],
    want: `--B|${disposition} name="a"; filename="ä%22.txt"|Content-Type: application/octet-stream||1|--B--|`,
  },
  {
    name: "what the part says comes first",
    parts: [
      { name: "a", filename: "b", mediaType: "x/y", body: new File(["1"], "c", { type: "p/q" }) },
    ],
    want: `--B|${disposition} name="a"; filename="b"|Content-Type: x/y||1|--B--|`,
  },
  {
    name: "more headers, a stream, an empty body",
    parts: [
      { name: "a", headers: [["X-Rate-Limit-Limit", "1"]], body: stream("1", "", "2") },
      { name: "b", body: "" },
    ],
    want: `--B|${disposition} name="a"|X-Rate-Limit-Limit: 1||12|--B|${disposition} name="b"|||--B--|`,
  },
];

describe("createMultipartEncoder", () => {
  it.each(cases.map((given) => [given.name, given] as const))("%s", async (_, given) => {
    const encoded = encode(...given.parts);
    expect(await text(encoded)).toBe(given.want.replaceAll("|", "\r\n"));
    expect(encoded.contentType).toBe("multipart/form-data; boundary=B");
  });

  it("needs no names in other subtypes, and says their parameters", async () => {
    const encoder = createMultipartEncoder({
      boundary: "B",
      subtype: "related",
      parameters: [["start", "<a@b>"]],
    });
    const encoded = encoder.encode([
      { headers: [["Content-ID", "<a@b>"]], body: "1" },
      { filename: "x", mediaType: "text/plain", body: "2" },
    ]);
    expect(encoded.contentType).toBe('multipart/related; boundary=B; start="<a@b>"');
    expect(await text(encoded)).toBe(
      '--B\r\nContent-ID: <a@b>\r\n\r\n1\r\n--B\r\nContent-Disposition: attachment; filename="x"\r\nContent-Type: text/plain\r\n\r\n2\r\n--B--\r\n',
    );
  });

  it("escapes names as the platform's FormData does", async () => {
    for (const name of ['a"b', "a\rb", "a\nb", "a\r\n\n\rb", "a%22\\b", "žluť 🐎", "\ud800", ""]) {
      const form = new FormData();
      form.append(name, new Blob(["1"], { type: "text/plain" }), `${name}.txt`);
      const request = new Response(form);
      const boundary = request.headers.get("content-type")?.split("boundary=")[1];
      const part = { name, filename: `${name}.txt`, mediaType: "text/plain", body: "1" };
      const encoded = createMultipartEncoder({ boundary }).encode([part]);
      const theirs = await request.text();
      expect((await text(encoded)).trimEnd()).toBe(theirs.trimEnd());
    }
  });

  it.each<[string, string, Partial<PartToWrite>]>([
    ["no name", "part-without-name", { name: undefined }],
    ["a type with a line end", "malformed-header", { mediaType: "a/b\r\nX: 1" }],
    ["a header with a line end", "malformed-header", { headers: [["X", "1\n2"]] }],
    ["a header with NUL", "malformed-header", { headers: [["X", "\0"]] }],
    ["a malformed header name", "malformed-header", { headers: [["X:", "1"]] }],
    ["a header twice", "malformed-header", { headers: [["content-disposition", "x"]] }],
    ["the boundary in the body", "malformed-multipart", { body: "1\r\n--B" }],
    ["another size than the body's", "malformed-multipart", { body: "12", size: 1 }],
  ])("refuses %s", (_, code, part) => {
    const run = () => encode({ name: "a", body: "1", ...part });
    expect(run).toThrow(expect.objectContaining({ code }));
  });
});

describe("contentLength", () => {
  it("is that of the body where all sizes are known", async () => {
    const encoded = encode(
      { name: "ä", body: "é" },
      { name: "b", body: new Blob(["12"]) },
      { name: "c", body: stream("123", "45"), size: 5 },
    );
    expect(Buffer.byteLength(await text(encoded))).toBe(encoded.contentLength);
  });

  it("is undefined where one is not", () => {
    expect(encode({ name: "c", body: stream() }).contentLength).toBeUndefined();
  });

  it.each([
    ["longer", ["123", "4"], 3, "123"],
    ["shorter", ["12"], 3, "12"],
  ])("fails the body where a stream is %s", async (_, pieces, size, sent) => {
    const { body } = encode({ name: "c", body: stream(...pieces), size });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const octets of body) seen.push(Buffer.from(octets).toString());
    })();
    await expect(reading).rejects.toMatchObject({ code: "malformed-multipart" });
    expect(seen.at(-1)).toBe(sent);
  });
});

describe("the body", () => {
  it("is a few chunks for many small parts, and large ones are not copied", async () => {
    const large = new Uint8Array(100_000);
    const small = Array.from({ length: 100 }, (_, i) => ({ name: `f${i}`, body: "v" }));
    const chunks = await chunksOf(encode(...small, { name: "large", body: large }));
    expect(chunks.length).toBeLessThan(5);
    expect(chunks).toContain(large);
  });

  it("sends what is known before it waits for a stream", async () => {
    const { body } = encode({ name: "a", body: new ReadableStream<Uint8Array>() });
    const first = await body[Symbol.asyncIterator]().next();
    expect(Buffer.from(first.value ?? []).toString()).toContain('name="a"\r\n\r\n');
  });

  it("can be read again, unless a stream is in it", async () => {
    const encoded = encode({ name: "a", body: "1" }, { name: "b", body: new Blob(["2"]) });
    expect(await text(encoded)).toBe(await text(encoded));
    const once = encode({ name: "a", body: stream("1") });
    await text(once);
    await expect(text(once)).rejects.toThrow(TypeError);
  });

  it("left early closes every stream, begun or not", async () => {
    const begun = Readable.from([Buffer.from("1"), Buffer.from("2")]);
    const waiting = Readable.from([Buffer.from("3")]);
    let cancelled = false;
    const web = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
    const { body } = encode(
      { name: "a", body: begun },
      { name: "b", body: waiting },
      { name: "c", body: web },
    );
    for await (const octets of body) if (octets.length === 1) break;
    expect([begun.destroyed, waiting.destroyed, cancelled]).toEqual([true, true, true]);
  });

  it("fails as its stream fails", async () => {
    const mine = new Error("mine");
    const failing = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(mine),
    });
    await expect(text(encode({ name: "a", body: failing }))).rejects.toBe(mine);
  });
});

const draw = (): string => createMultipartEncoder().encode([]).contentType;
const bodyWithBoundary = (at: number): Uint8Array => Buffer.from(`${"-".repeat(at)}--B`);

describe("a boundary", () => {
  it("is another one for each body", () => {
    expect(draw()).not.toBe(draw());
    expect(draw()).toMatch(/^multipart\/form-data; boundary=----WaybillBoundary[\w-]{24}$/);
  });

  it("is drawn again when it occurs in a body", () => {
    const taken = `----WaybillBoundary${"A".repeat(24)}`;
    let draws = 0;
    const drawn = drawBoundary([Buffer.from("x"), Buffer.from(`..--${taken}..`)], (bytes) => {
      bytes.fill(draws++ < 2 ? 0 : 1);
    });
    expect([drawn, draws]).toEqual([`----WaybillBoundary${"B".repeat(24)}`, 3]);
  });

  it("is found anywhere in a body", () => {
    expect(
      [0, 1, 5000].map((index) => occursIn("B", [Buffer.alloc(9), bodyWithBoundary(index)])),
    ).toEqual([true, true, true]);
    expect(occursIn("B", [Buffer.from("--C-B")])).toBe(false);
  });
});

function bodyOf(kind: string, bytes: Buffer<ArrayBuffer>): PartToWrite["body"] {
  if (kind === "octets") return bytes;
  if (kind === "blob") return new Blob([bytes]);
  const half = bytes.length >> 1;
  const pieces = [bytes.subarray(0, half), bytes.subarray(half)];
  return kind === "stream" ? stream(...pieces) : new Blob(pieces).stream();
}

describe("any parts", () => {
  const near = fc.constantFrom("\r", "\n", "\r\n", "-", "--", "--B", "\r\n--B", "é", "%22", '"');
  const content = fc.oneof(
    fc.array(near).map((pieces) => Buffer.from(pieces.join(""))),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );
  const name = fc.array(fc.constantFrom("a", '"', "\\x", "\r\n", "é", ";", "=", " "), {
    maxLength: 6,
  });
  const part = fc.record({
    name: name.map((pieces) => pieces.join("")),
    filename: fc.option(name.map((pieces) => pieces.join(""))),
    content,
    kind: fc.constantFrom("octets", "blob", "stream", "web"),
  });

  it("are read as they were written", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        const written = parts.map(({ name, filename, content, kind }) => ({
          name,
          ...(filename !== null && { filename }),
          body: bodyOf(kind, content),
          size: content.length,
        }));
        const encoded = createMultipartEncoder().encode(written);
        const { contentType } = encoded;
        const octets = Buffer.concat(await chunksOf(encoded));
        expect(octets.length).toBe(encoded.contentLength);
        const read: unknown[] = [];
        const source = stream(octets);
        for await (const part of decodeMultipart(source, { contentType, unescapeNames: true })) {
          read.push([part.name, part.filename, Buffer.from(await part.bytes()).toString("hex")]);
        }
        expect(read).toEqual(
          parts.map(({ name, filename, content }) => [
            name,
            filename ?? undefined,
            content.toString("hex"),
          ]),
        );
      }),
      { numRuns: 200 },
    );
  });
});
