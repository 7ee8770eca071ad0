// Azure Blob Storage as a bucket, on Azurite: what each method does, and what a signed URL can do and can not.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAzureBucket } from "../../src/store/azure-bucket.js";
import type { Bucket } from "../../src/store/bucket.js";
import { startAzurite, type Azurite } from "../servers/azurite.js";
import { assertCode, bucketCases, names, pattern, readAll } from "./bucket-cases.js";
import { directCases, wanted } from "./direct-cases.js";

let server: Azurite;
beforeAll(async () => {
  server = await startAzurite();
});
afterAll(() => server.stop());

const open = async (): Promise<Bucket> =>
  createAzureBucket(new URL(await server.createContainer()), { environment: server.environment });

describe("a bucket", () => {
  for (const { name, run } of bucketCases) it(name, async () => run(await open()));
});

describe("direct uploads and signed reads", () => {
  for (const { name, run } of directCases) it(name, async () => run(await open()));
});

describe("blocks that became no blob", () => {
  it("are swept, and those of writers begun later are not", async () => {
    const bucket = await open();
    const lost = bucket.write("a/lost");
    for (let i = 0; i < 3; i++) await lost.write(Buffer.alloc(4_194_304, i));
    const kept = bucket.write("a/kept");
    await kept.write(Buffer.from("octets"));
    await kept.close();
    expect(await bucket.sweep("", Date.now() - 60_000)).toBe(0);
    expect(await bucket.sweep("", Date.now() + 60_000)).toBe(1);
    expect(await bucket.sweep("", Date.now() + 60_000)).toBe(0);
    expect((await bucket.stat("a/kept"))?.size).toBe(6);
    await expect(lost.close()).rejects.toThrow();
    expect(await bucket.stat("a/lost")).toBeUndefined();
  });
});

describe("what leave to create a blob is good for", () => {
  it("is no snapshot that would keep the blob", async () => {
    const bucket = await open();
    const { plan, session } = (await bucket.signed?.begin("s", wanted(10), "aside")) ?? {};
    if (plan?.kind !== "put" || session === undefined) throw new Error("Azure has one request.");
    await fetch(plan.url, { method: "PUT", headers: plan.headers, body: pattern(10) });
    const snapshot = await fetch(`${plan.url}&comp=snapshot`, { method: "PUT" });
    expect(snapshot.status).toBe(201);
    await bucket.signed?.complete("s", session);
    expect(await names(bucket, "")).toEqual(["s"]);
    await bucket.delete("s");
    expect(await bucket.stat("s")).toBeUndefined();
  });

  it("is no blob of another kind", async () => {
    const bucket = await open();
    const { plan, session } = (await bucket.signed?.begin("s", wanted(512), "aside")) ?? {};
    if (plan?.kind !== "put" || session === undefined) throw new Error("Azure has one request.");
    const headers = {
      ...plan.headers,
      "x-ms-blob-type": "PageBlob",
      "x-ms-blob-content-length": "512",
      "x-ms-blob-content-type": "image/png",
    };
    expect((await fetch(plan.url, { method: "PUT", headers })).status).toBe(201);
    await assertCode(bucket.signed?.complete("s", session) ?? Promise.resolve(), "upload-rejected");
    expect(await bucket.stat("s")).toBeUndefined();
  });

  it("is neither to write blocks, nor to change what is said of the blob, nor to delete it", async () => {
    const bucket = await open();
    const { plan, session } = (await bucket.signed?.begin("s", wanted(10), "aside")) ?? {};
    if (plan?.kind !== "put" || session === undefined) throw new Error("Azure has one request.");
    await fetch(plan.url, { method: "PUT", headers: plan.headers, body: pattern(10) });
    for (const query of ["comp=block&blockid=MDAwMDAw", "comp=blocklist", "comp=metadata"])
      expect((await fetch(`${plan.url}&${query}`, { method: "PUT", body: "x" })).status).toBe(403);
    expect((await fetch(plan.url, { method: "DELETE" })).status).toBe(403);
    expect((await fetch(plan.url)).status).toBe(403);
  });
});

describe("parts", () => {
  it("are of the places that the plan says, and a client that makes a blob of them changes nothing", async () => {
    const bucket = await open();
    const size = 20_000_000;
    const { plan, session } =
      (await bucket.signed?.begin("p", wanted(size, { method: "parts" }), "aside")) ?? {};
    if (plan?.kind !== "parts" || session === undefined) throw new Error("Azure has parts.");
    expect(plan.parts.map((part) => part.size)).toEqual([16_777_216, 3_222_784]);
    const [first, last] = plan.parts;
    if (!first || !last) return;
    const send = (part: typeof first, body: Buffer) => fetch(part.url, { method: "PUT", body });
    const bytes = pattern(size);
    await send(last, bytes.subarray(last.offset));
    await assertCode(bucket.signed?.complete("p", session) ?? Promise.resolve(), "not-found");
    await send(first, bytes.subarray(0, first.size));
    const { size: done } = (await bucket.signed?.complete("p", session)) ?? {};
    expect(done).toBe(size);
    // The signature lets the client write under the other name, and there alone.
    const other = first.url.replace(/&comp=.*/, "");
    const headers = { "x-ms-blob-type": "BlockBlob" };
    expect((await fetch(other, { method: "PUT", headers, body: "octets" })).status).toBe(201);
    expect(await names(bucket, "")).toEqual(["aside", "p"]);
    expect(bytes.equals(await readAll(bucket, "p"))).toBe(true);
  });
});
