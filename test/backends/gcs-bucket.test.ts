// Google Cloud Storage as a bucket, on a strict fake of it: what each method does, and what a signed URL can do and can not.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bucket } from "../../src/store/bucket.js";
import { sendDirect } from "../../src/store/send-direct.js";
import { createGcsBucket } from "../../src/store/gcs-bucket.js";
import { startGcs, type Gcs } from "../servers/gcs.js";
import { assertCode, bucketCases, names, pattern, put } from "./bucket-cases.js";
import { createDirectCases, wanted } from "./direct-cases.js";

let server: Gcs;
beforeAll(async () => {
  server = await startGcs();
});
afterAll(() => server.stop());

const open = async (): Promise<Bucket> =>
  createGcsBucket(new URL(server.createBucket()), {
    keyFilename: server.environment.GOOGLE_APPLICATION_CREDENTIALS,
  });

describe("a bucket", () => {
  for (const { name, run } of bucketCases) it(name, async () => run(await open()));

  it("takes no name a second time", async () => {
    const bucket = await open();
    await put(bucket, "n", pattern(10), 10);
    for (const size of [10, 9_000_000])
      await assertCode(put(bucket, "n", pattern(size, 1), 1_000_000), "internal");
    // The same octets are those of a first try that nobody heard of.
    await put(bucket, "n", pattern(10), 10);
    expect((await bucket.stat("n"))?.size).toBe(10);
  });
});

describe("direct uploads and signed reads", () => {
  const expiry = { expiresMs: 1000, pass: () => server.advance(5000) };
  const endless = {
    method: "parts",
    why: "a session lives for a week, or until it is given up",
  } as const;
  for (const { name, run } of createDirectCases({ expiry, endless }))
    it(name, async () => run(await open()));

  it("a session takes pieces, tells how far it is, and is over when it is given up", async () => {
    const bucket = await open();
    const size = 600_000;
    const { signed } = bucket;
    if (!signed) throw new Error("A key file can sign.");
    const begin = () => signed.begin("s", wanted(size, { method: "parts" }), "aside");
    const { plan, session } = await begin();
    if (plan.kind !== "session") throw new Error("Google has sessions.");
    const bytes = pattern(size);
    const send = (from: number, to: number) => {
      const headers = { ...plan.headers, "content-range": `bytes ${from}-${to - 1}/${size}` };
      const body = bytes.subarray(from, to);
      return fetch(plan.url, { method: "PUT", headers, body, redirect: "manual" });
    };
    expect((await send(0, 524_288)).status).toBe(308);
    expect((await send(0, 262_144)).status).toBe(400);
    await assertCode(signed.complete("s", session), "not-found");
    expect((await send(524_288, size)).status).toBe(200);
    expect((await signed.complete("s", session)).size).toBe(size);
    await bucket.delete("s");
    const second = await begin();
    await signed.abort("s", second.session);
    for (const status of await sendDirect(second.plan, bytes)) expect(status).toBe(499);
    expect(await names(bucket, "")).toEqual([]);
  });

  it("what has come under the name and is something else is deleted", async () => {
    const bucket = await open();
    const { session } =
      (await bucket.signed?.begin("w", wanted(10, { method: "parts" }), "aside")) ?? {};
    await put(bucket, "aside", pattern(11), 11);
    await assertCode(
      bucket.signed?.complete("w", session ?? "") ?? Promise.resolve(),
      "upload-rejected",
    );
    expect(await names(bucket, "")).toEqual([]);
  });
});
