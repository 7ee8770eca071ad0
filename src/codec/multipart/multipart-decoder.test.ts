import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fault, isWaybillError } from "../../base/fault.js";
import { defaultLimits } from "../../base/limits.js";
import { type MultipartCase, multipartCases } from "./multipart-decoder.cases.js";
import {
  createMultipartDecoder,
  type MultipartDecoderOptions,
  type PartHead,
} from "./multipart-decoder.js";

interface PartSeen extends PartHead {
  readonly data: Uint8Array;
  readonly ended: boolean;
}

interface Seen {
  readonly parts: readonly PartSeen[];
  readonly fault?: Fault;
}

type Options = NonNullable<MultipartCase["options"]>;

/** Runs a body in pieces; also holds every piece of data to its place in the body. */
function decode(body: Uint8Array, pieces: Iterable<Uint8Array>, options: Options = {}): Seen {
  const parts: (PartHead & { chunks: Uint8Array[]; ended: boolean })[] = [];
  const handler: MultipartDecoderOptions["handler"] = {
    onPart: (head) => parts.push({ ...head, chunks: [], ended: false }),
    onData: (bytes, offset) => {
      const part = parts.at(-1);
      if (part === undefined || part.ended || bytes.length === 0) throw new Error("stray data");
      if (Buffer.compare(bytes, body.subarray(offset, offset + bytes.length)) !== 0) {
        throw new Error(`wrong data at ${offset}`);
      }
      part.chunks.push(bytes);
    },
    onPartEnd: () => {
      const part = parts.at(-1);
      if (part === undefined || part.ended) throw new Error("stray end");
      part.ended = true;
    },
  };
  const limits = { ...defaultLimits, ...options.limits };
  const decoder = createMultipartDecoder({ boundary: "B", ...options, limits, handler });
  const fault = faultOf(() => {
    for (const piece of pieces) decoder.write(piece);
    decoder.end();
  });
  if (fault) expect(faultOf(() => decoder.write(body))).toBe(fault);
  const seen = parts.map(({ chunks, ...head }) => ({ ...head, data: Buffer.concat(chunks) }));
  return { parts: seen, ...(fault && { fault }) };
}

function faultOf(run: () => void): Fault | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (isWaybillError(error)) return error.faults[0];
    throw error;
  }
}

function* cut(body: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

const expand = (text: string): string => text.replaceAll("|", "\r\n");

function bodyOf(given: MultipartCase): Uint8Array {
  return typeof given.body === "string" ? Buffer.from(expand(given.body)) : given.body;
}

// Cheaper than `toEqual` for the thousands of them.
function same(a: Seen, b: Seen): boolean {
  return keyOf(a) === keyOf(b);
}

function keyOf({ parts, fault }: Seen): string {
  const shown = parts.map((part) => ({ ...part, data: Buffer.from(part.data).toString("latin1") }));
  return JSON.stringify([shown, fault]);
}

const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;

function* pieces(body: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < body.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield body.subarray(at, at + size);
    at += size;
  }
}

describe("createMultipartDecoder", () => {
  for (const given of multipartCases) {
    it(given.name, () => {
      const body = bodyOf(given);
      const seen = decode(body, [body], given.options);
      const shown = seen.parts.map((part) => ({
        ...part,
        data: Buffer.from(part.data).toString(),
      }));
      const wanted = given.parts.map(({ ...part }) => ({
        ended: true,
        ...part,
        data: expand(part.data),
      }));
      expect(shown).toMatchObject(wanted);
      expect(shown.map((part) => [part.index, part.filename])).toEqual(
        given.parts.map((part, index) => [index, part.filename]),
      );
      const { code, offset, part, limit } = seen.fault ?? {};
      expect(seen.fault && { code, offset, part, limit: limit?.name }).toEqual(given.fault);
    });
  }
});

describe("every cut gives the same", () => {
  for (const given of multipartCases) {
    it(given.name, () => {
      const body = bodyOf(given);
      const whole = decode(body, [body], given.options);
      for (const size of [1, 2, 3, 7, 16, 4096]) {
        expect(decode(body, cut(body, size), given.options), `in ${size}s`).toEqual(whole);
      }
      const step = Math.ceil(body.length / 700);
      for (let at = 1; at < body.length; at += step) {
        const pieces = [body.subarray(0, at), body.subarray(at)];
        const seen = decode(body, pieces, given.options);
        if (!same(seen, whole)) expect(seen, `cut at ${at}`).toEqual(whole);
      }
    });
  }
});

