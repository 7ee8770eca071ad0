import { describe, expect, it } from "vitest";
import { isWaybillError } from "../../base/fault.js";
import type { Fault } from "../../base/fault.js";
import { everyCut } from "../encoding/every-cut.cases.js";
import { decodeJson } from "./decode-json.js";
import type { DecodeJsonOptions } from "./decode-json.js";
import { toOctets } from "./json-decoder.cases.js";
import type { JsonSpot } from "./json-decoder.js";
import type { ByteSink } from "./spill-sink.js";

const file: JsonSpot = { file: true };
const spot: JsonSpot = { properties: new Map([["pic", file]]), additional: { items: file } };

async function* from(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** Sinks that keep what they are told, and say it on `close`. */
function createSinks(): {
  log: string[];
  open: (place: { pointer: string; mediaType?: string }) => ByteSink<{ stored: string }>;
} {
  const log: string[] = [];
  return {
    log,
    open: ({ pointer, mediaType = "" }) => {
      let text = "";
      log.push(`open ${pointer} ${mediaType}`.trim());
      return {
        write: async (bytes) => {
          await Promise.resolve();
          text += new TextDecoder().decode(bytes);
        },
        close: () => {
          log.push(`close ${text}`);
          return { stored: text };
        },
        abort: () => void log.push(`abort ${pointer}`),
      };
    },
  };
}

const octets = (text: string): Uint8Array => toOctets(text);

describe("the value with its files in place, at every cut", () => {
  const cases: {
    given: string;
    options?: DecodeJsonOptions<never>;
    thresholdBytes?: number;
    want: unknown;
    log?: readonly string[];
  }[] = [
    { given: '{"a":1,"pic":"Zm9v"}', want: { a: 1, pic: octets("foo") } },
    { given: '{"pic":""}', want: { pic: octets("") } },
    { given: '{"pic":null}', want: { pic: null } },
    {
      given: '{"pic":"Zm9v","x":["Zm9vYmFy",7,"Zg=="]}',
      thresholdBytes: 3,
      want: { pic: { stored: "foo" }, x: [{ stored: "foobar" }, 7, octets("f")] },
      log: ["open /pic", "close foo", "open /x/0", "close foobar"],
    },
    {
      given: '{"pic":"Zm9v","x":[""]}',
      thresholdBytes: 0,
      want: { pic: { stored: "foo" }, x: [{ stored: "" }] },
      log: ["open /pic", "close foo", "open /x/0", "close"],
    },
    {
      given: String.raw`{"pic":"data:text/plain;base64,Zm9v"}`,
      thresholdBytes: 1,
      want: { pic: { stored: "foo" } },
      log: ["open /pic text/plain", "close foo"],
    },
    { given: '{"pic":"666F"}', options: { encoding: "base16" }, want: { pic: octets("fo") } },
    {
      given: String.raw`{"pic":"data:\né","x":["Zm9v"]}`,
      options: { encoding: ({ pointer }) => (pointer === "/pic" ? "identity" : "base64") },
      want: { pic: octets("data:\né"), x: [octets("foo")] },
    },
    {
      given: '{"pic":"Zm9v","pic":[]}',
      options: { duplicateKeys: "last" },
      want: { pic: [] },
    },
    {
      given: '{"x":["Zm9v"],"x":["Zm9vZg=="]}',
      options: { duplicateKeys: "last" },
      want: { x: [octets("foof")] },
    },
  ];
  for (const { given, options = {}, thresholdBytes, want, log = [] } of cases) {
    it(given, async () => {
      for (const pieces of everyCut(toOctets(given))) {
        const sinks = createSinks();
        const spilling = thresholdBytes === undefined ? {} : { thresholdBytes, open: sinks.open };
        const value = await decodeJson(from(pieces), { spot, ...options, ...spilling });
        expect(value).toStrictEqual(want);
        expect(sinks.log.map((line) => line.trim())).toEqual(log);
      }
    });
  }
});

it("takes the root for a file, and puts members named __proto__ where they belong", async () => {
  expect(await decodeJson(from([octets('"Zm9v"')]), { spot: file })).toEqual(octets("foo"));
  const given = '{"__proto__":["Zm9v"]}';
  const value = await decodeJson(from([octets(given)]), { spot });
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(Object.entries(Object(value))).toEqual([["__proto__", [octets("foo")]]]);
});

it("reads Web streams, and a file larger than any chunk", async () => {
  const content = new Uint8Array(300_000).map((_, i) => i * 7);
  const base64 = Buffer.from(content).toString("base64");
  const body = new Blob([`{"pic":"${base64}"}`]).stream();
  const value = await decodeJson(body, { spot });
  // Octet by octet, `toEqual` takes seconds.
  const { pic } = Object(value) as { pic: Uint8Array };
  expect(Buffer.compare(pic, content)).toBe(0);
});

describe("faults, at every cut", () => {
  const cases: {
    given: string;
    options?: DecodeJsonOptions<never>;
    want: Partial<Fault>;
    log?: readonly string[];
  }[] = [
    {
      given: '{"pic":"Zm9v%"}',
      want: { code: "malformed-encoding", offset: 12, pointer: "/pic" },
      log: ["open /pic", "abort /pic"],
    },
    { given: '{"pic":"Z"}', want: { code: "malformed-encoding", offset: 9, pointer: "/pic" } },
    {
      given: '{"pic":"Zm9v","x":["Zm9v"]',
      want: { code: "malformed-json", offset: 26 },
      log: ["open /pic", "close foo", "open /x/0", "close foo", "abort /pic", "abort /x/0"],
    },
    {
      given: '{"pic":"Zm9vYmFy"}',
      options: { limits: { fileBytesMax: 5 } },
      want: { code: "file-too-large", offset: 7, pointer: "/pic" },
      log: ["open /pic", "abort /pic"],
    },
    {
      given: '{"x":[],"y":1}',
      options: { limits: { bodyBytesMax: 10 } },
      want: { code: "body-too-large", offset: 10, limit: { name: "bodyBytesMax", value: 10 } },
    },
    {
      given: '{"x":[}            ',
      options: { limits: { bodyBytesMax: 10 } },
      want: { code: "malformed-json", offset: 6 },
    },
  ];
  for (const { given, options = {}, want, log = [] } of cases) {
    it(given, async () => {
      for (const pieces of everyCut(toOctets(given))) {
        const sinks = createSinks();
        const fault = await faultOf(
          decodeJson(from(pieces), { spot, ...options, thresholdBytes: 1, open: sinks.open }),
        );
        expect(fault).toMatchObject(want);
        // How far the sinks came depends on the cut; that none is left does not.
        const opened = sinks.log.filter((line) => line.startsWith("open"));
        const aborted = sinks.log.filter((line) => line.startsWith("abort"));
        expect(aborted.length).toBe(opened.length);
        if (pieces.length === given.length) expect(sinks.log).toEqual(log);
      }
    });
  }

  it("keeps no more in memory than the limit, all files together", async () => {
    const given = toOctets('{"x":["Zm9v","YmFy","Zg=="]}');
    const limits = { valueBytesMax: 20 };
    const want = { code: "body-too-large", limit: { name: "valueBytesMax", value: 20 } };
    const big = toOctets(`{"x":["${"Zm9v".repeat(4)}","${"Zm9v".repeat(4)}"]}`);
    expect(await decodeJson(from([given]), { spot, limits })).toBeDefined();
    expect(await faultOf(decodeJson(from([big]), { spot, limits }))).toMatchObject({
      ...want,
      pointer: "/x/1",
    });
    const { open, log } = createSinks();
    await decodeJson(from([big]), { spot, limits, open, thresholdBytes: 100 });
    expect(log).toEqual(["open /x/1", `close ${"foo".repeat(4)}`]);
  });

  it("passes on what a sink throws, and closes the source", async () => {
    const mine = new RangeError("mine");
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield octets('{"pic":"Zm9v');
      } finally {
        closed = true;
      }
    }
    const open = (): ByteSink<never> => {
      throw mine;
    };
    await expect(decodeJson(source(), { spot, open, thresholdBytes: 1 })).rejects.toBe(mine);
    expect(closed).toBe(true);
  });
});

it("reads on only when the sink has taken what there was", async () => {
  const events: string[] = [];
  async function* source(): AsyncGenerator<Uint8Array> {
    for (const piece of ['{"pic":"Zm9v', "YmFy", '"}']) {
      events.push("read");
      yield octets(piece);
    }
  }
  const open = (): ByteSink<string> => ({
    async write() {
      await new Promise(setImmediate);
      events.push("written");
    },
    close: () => "done",
    abort: () => undefined,
  });
  expect(await decodeJson(source(), { spot, open, thresholdBytes: 1 })).toEqual({ pic: "done" });
  expect(events).toEqual(["read", "written", "read", "written", "read"]);
});

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (isWaybillError(error)) return error.faults[0];
  throw error ?? new Error("nothing was thrown");
}
