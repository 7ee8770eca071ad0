import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { isWaybillError } from "../../base/fault.js";
import { type IteratorCase, iteratorCases } from "./decode-multipart.cases.js";
import { decodeMultipart } from "./decode-multipart.js";
import type { MultipartPart } from "./multipart-part.js";
import type { OctetSource } from "./octet-source.js";

const contentType = "multipart/form-data; boundary=B";
const expand = (text: string): string => text.replaceAll("|", "\r\n");
const bytes = (text: string): Uint8Array => Buffer.from(expand(text));
const field = (name: string): string => `--B|Content-Disposition: form-data; name="${name}"||`;

interface Source extends AsyncGenerator<Uint8Array> {
  pulled: number;
  closed: boolean;
}

/** Notes how often it was asked and whether it was let go. */
function sourceOf(pieces: Iterable<Uint8Array>): Source {
  const state = { pulled: 0, closed: false };
  async function* run(): AsyncGenerator<Uint8Array> {
    try {
      for (const piece of pieces) {
        state.pulled++;
        yield piece;
      }
    } finally {
      state.closed = true;
    }
  }
  return Object.defineProperties(run() as Source, {
    pulled: { get: () => state.pulled },
    closed: { get: () => state.closed },
  });
}

function* cut(body: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

async function read(given: IteratorCase, pieces: Iterable<Uint8Array>): Promise<unknown> {
  const parts: unknown[] = [];
  const options = { ...given.options, contentType: given.contentType ?? contentType };
  try {
    for await (const part of decodeMultipart(sourceOf(pieces), options)) {
      parts.push([part.name, part.filename, await part.text({ max: Infinity })]);
    }
  } catch (error) {
    if (!isWaybillError(error)) throw error;
    const { code, offset, part, limit } = error.faults[0];
    return { parts, fault: { code, offset, part, limit: limit?.name } };
  }
  return { parts, fault: undefined };
}

describe("decodeMultipart", () => {
  it.each(iteratorCases.map((given) => [given.name, given] as const))("%s", async (_, given) => {
    const body = typeof given.body === "string" ? bytes(given.body) : given.body;
    const wanted = {
      parts: given.parts.map(([name, filename, text]) => [name, filename, expand(text)]),
      fault: given.fault,
    };
    const whole = await read(given, [body]);
    expect(whole).toEqual(wanted);
    const text = JSON.stringify(whole);
    for (const size of [1, 2, 7]) {
      expect(JSON.stringify(await read(given, cut(body, size))), `in ${size}s`).toBe(text);
    }
    for (let at = 1; at < body.length; at++) {
      const seen = await read(given, [body.subarray(0, at), body.subarray(at)]);
      if (JSON.stringify(seen) !== text) expect(seen, `cut at ${at}`).toEqual(whole);
    }
  });

  it.each([
    ["text/plain", "unsupported-media-type"],
    ["", "unsupported-media-type"],
    ["multipart/form-data", "malformed-multipart"],
    [`multipart/form-data; boundary=${"x".repeat(71)}`, "malformed-multipart"],
  ])("refuses %j at once", (type, code) => {
    const run = () => decodeMultipart(sourceOf([]), { contentType: type });
    expect(run).toThrow(expect.objectContaining({ code }));
  });
});

describe("a part", () => {
  it("is there at its head, and its octets come as they arrive", async () => {
    const source = sourceOf([bytes(field("a")), bytes("12"), bytes("34"), bytes("|--B--")]);
    const parts = decodeMultipart(source, { contentType });
    const { value: part } = await parts.next();
    expect([part?.name, source.pulled]).toEqual(["a", 1]);
    const seen: string[] = [];
    if (part) for await (const piece of part.body) seen.push(`${String(piece)} ${source.pulled}`);
    expect(seen).toEqual(["12 2", "34 3"]);
  });

  it("is passed over when the next is taken", async () => {
    const source = sourceOf(cut(bytes(`${field("a")}1234|${field("b")}5|--B--`), 3));
    const parts = decodeMultipart(source, { contentType });
    const first = (await parts.next()).value;
    const second = (await parts.next()).value;
    await expect(first?.text()).rejects.toThrow("passed over");
    expect(await second?.text()).toBe("5");
    expect(await parts.next()).toEqual({ done: true, value: undefined });
    expect(source.closed).toBe(true);
  });

  it("left in the middle of its body leaves the others to be read", async () => {
    const source = sourceOf(cut(bytes(`${field("a")}1234|${field("b")}5|--B--`), 1));
    const seen: string[] = [];
    for await (const part of decodeMultipart(source, { contentType })) {
      if (part.name === "b") seen.push(await part.text());
      else for await (const piece of part.body) if (seen.push(String(piece)) > 1) break;
    }
    expect(seen).toEqual(["1", "2", "5"]);
  });

  it("is read once", async () => {
    const parts = decodeMultipart(sourceOf([bytes(`${field("a")}1|--B--`)]), { contentType });
    const part = (await parts.next()).value;
    expect(await part?.text()).toBe("1");
    await expect(part?.bytes()).rejects.toThrow(TypeError);
    expect(() => part?.stream()).toThrow(TypeError);
  });

  it("gives a Web stream that pulls as it is read", async () => {
    const source = sourceOf([bytes(field("a")), bytes("12"), bytes("34"), bytes("|--B--")]);
    const part = (await decodeMultipart(source, { contentType }).next()).value;
    const stream = part?.stream();
    expect(source.pulled).toBe(1);
    expect(await new Response(stream).text()).toBe("1234");
  });

  it("refuses more than max, and the others can still be read", async () => {
    const body = bytes(`${field("a")}1234|${field("b")}5|--B--`);
    const parts = decodeMultipart(sourceOf(cut(body, 2)), { contentType });
    const first = (await parts.next()).value;
    await expect(first?.bytes({ max: 3 })).rejects.toMatchObject({ code: "field-too-large" });
    expect(await (await parts.next()).value?.bytes({ max: 1 })).toEqual(new Uint8Array([53]));
  });

  it("hands out views of the chunk", async () => {
    const chunk = bytes(`${field("a")}12345|--B--`);
    const part = (await decodeMultipart(sourceOf([chunk]), { contentType }).next()).value;
    for await (const piece of part?.body ?? []) expect(piece.buffer).toBe(chunk.buffer);
  });

  it("says no transfer encoding once it is undone", async () => {
    const body = bytes(
      '--B|Content-Disposition: form-data; name="a"|Content-Transfer-Encoding: base64||YQ==|--B--',
    );
    const said = async (transferEncoding: boolean) => {
      const parts = decodeMultipart(sourceOf([body]), { contentType, transferEncoding });
      return (await parts.next()).value?.transferEncoding;
    };
    expect([await said(true), await said(false)]).toEqual([undefined, "base64"]);
  });

  it.each([
    ["", "1"],
    ["; start=b", "2"],
    ['; start="<c@d>"', "3"],
  ])("is the root of multipart/related%s", async (parameters, root) => {
    const body = bytes(
      "--B||1|--B|Content-ID: <b>||2|--B|content-id: <c@d>||3|--B|Content-ID: <b>||4|--B--",
    );
    const type = `multipart/related; boundary=B${parameters}`;
    const roots: string[] = [];
    for await (const part of decodeMultipart(sourceOf([body]), { contentType: type })) {
      if (part.root) roots.push(await part.text());
    }
    expect(roots).toEqual([root]);
  });
});

describe("calls that do not wait for one another", () => {
  it("are answered in order", async () => {
    const body = bytes(`${field("a")}12|${field("b")}34|--B--`);
    const parts = decodeMultipart(sourceOf(cut(body, 1)), { contentType });
    const [first, second, third] = await Promise.all([parts.next(), parts.next(), parts.next()]);
    expect([first.value?.name, second.value?.name, third.done]).toEqual(["a", "b", true]);
  });

  it("reach the octets that were asked for first", async () => {
    const source = sourceOf(cut(bytes(`${field("a")}12|${field("b")}34|--B--`), 1));
    const parts = decodeMultipart(source, { contentType });
    const part = (await parts.next()).value;
    const body = part?.body[Symbol.asyncIterator]();
    const [piece, next, late] = await Promise.allSettled([
      body?.next(),
      parts.next(),
      body?.next(),
    ]);
    expect(piece).toMatchObject({ value: { value: bytes("1") } });
    expect(next).toMatchObject({ value: { value: { name: "b" } } });
    expect(late.status).toBe("rejected");
  });
});

describe("the first error", () => {
  it("comes after the parts before it, reaches whoever waits, and is final", async () => {
    const source = sourceOf([bytes(`${field("a")}1|--B|no colon||`), bytes("never")]);
    const parts = decodeMultipart(source, { contentType });
    const part = (await parts.next()).value;
    expect(await part?.text()).toBe("1");
    const error: unknown = await parts.next().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "malformed-header" });
    await expect(parts.next()).rejects.toBe(error);
    expect([source.pulled, source.closed]).toEqual([1, true]);
  });

  it("of the source reaches who reads a body, and the loop", async () => {
    const mine = new Error("the client has gone");
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield bytes(`${field("a")}12`);
      throw mine;
    }
    const parts = decodeMultipart(failing(), { contentType });
    const part = (await parts.next()).value;
    await expect(part?.bytes()).rejects.toBe(mine);
    await expect(parts.next()).rejects.toBe(mine);
  });

  it("is that of a source that gives text", async () => {
    const source = Readable.from(["--B"], { encoding: "utf8" });
    await expect(decodeMultipart(source, { contentType }).next()).rejects.toThrow(TypeError);
    expect(source.destroyed).toBe(true);
  });
});

