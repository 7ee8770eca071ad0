import { describe, expect, it } from "vitest";
import { isWaybillError } from "../base/fault.js";
import type { HttpHandler, Pace } from "../http/exchange.js";
import { createFetchHandler } from "./fetch.js";
import { adapterCases, type AdapterClient } from "./test-adapter.js";

async function open(handler: HttpHandler): Promise<AdapterClient> {
  const fetchHandler = createFetchHandler(handler);
  return {
    async send({ method, target, headers = {}, body }) {
      const fields = new Headers();
      for (const [name, value] of Object.entries(headers)) {
        for (const each of typeof value === "string" ? [value] : value) fields.append(name, each);
      }
      const content = body && ReadableStream.from(body);
      const init: RequestInit = { method, headers: fields, body: content, duplex: "half" };
      const response = await fetchHandler(new Request(`http://x.test${target}`, init));
      const lines = new Map<string, string[]>();
      for (const [name, value] of response.headers) {
        lines.set(name, [...(lines.get(name) ?? []), value]);
      }
      return {
        status: response.status,
        headers: lines,
        body: new Uint8Array(await response.arrayBuffer()),
      };
    },
    close: async () => undefined,
  };
}

const endless = () => new ReadableStream<Uint8Array>({ pull: () => new Promise(() => undefined) });
const codeOfPump = async (init: RequestInit, pace: Pace): Promise<unknown> => {
  let code: unknown;
  const handler = createFetchHandler(async ({ body }) => {
    await body
      .pump(() => undefined, pace)
      .catch((error: unknown) => {
        code = isWaybillError(error) ? error.code : error;
      });
    return { status: 204, headers: {} };
  });
  await handler(new Request("http://x.test/", { method: "POST", duplex: "half", ...init }));
  return code;
};
const patient: Pace = { idleMsMax: 60_000, bytesPerSecondMin: 0 };

describe("fetch", () => {
  for (const each of adapterCases) it(each.name, () => each.run(open));
});

describe("fetch, of the body", () => {
  it("times out in silence", async () => {
    const hasty: Pace = { idleMsMax: 20, bytesPerSecondMin: 0 };
    expect(await codeOfPump({ body: endless() }, hasty)).toBe("request-timeout");
  });

  it("ends when the client aborts", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 10);
    const init = { body: endless(), signal: controller.signal };
    expect(await codeOfPump(init, patient)).toBe("client-gone");
  });

  it("ends when its stream fails", async () => {
    const body = new ReadableStream({ pull: () => Promise.reject(new Error("reset")) });
    expect(await codeOfPump({ body }, patient)).toBe("client-gone");
  });

  it("is cancelled when nobody reads it", async () => {
    let isCancelled = false;
    const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
    const handler = createFetchHandler(async () => ({ status: 413, headers: {} }));
    await handler(new Request("http://x.test/", { method: "POST", duplex: "half", body }));
    expect(isCancelled).toBe(true);
  });

  it("releases a response whose reader leaves", async () => {
    let isReturned = false;
    async function* chunks(): AsyncIterable<Uint8Array> {
      try {
        for (;;) yield Uint8Array.of(1);
      } finally {
        isReturned = true;
      }
    }
    const handler = createFetchHandler(async () => ({ status: 200, headers: {}, body: chunks() }));
    const response = await handler(new Request("http://x.test/"));
    await response.body?.cancel();
    expect(isReturned).toBe(true);
  });
});
