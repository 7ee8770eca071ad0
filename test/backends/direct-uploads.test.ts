// Direct uploads and redirected downloads on real storages: a whole server, and a client that knows nothing but the answers.
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PutBucketCorsCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSqliteDb } from "../../src/db/sqlite-db.js";
import { assembleWaybill, type WaybillOptions } from "../../src/server/create-waybill.js";
import { createAzureBucket } from "../../src/store/azure-bucket.js";
import { createGcsBucket } from "../../src/store/gcs-bucket.js";
import { createObjectStore } from "../../src/store/object-store.js";
import { createS3Bucket } from "../../src/store/s3-bucket.js";
import type { DirectPlan, Store } from "../../src/store/store.js";
import { startAzurite, type Azurite } from "../servers/azurite.js";
import { startCeph, type Ceph } from "../servers/ceph.js";
import { startGcs, type Gcs } from "../servers/gcs.js";
import { launchChromium } from "../system/chromium.js";
import { serveClientPage } from "../system/client-page.js";
import { pictures } from "../system/http-scenario.js";
import { root } from "../system/server-process.js";

const document = {
  openapi: "3.1.1",
  info: { title: "T", version: "1" },
  components: {
    schemas: {
      Profile: {
        "x-resource": "/api/v1/profiles/",
        type: "object",
        properties: { name: { type: "string" }, pic: { contentMediaType: "*/*" } },
      },
    },
  },
};

interface Storage {
  readonly name: string;
  readonly kinds: Readonly<Record<"PUT" | "POST" | "parts", DirectPlan["kind"]>>;
  start(): Promise<void>;
  open(): Promise<Store>;
  stop(): Promise<void>;
}

let ceph: Ceph;
let azurite: Azurite;
let gcs: Gcs;

const openCeph = async (url: string): Promise<Store> => {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } =
    ceph.environment;
  const credentials = { accessKeyId, secretAccessKey };
  return createObjectStore({
    bucket: await createS3Bucket(new URL(url), { credentials }),
    prefix: "",
  });
};

const storages: readonly Storage[] = [
  {
    name: "Ceph",
    kinds: { PUT: "put", POST: "form", parts: "parts" },
    start: async () => void (ceph = await startCeph()),
    open: async () => openCeph(await ceph.createBucket()),
    stop: () => ceph.stop(),
  },
  {
    name: "Azurite",
    kinds: { PUT: "put", POST: "put", parts: "parts" },
    start: async () => void (azurite = await startAzurite()),
    async open() {
      const url = new URL(await azurite.createContainer());
      const bucket = await createAzureBucket(url, { environment: azurite.environment });
      return createObjectStore({ bucket, prefix: "" });
    },
    stop: () => azurite.stop(),
  },
  {
    name: "a fake of Google Cloud Storage",
    kinds: { PUT: "put", POST: "form", parts: "session" },
    start: async () => void (gcs = await startGcs()),
    async open() {
      const keyFilename = gcs.environment.GOOGLE_APPLICATION_CREDENTIALS;
      const bucket = await createGcsBucket(new URL(gcs.createBucket()), { keyFilename });
      return createObjectStore({ bucket, prefix: "" });
    },
    stop: () => gcs.stop(),
  },
];

const json = { "content-type": "application/json" };
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function serve(store: Store, options: Partial<WaybillOptions> = {}) {
  const db = await createSqliteDb({ path: ":memory:" });
  const data = { db, store, close: () => db.close() };
  const waybill = await assembleWaybill({ document, prune: false, ...options }, data);
  const listening = await waybill.listen({ port: 0, host: "localhost" });
  const close = async (): Promise<void> => {
    await listening.close(1000);
    await waybill.close();
  };
  const ask = async (
    path: string,
    body: object,
  ): Promise<{ status: number; value: ReturnType<typeof JSON.parse> }> => {
    const url = path.startsWith("http") ? path : listening.url + path;
    const response = await fetch(url, {
      method: "POST",
      headers: json,
      body: JSON.stringify(body),
    });
    return { status: response.status, value: await response.json() };
  };
  return { url: listening.url, ask, close };
}

/** As the answer says. */
async function send(plan: DirectPlan, bytes: Uint8Array): Promise<number[]> {
  if (plan.kind === "parts") {
    const sent = plan.parts.map(async ({ url, offset, size, ...how }) => {
      const body = Buffer.from(bytes.subarray(offset, offset + size));
      return (await fetch(url, { ...how, body })).status;
    });
    return Promise.all(sent);
  }
  const { method, url, headers } = plan;
  if (plan.kind !== "form")
    return [(await fetch(url, { method, headers, body: Buffer.from(bytes) })).status];
  const form = new FormData();
  for (const [name, value] of Object.entries(plan.fields)) form.append(name, value);
  form.append("file", new Blob([Buffer.from(bytes)]), "file");
  return [(await fetch(url, { method, headers, body: form })).status];
}

async function keysOf(store: Store): Promise<string[]> {
  const keys = [];
  for await (const { key } of store.list()) keys.push(key);
  return keys;
}

const ways = ["PUT", "POST", "parts"] as const;

