// What goes wrong between a server and S3, on Ceph: each is a fault of ours in bounded time, and leaves nothing.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bucket } from "../../src/store/bucket.js";
import { createObjectStore } from "../../src/store/object-store.js";
import { createS3Bucket } from "../../src/store/s3-bucket.js";
import type { S3Options } from "../../src/store/s3-connection.js";
import { credentialsOf, startCeph, type Ceph } from "../servers/ceph.js";
import { names, pattern, put, readAll } from "./bucket-cases.js";
import { sendDirect } from "../../src/store/send-direct.js";
import { wanted } from "./direct-cases.js";

let server: Ceph;
beforeAll(async () => {
  server = await startCeph();
});
afterAll(() => server.stop());

const open = async (url?: string, options: S3Options = {}): Promise<Bucket> =>
  createS3Bucket(new URL(url ?? (await server.createBucket())), {
    credentials: credentialsOf(server),
    ...options,
  });

const unavailable = { code: "unavailable" };

describe("a service that fails", () => {
  it("is unavailable when it is gone, and when it does not answer, and comes back", async () => {
    const bucket = await open(await server.createBucket(), { silentMs: 1000 });
    await put(bucket, "x", pattern(3_000_000), 1_000_000);
    const reading = bucket.read("x", {})[Symbol.asyncIterator]();
    await reading.next();
    server.freeze();
    try {
      await expect(bucket.stat("x")).rejects.toMatchObject(unavailable);
      await expect(readAll(bucket, "x")).rejects.toMatchObject(unavailable);
      const writer = bucket.write("y");
      await writer.write(pattern(10));
      await expect(writer.close()).rejects.toMatchObject(unavailable);
      // Of another one: it may be carried out all the same, once the service goes on.
      await expect(bucket.delete("z")).rejects.toMatchObject(unavailable);
      await expect(names(bucket, "")).rejects.toMatchObject(unavailable);
    } finally {
      server.thaw();
    }
    await reading.return?.();
    await server.stopGateway();
    await expect(bucket.stat("x")).rejects.toMatchObject(unavailable);
    await server.startGateway();
    expect((await bucket.stat("x"))?.size).toBe(3_000_000);
  });

  it("is unavailable, and not empty, when there is no such bucket, or no such key", async () => {
    const url = (await server.createBucket()).replace("s3://b-", "s3://none-");
    const bucket = await open(url);
    await expect(names(bucket, "")).rejects.toMatchObject(unavailable);
    await expect(readAll(bucket, "x")).rejects.toMatchObject(unavailable);
    const credentials = { accessKeyId: "nobody", secretAccessKey: "nothing" };
    const stranger = await open(await server.createBucket(), { credentials });
    await expect(stranger.stat("x")).rejects.toMatchObject(unavailable);
    await expect(put(stranger, "x", pattern(1), 1)).rejects.toMatchObject(unavailable);
  });

  it("is full when the quota is used up", async () => {
    const url = await server.createBucket();
    const bucket = await open(url);
    const quota = ["--bucket", new URL(url).hostname, "--quota-scope=bucket"];
    await server.admin("quota", "set", ...quota, "--max-objects=1");
    await server.admin("quota", "enable", ...quota);
    await put(bucket, "a", pattern(10), 10);
    await expect(put(bucket, "b", pattern(10), 10)).rejects.toMatchObject({
      code: "insufficient-storage",
    });
    expect(await names(bucket, "")).toEqual(["a"]);
  });
});

describe("a URL", () => {
  it("is of whoever signed it", async () => {
    const url = await server.createBucket();
    const credentials = { accessKeyId: "nobody", secretAccessKey: "nothing" };
    const { signed } = await open(url, { credentials });
    const bucket = await open(url);
    for (const method of ["PUT", "POST"] as const) {
      const foreign = await signed?.begin("f", wanted(100, { method }), "aside");
      if (!foreign) throw new Error("There are signed URLs.");
      for (const status of await sendDirect(foreign.plan, pattern(100))) expect(status).toBe(403);
    }
    expect(await names(bucket, "")).toEqual([]);
  });

  it("is at the service's public name", async () => {
    const url = await server.createBucket();
    const bucket = await open(`${url}&publicEndpoint=https://files.example.com`);
    const how = { expiresMs: 1000, mediaType: "a/b", contentDisposition: "inline" };
    expect(await bucket.signed?.read("x", how)).toMatch(/^https:\/\/files\.example\.com\/b-/);
    const method = "POST" as const;
    const { plan } = (await bucket.signed?.begin("x", wanted(1, { method }), "aside")) ?? {};
    expect(plan?.kind === "form" && plan.url).toMatch(/^https:\/\/files\.example\.com\/b-/);
  });

  it("has the digest in its signature, whether or not the service looks at it", async () => {
    const bucket = await open();
    const sha256 = "00".repeat(32);
    const { plan } = (await bucket.signed?.begin("x", wanted(1, { sha256 }), "aside")) ?? {};
    if (plan?.kind !== "put") throw new Error("One octet is one request.");
    expect(plan.headers["x-amz-checksum-sha256"]).toBe(Buffer.alloc(32).toString("base64"));
    const without = { ...plan, headers: { "content-type": "image/png" } };
    expect(await sendDirect(without, pattern(1))).toEqual([403]);
  });
});

describe("large files", () => {
  it("are joined by the service where they can be, and whole", async () => {
    const bucket = await open();
    const store = createObjectStore({ bucket, prefix: "p" });
    const bytes = pattern(60_000_000);
    const key = "01890000-0000-7000-8000-000000000001";
    const writer = await store.partial?.open(key, { offset: 0, epoch: 1 });
    for (let at = 0; at < bytes.length; at += 65_536) {
      await writer?.write(bytes.subarray(at, at + 65_536));
      if (at % 16_777_216 === 0) await writer?.sync();
    }
    await writer?.close();
    await store.partial?.finish(key, bytes.length);
    expect(bytes.equals(await readAll(bucket, `p/blobs/01/${key}`))).toBe(true);
    expect(await names(bucket, "")).toEqual([`p/blobs/01/${key}`]);
  });

  it("are swept below their prefix alone, when they were left", async () => {
    const bucket = await open();
    const writers = ["images/a", "images2/a"].map((name) => bucket.write(name));
    for (const writer of writers) await writer.write(pattern(30_000_000));
    expect(await bucket.sweep("images/", Date.now() - 60_000)).toBe(0);
    expect(await bucket.sweep("images/", Date.now() + 60_000)).toBe(1);
    await expect(writers[0]?.close()).rejects.toMatchObject(unavailable);
    await writers[1]?.close();
    expect(await names(bucket, "")).toEqual(["images2/a"]);
  });
});

describe("a URL of a storage", () => {
  it("says what is wrong with it", async () => {
    const reason = /"regoin".*endpoint, publicEndpoint, region, forcePathStyle/;
    await expect(open("s3://b/p?regoin=x")).rejects.toThrow(reason);
    await expect(open("s3://b/p?endpoint=ftp://x")).rejects.toThrow(TypeError);
    await expect(open("s3://b/p?forcePathStyle=1&endpoint=http://x")).rejects.toThrow(TypeError);
  });
});