async function leave(source: OctetSource): Promise<MultipartPart | undefined> {
  for await (const part of decodeMultipart(source, { contentType })) return part;
  return undefined;
}

describe("leaving early", () => {
  const body = bytes(`${field("a")}1|${field("b")}2|--B--`);
  const chunks = [...cut(body, 1)];

  it("closes an async generator", async () => {
    const source = sourceOf(chunks);
    const part = await leave(source);
    expect(source.closed).toBe(true);
    await expect(part?.text()).rejects.toThrow("passed over");
  });

  it("destroys a Node readable", async () => {
    const source = Readable.from(chunks);
    await leave(source);
    expect(source.destroyed).toBe(true);
  });

  it("cancels a Web stream", async () => {
    let cancelled = false;
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => chunks.forEach((chunk) => controller.enqueue(chunk)),
      cancel: () => void (cancelled = true),
    });
    await leave(source);
    expect(cancelled).toBe(true);
  });

  it("before the first part does so too", async () => {
    const source = Readable.from(chunks);
    const parts = decodeMultipart(source, { contentType });
    await parts.return?.();
    expect(source.destroyed).toBe(true);
    expect(await parts.next()).toEqual({ done: true, value: undefined });
  });

  it("ends what waits for octets", async () => {
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes(field("a"))),
    });
    const parts = decodeMultipart(source, { contentType });
    const waiting = (await parts.next()).value?.text();
    await parts.return?.();
    await expect(waiting).rejects.toThrow("passed over");
  });
});