describe.each(storages)("$name", ({ kinds, start, open, stop }) => {
  beforeAll(start);
  afterAll(() => stop());

  it.each(ways)(
    "%s: asked for, sent, completed, attached, and read by a signed URL",
    async (method) => {
      const store = await open();
      const { url, ask, close } = await serve(store, { downloads: { mode: "redirect" } });
      const bytes = method === "parts" ? randomBytes(9_000_000) : pictures.red;
      const about = { size: bytes.length, mediaType: "image/png", sha256: sha256(bytes), method };
      const { value } = await ask("/uploads", about);
      expect(value.direct.kind).toBe(kinds[method]);
      expect((await ask(value.complete, {})).status).toBe(409);
      for (const status of await send(value.direct, bytes)) expect(status).toBeLessThan(300);
      const done = await Promise.all([ask(value.complete, {}), ask(value.complete, {})]);
      const first = await ask(value.complete, {});
      expect([first.status, first.value.sha256]).toEqual([200, sha256(bytes)]);
      // Whoever came second may have met the first on its way in the storage, and is to ask again.
      for (const { status } of done) expect([200, 503]).toContain(status);
      const made = await ask("/api/v1/profiles/", { name: "A", pic: { upload: value.upload } });
      expect(made.status).toBe(201);
      const there = await fetch(`${url}/api/v1/profiles/1/pic/`, { redirect: "manual" });
      expect(there.status).toBe(307);
      const location = there.headers.get("location") ?? "";
      expect(location.startsWith(url)).toBe(false);
      const got = await fetch(location);
      expect(sha256(Buffer.from(await got.arrayBuffer()))).toBe(sha256(bytes));
      expect(got.headers.get("content-disposition")).toMatch(/filename="pic\./);
      const part = await fetch(location, { headers: { range: "bytes=1-3" } });
      expect([part.status, Buffer.from(await part.arrayBuffer())]).toEqual([
        206,
        Buffer.from(bytes.subarray(1, 4)),
      ]);
      await close();
    },
  );

  it.each(ways)("%s: other octets are refused, and nothing is left", async (method) => {
    const store = await open();
    const { ask, close } = await serve(store);
    const about = {
      size: 5,
      mediaType: "text/plain",
      sha256: sha256(Buffer.from("right")),
      method,
    };
    const { value } = await ask("/uploads", about);
    const [status = 0] = await send(value.direct, Buffer.from("wrong"));
    const { status: said, value: problem } = await ask(value.complete, {});
    // One that checks the digest itself has taken nothing.
    expect([said, problem.errors[0].code]).toEqual(
      status < 300 ? [422, "upload-rejected"] : [409, "conflict"],
    );
    expect(await keysOf(store)).toEqual([]);
    await close();
  });

  it.each(["PUT", "POST"])("%s: another length is refused, and nothing is left", async (method) => {
    const store = await open();
    const { ask, close } = await serve(store);
    const { value } = await ask("/uploads", { size: 5, mediaType: "text/plain", method });
    const [status = 0] = await send(value.direct, Buffer.from("longer"));
    const { status: said, value: problem } = await ask(value.complete, {});
    expect([said, problem.errors[0].code]).toEqual(
      status < 300 ? [422, "upload-rejected"] : [409, "conflict"],
    );
    expect(await keysOf(store)).toEqual([]);
    await close();
  });

  it("a file without octets", async () => {
    const { ask, close } = await serve(await open());
    const { value } = await ask("/uploads", { size: 0, mediaType: "text/plain" });
    expect((await send(value.direct, new Uint8Array()))[0]).toBeLessThan(300);
    expect((await ask(value.complete, {})).value).toMatchObject({ state: "verified", size: 0 });
    await close();
  });
});

describe("a page of another origin, on Ceph", () => {
  beforeAll(async () => void (ceph = await startCeph()));
  afterAll(() => ceph.stop());

  it.each(["PUT", "POST", "parts"])(
    "sends to a bucket that has the CORS of the docs: %s",
    async (method) => {
      const docs = await readFile(join(root, "docs/direct-uploads.md"), "utf8");
      const html = /^```html\n(.*?)^```/ms.exec(docs)?.[1] ?? "";
      const page = await serveClientPage(`<!doctype html>${html}`, {});
      const place = await ceph.createBucket();
      const cors = /^```json\n(.*?)^```/ms.exec(docs)?.[1] ?? "";
      const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } =
        ceph.environment;
      const client = new S3Client({
        endpoint: ceph.endpoint,
        region: "us-east-1",
        forcePathStyle: true,
        credentials: { accessKeyId, secretAccessKey },
      });
      await client.send(
        new PutBucketCorsCommand({
          Bucket: new URL(place).host,
          CORSConfiguration: JSON.parse(cors.replace("https://app.example.com", page.origin)),
        }),
      );
      client.destroy();
      const { url, close } = await serve(await openCeph(place), {
        cors: { origins: [page.origin] },
      });
      const browser = await launchChromium();
      try {
        const tab = await browser.newPage();
        await tab.goto(page.origin);
        const token = await tab.evaluate<string>(
          `upload(${JSON.stringify(url)}, new File(["from a page"], "a.txt", { type: "text/plain" }), () => {}, ${JSON.stringify(method)})`,
        );
        const made = await tab.evaluate(
          `ask(${JSON.stringify(`${url}/api/v1/profiles/`)}, { pic: { upload: ${JSON.stringify(token)} } })`,
        );
        expect(made).toMatchObject({
          pic: { size: 11, filename: "a.txt", sha256: sha256(Buffer.from("from a page")) },
        });
      } finally {
        await browser.close();
        page.close();
        await close();
      }
    },
  );
});
