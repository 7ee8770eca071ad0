// Bodies of real clients and of the specifications: whole and at every cut they are the parts, pairs and values that
// were sent. What was sent stands beside each fixture; how they were captured, in scripts/capture-fixtures.mjs.
import { describe, expect, it } from "vitest";
import { essenceOf, parseMediaType } from "../../src/base/media-type.js";
import type { JsonSpot } from "../../src/codec/json/json-decoder.js";
import {
  allCuts,
  contentOf,
  decodeJson,
  decodeMultipart,
  decodePairs,
  digestOf,
  type Part,
  type Pieces,
} from "../wire/decode.js";
import { readFixtures, type Sent, type SentPart } from "../wire/fixture.js";
import { specExamples } from "../wire/spec-examples.js";

const base64: JsonSpot = { file: true };
const pictures: JsonSpot = {
  properties: new Map<string, JsonSpot>([
    ["pic", base64],
    ["pics", { items: { properties: new Map([["data", base64]]) } }],
  ]),
};

/** What came of a part, in the words of what was sent: only what `sent` has of its headers and kind of content. */
function received(part: Part, sent: SentPart | undefined): SentPart {
  const { head } = part;
  const content = contentOf(part);
  return {
    ...(head.name !== undefined && { name: head.name }),
    ...(head.filename !== undefined && { filename: head.filename }),
    ...(sent?.disposition !== undefined && { disposition: head.disposition }),
    ...(head.transferEncoding !== undefined && { transferEncoding: head.transferEncoding }),
    ...(sent?.headers && { headers: headersOf(part, Object.keys(sent.headers)) }),
    ...(sent?.parts ? nested(part, sent.parts) : typed(part)),
    ...(sent?.text !== undefined && { text: content.toString() }),
    ...(sent?.sha256 !== undefined && digestOf(content)),
  };
}

function typed({ head }: Part): SentPart {
  return head.mediaType === undefined ? {} : { type: head.mediaType };
}

function nested({ head, data }: Part, sent: readonly SentPart[]): SentPart {
  const parts = decodeMultipart(head.mediaType ?? "", [data]);
  return { parts: parts.map((part, index) => received(part, sent[index])) };
}

function headersOf({ head }: Part, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(head.headers.filter(([name]) => names.includes(name)));
}

/** `json` with the digests of its files in their places. */
function withDigests({ json, files = {} }: Sent): unknown {
  const value: unknown = structuredClone(json);
  for (const [pointer, digest] of Object.entries(files)) {
    const steps = pointer.slice(1).split("/");
    const last = steps.pop() ?? "";
    let place: unknown = value;
    for (const step of steps) place = Reflect.get(Object(place), step);
    Reflect.set(Object(place), last, digest);
  }
  return value;
}

function check(contentType: string, body: Uint8Array, sent: Sent): void {
  if (sent.parts) {
    const decode = (pieces: Pieces): Part[] => decodeMultipart(contentType, pieces);
    const whole = decode([body]);
    expect(whole.map((part, index) => received(part, sent.parts?.[index]))).toEqual(sent.parts);
    expectSameAtEveryCut(body, decode);
  } else if (sent.pairs) {
    expect(decodePairs([body])).toEqual(sent.pairs);
    expectSameAtEveryCut(body, decodePairs);
  } else {
    const decode = (pieces: Pieces): unknown => decodeJson(pieces, pictures);
    expect(decode([body])).toEqual(withDigests(sent));
    expectSameAtEveryCut(body, decode);
  }
}

// Compared as text, which is cheaper than `toEqual` for the thousands of them.
function expectSameAtEveryCut(body: Uint8Array, decode: (pieces: Pieces) => unknown): void {
  const want = fingerprint(decode([body]));
  let index = 0;
  for (const pieces of allCuts(body)) {
    const got = fingerprint(decode(pieces));
    if (got !== want) expect(got, `cut ${index}`).toBe(want);
    index++;
  }
}

function fingerprint(decoded: unknown): string {
  return JSON.stringify(decoded, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
  );
}

const fixtures = readFixtures();

// Thousands of cuts each: a busy machine is no failure.
const patience = { timeout: 60_000 };

describe("what clients send", patience, () => {
  for (const { name, client, version, contentType, body, sent } of fixtures) {
    it(`${name} (${client} ${version})`, () => check(contentType, body, sent));
  }

  it("is here of every kind", () => {
    const kinds = new Set(fixtures.map(({ contentType }) => essenceOfText(contentType)));
    expect([...kinds].sort()).toEqual([
      "application/json",
      "application/x-www-form-urlencoded",
      "multipart/form-data",
    ]);
    expect(new Set(fixtures.map(({ client }) => client)).size).toBeGreaterThanOrEqual(18);
  });
});

describe("what specifications show", patience, () => {
  for (const { source, contentType, body, wants } of specExamples) {
    it(source, () => check(contentType, body, wants));
  }
});

function essenceOfText(contentType: string): string {
  const media = parseMediaType(contentType);
  return media ? essenceOf(media) : contentType;
}