// Short pieces in the middle of a part are handed on at once, unless a delimiter may be in them.
it.each([
  { lineFeed: false, end: "\r\n" },
  { lineFeed: true, end: "\n" },
])("a piece as long as a delimiter, wherever it is (lineFeed: $lineFeed)", ({ lineFeed, end }) => {
  const part = ["--B", 'Content-Disposition: form-data; name="a"', "", "1 -", "2"].join(end);
  const body = Buffer.from([part, part, "--B--", ""].join(end));
  const whole = decode(body, [body], { lineFeed });
  expect(whole.parts).toHaveLength(2);
  const { length } = `${end}--B`;
  for (let at = 1; at < body.length; at++) {
    const middle = [
      body.subarray(0, at),
      body.subarray(at, at + length),
      body.subarray(at + length),
    ];
    expect(decode(body, middle, { lineFeed }), `at ${at}`).toEqual(whole);
  }
});

describe("any parts", () => {
  // Data made of what delimiters are made of, so that near misses are common.
  const near = fc
    .array(fc.constantFrom("\r", "\n", "\r\n", "-", "--", "--B", "B", " ", "x", "\r\n--B"), {
      maxLength: 30,
    })
    .map((pieces) => pieces.join(""))
    .filter((text) => !/(^|\r\n)--B(--)?[ \t]*(\r\n|$)/.test(`${text}\r\n`));
  const part = fc.record({
    name: fc.string({ unit: "binary", maxLength: 12 }).filter((text) => !/[\0\r\n]/.test(text)),
    filename: fc.option(fc.constantFrom("a.txt", "š.bin", 'q"\\', "")),
    data: fc.oneof(near, fc.string({ size: "medium" })),
  });

  it("come out as they went in, however cut", () => {
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
        (parts, sizes) => {
          let text = "";
          for (const { name, filename, data } of parts) {
            const file = filename === null ? "" : `; filename=${quote(filename)}`;
            text += `--B\r\nContent-Disposition: form-data; name=${quote(name)}${file}\r\n\r\n${data}\r\n`;
          }
          const body = Buffer.from(`${text}--B--\r\n`);
          const seen = decode(body, pieces(body, sizes));
          expect(seen.fault).toBeUndefined();
          expect(
            seen.parts.map((each) => [each.name, each.filename, each.data.toString()]),
          ).toEqual(
            parts.map((each) => [
              Buffer.from(each.name).toString(),
              each.filename ?? undefined,
              Buffer.from(each.data).toString(),
            ]),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it("and any octets whatever are decoded or refused alike, however cut", () => {
    const octets = fc
      .array(
        fc.constantFrom(
          "\r\n",
          "\n",
          "\r",
          "--B",
          "--B--",
          " ",
          ":",
          'Content-Disposition: form-data; name="a"',
          "\r\n\r\n",
          "é",
          ";",
          '"',
          "X: y",
        ),
      )
      .map((pieces) => `--B\r\n${pieces.join("")}`);
    fc.assert(
      fc.property(octets, fc.boolean(), fc.boolean(), (text, lineFeed, strict) => {
        const body = Buffer.from(text);
        const options = { lineFeed, strict };
        const whole = decode(body, [body], options);
        expect(decode(body, cut(body, 1), options)).toEqual(whole);
        expect(decode(body, cut(body, 5), options)).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the first error is final", () => {
  const body = Buffer.from('--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B--');
  const quiet = { onPart: () => {}, onData: () => {}, onPartEnd: () => {} };
  const limits = defaultLimits;

  for (const event of ["onPart", "onData", "onPartEnd"] as const) {
    it(`also one thrown by ${event}`, () => {
      const mine = new RangeError("mine");
      const throwing = () => {
        throw mine;
      };
      const handler = { ...quiet, [event]: throwing };
      const decoder = createMultipartDecoder({ boundary: "B", limits, handler });
      const run = () => {
        decoder.write(body);
        decoder.end();
      };
      expect(run).toThrow(mine);
      expect(() => decoder.write(body)).toThrow(mine);
      expect(() => decoder.end()).toThrow(mine);
    });
  }

  it("and a body that has ended takes no more", () => {
    const decoder = createMultipartDecoder({ boundary: "B", limits, handler: quiet });
    decoder.write(body);
    decoder.end();
    decoder.end();
    expect(() => decoder.write(body)).toThrow("had ended");
  });

  for (const boundary of ["", "a".repeat(71), "a\r\nb", "é", "a "]) {
    it(`and the boundary ${JSON.stringify(boundary)} is refused at once`, () => {
      expect(() => createMultipartDecoder({ boundary, limits, handler: quiet })).toThrow(
        "boundary",
      );
    });
  }
});

it("hands data on as views of the chunk", () => {
  const body = Buffer.from('--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n12345');
  const views: Uint8Array[] = [];
  const handler = {
    onPart: () => {},
    onData: (bytes: Uint8Array) => views.push(bytes),
    onPartEnd: () => {},
  };
  const decoder = createMultipartDecoder({ boundary: "B", limits: defaultLimits, handler });
  decoder.write(body);
  expect(views.map((view) => [view.buffer === body.buffer, view.length])).toEqual([[true, 5]]);
});
