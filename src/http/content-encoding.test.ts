import { createHash, randomBytes } from "node:crypto";
import * as zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { isWaybillError, type Fault } from "../base/fault.js";
import { acceptedEncodings, decodeContent } from "./content-encoding.js";
import type { Pace, RequestBody } from "./exchange.js";

const pace: Pace = { idleMsMax: 1000, bytesPerSecondMin: 0 };
const limits = { bodyBytesMax: 64 * 1024 * 1024, inflateRatioMax: 200 };
const text = Buffer.from("All work and no play makes Jack a dull boy. ".repeat(5000));
const noise = randomBytes(300_000);
const twoMembers = Buffer.concat([zlib.gzipSync("one"), zlib.gzipSync("two")]);

function bodyOf(octets: Uint8Array, chunkBytes: number): RequestBody {
  return {
    present: true,
    async pump(write) {
      for (let at = 0; at < octets.length; at += chunkBytes) {
        await write(octets.subarray(at, at + chunkBytes));
      }
    },
  };
}

async function collect(body: RequestBody): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await body.pump((chunk) => void chunks.push(Buffer.from(chunk)), pace);
  return Buffer.concat(chunks);
}

async function faultOf(act: () => unknown): Promise<Fault> {
  try {
    await act();
  } catch (error) {
    if (isWaybillError(error)) return error.faults[0];
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("decodes", () => {
  const cases = [
    { coding: undefined, given: text, want: text },
    { coding: "identity", given: text, want: text },
    { coding: "gzip", given: zlib.gzipSync(text), want: text },
    { coding: "X-GZIP", given: zlib.gzipSync(noise), want: noise },
    { coding: "gzip", given: twoMembers, want: Buffer.from("onetwo") },
    { coding: "deflate", given: zlib.deflateSync(text), want: text },
    { coding: "deflate", given: zlib.deflateRawSync(text), want: text },
    { coding: "br", given: zlib.brotliCompressSync(text), want: text },
    { coding: "br", given: zlib.brotliCompressSync(noise), want: noise },
    { coding: "gzip, br", given: zlib.brotliCompressSync(zlib.gzipSync(text)), want: text },
    { coding: "gzip", given: zlib.gzipSync(""), want: Buffer.alloc(0) },
  ];
  for (const { coding, given, want } of cases) {
    for (const chunkBytes of [1, 7, 1000, given.length]) {
      if (given.length / chunkBytes > 20_000) continue;
      it(`${coding} of ${given.length} octets by ${chunkBytes}`, async () => {
        const got = await collect(decodeContent(bodyOf(given, chunkBytes), coding, limits));
        expect(got.equals(want)).toBe(true);
      });
    }
  }
});

describe("refuses", () => {
  const gz = zlib.gzipSync(text);
  const br = zlib.brotliCompressSync(text);
  const raw = zlib.deflateRawSync(text);
  const flipped = Buffer.from(gz);
  flipped[gz.length - 6] = (flipped[gz.length - 6] ?? 0) ^ 1;
  const tail = Buffer.from("garbage");
  const cases = [
    { name: "a cut gzip", coding: "gzip", given: gz.subarray(0, -1) },
    { name: "a cut brotli", coding: "br", given: br.subarray(0, -3) },
    { name: "a cut deflate", coding: "deflate", given: raw.subarray(0, -3) },
    { name: "one octet of deflate", coding: "deflate", given: Buffer.from([0x78]) },
    { name: "nothing at all", coding: "gzip", given: Buffer.alloc(0) },
    { name: "plain text", coding: "gzip", given: text },
    { name: "a wrong checksum", coding: "gzip", given: flipped },
    { name: "gzip and garbage", coding: "gzip", given: Buffer.concat([gz, tail]) },
    { name: "gzip and zeros", coding: "gzip", given: Buffer.concat([gz, Buffer.alloc(9)]) },
    { name: "brotli and garbage", coding: "br", given: Buffer.concat([br, tail]) },
    { name: "deflate and garbage", coding: "deflate", given: Buffer.concat([raw, tail]) },
  ];
  for (const { name, coding, given } of cases) {
    for (const chunkBytes of [1, 100, 1_000_000]) {
      if (given.length / chunkBytes > 20_000) continue;
      it(`${name} by ${chunkBytes}`, async () => {
        const body = decodeContent(bodyOf(given, chunkBytes), coding, limits);
        expect((await faultOf(() => collect(body))).code).toBe("malformed-encoding");
      });
    }
  }

  const unknown = ["compress", "gzip, gzip, gzip", 'br"', "*"];
  for (const coding of unknown) {
    it(`${coding} at once`, async () => {
      const fault = await faultOf(() => decodeContent(bodyOf(text, 10), coding, limits));
      expect(fault.code).toBe("unsupported-content-encoding");
    });
  }
});

describe("limits", () => {
  const zeros = Buffer.alloc(8 * 1024 * 1024);
  const bomb = zlib.gzipSync(zeros);
  const bombOfBombs = zlib.gzipSync(zlib.gzipSync(Buffer.alloc(64 * 1024 * 1024)));
  const cases = [
    { name: "received", given: noise, coding: undefined, max: 299_999, limit: "bodyBytesMax" },
    {
      name: "decoded",
      given: zlib.gzipSync(text),
      coding: "gzip",
      max: 219_999,
      limit: "bodyBytesMax",
    },
    { name: "a bomb", given: bomb, coding: "gzip", max: 1e9, limit: "inflateRatioMax" },
    {
      name: "two layers",
      given: bombOfBombs,
      coding: "gzip, gzip",
      max: 1e9,
      limit: "inflateRatioMax",
    },
  ];
  for (const { name, given, coding, max, limit } of cases) {
    it(name, async () => {
      let seen = 0;
      const body = decodeContent(bodyOf(given, 65_536), coding, { ...limits, bodyBytesMax: max });
      const fault = await faultOf(() => body.pump((chunk) => void (seen += chunk.length), pace));
      expect(fault).toMatchObject({ code: "body-too-large", limit: { name: limit } });
      expect(seen).toBeLessThan(Math.min(max, 2 * 1024 * 1024) + 1);
    });
  }

  it("lets a body of exactly the limit pass", async () => {
    const exact = { ...limits, bodyBytesMax: noise.length };
    expect((await collect(decodeContent(bodyOf(noise, 1000), undefined, exact))).length).toBe(
      300_000,
    );
  });

  it("lets a dense body below a MiB pass", async () => {
    const given = zlib.gzipSync(Buffer.alloc(1024 * 1024));
    expect((await collect(decodeContent(bodyOf(given, 100), "gzip", limits))).length).toBe(
      1024 * 1024,
    );
  });

  it("refuses a Content-Length before reading", async () => {
    let pumped = false;
    const body: RequestBody = { present: true, pump: async () => void (pumped = true) };
    const act = () => decodeContent(body, "gzip", limits, limits.bodyBytesMax + 1);
    expect((await faultOf(act)).code).toBe("body-too-large");
    expect(pumped).toBe(false);
  });
});

describe("delivers", () => {
  it("one chunk at a time, in order, many from one received", async () => {
    let isBusy = false;
    const hash = createHash("sha256");
    const given = zlib.gzipSync(text);
    const body = decodeContent(bodyOf(given, given.length), "gzip", limits);
    await body.pump(async (chunk) => {
      expect(isBusy).toBe(false);
      isBusy = true;
      await new Promise((resolve) => setTimeout(resolve, 5));
      hash.update(chunk);
      isBusy = false;
    }, pace);
    expect(hash.digest("hex")).toBe(createHash("sha256").update(text).digest("hex"));
  });

  for (const kind of ["throws", "rejects"]) {
    it(`nothing after the receiver ${kind}, and passes its error on`, async () => {
      let calls = 0;
      const body = decodeContent(bodyOf(zlib.gzipSync(noise), 10_000), "gzip", limits);
      const pumped = body.pump(() => {
        calls++;
        const error = new Error("full");
        if (kind === "throws") throw error;
        return Promise.reject(error);
      }, pace);
      await expect(pumped).rejects.toThrow("full");
      await new Promise((resolve) => setImmediate(resolve));
      expect(calls).toBe(1);
    });
  }

  it("the error of the body below", async () => {
    const gone: RequestBody = {
      present: true,
      async pump(write) {
        await write(zlib.gzipSync(text).subarray(0, 100));
        throw new Error("gone");
      },
    };
    await expect(collect(decodeContent(gone, "gzip", limits))).rejects.toThrow("gone");
  });

  it("no error while a chunk is with the receiver", async () => {
    let isBusy = false;
    const corrupt = Buffer.concat([zlib.gzipSync(text), Buffer.from("garbage")]);
    const pumped = decodeContent(bodyOf(corrupt, 1_000_000), "gzip", limits).pump(async () => {
      isBusy = true;
      await new Promise((resolve) => setTimeout(resolve, 10));
      isBusy = false;
    }, pace);
    await expect(pumped).rejects.toMatchObject({ code: "malformed-encoding" });
    expect(isBusy).toBe(false);
  });

  it("nothing of an absent body", async () => {
    const none: RequestBody = { present: false, pump: async () => undefined };
    const body = decodeContent(none, "gzip", limits);
    expect([body.present, (await collect(body)).length]).toEqual([false, 0]);
  });
});

it("advertises what it decodes", () => {
  expect(acceptedEncodings.slice(0, 3)).toEqual(["gzip", "deflate", "br"]);
  for (const coding of acceptedEncodings) {
    expect(() => decodeContent(bodyOf(text, 10), coding, limits)).not.toThrow();
  }
});
