import { describe, expect, it } from "vitest";
import type { HttpResponse } from "./exchange.js";
import { closeAfter, readWhole, releaseBody, type OpenBlob } from "./open-blob.js";

function blobOf(chunks: number, fails = false): OpenBlob & { readonly closed: () => number } {
  let closed = 0;
  return {
    async *read() {
      for (let i = 0; i < chunks; i++) yield new Uint8Array(1);
      if (fails) throw new Error("disk");
    },
    close: async () => void closed++,
    closed: () => closed,
  };
}

async function drain(body: HttpResponse["body"], chunksMax = Infinity): Promise<void> {
  if (typeof body !== "object" || body instanceof Uint8Array) return;
  let chunks = 0;
  for await (const _ of body) if (++chunks >= chunksMax) break;
}

const answer = (body: HttpResponse["body"]): HttpResponse => ({
  status: 200,
  headers: {},
  ...(body === undefined ? {} : { body }),
});

describe("a blob is closed", () => {
  it("at once where there is nothing to read", async () => {
    for (const body of [undefined, "", new Uint8Array(3)]) {
      const blob = blobOf(1);
      await closeAfter(answer(body), blob);
      expect(blob.closed()).toBe(1);
    }
  });

  it("at the end of the body, and not before", async () => {
    const blob = blobOf(3);
    const response = await closeAfter(answer(blob.read()), blob);
    expect(blob.closed()).toBe(0);
    await drain(response.body);
    expect(blob.closed()).toBe(1);
  });

  it("when the body is given up, begun or not", async () => {
    const begun = blobOf(3);
    await drain((await closeAfter(answer(begun.read()), begun)).body, 2);
    const fresh = blobOf(3);
    await releaseBody(await closeAfter(answer(fresh.read()), fresh));
    expect([begun.closed(), fresh.closed()]).toEqual([1, 1]);
  });

  it("when it fails", async () => {
    const blob = blobOf(1, true);
    const response = await closeAfter(answer(blob.read()), blob);
    await expect(drain(response.body)).rejects.toThrow("disk");
    expect(blob.closed()).toBe(1);
  });

  it("after it was read as a whole", async () => {
    const blob = blobOf(2);
    await drain(readWhole(async () => blob));
    expect(blob.closed()).toBe(1);
  });
});
