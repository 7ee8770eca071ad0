// Azure's and Google's buckets behind a network that fails: refusals, connections cut before, in the middle and after, and
// in the end nobody there. What is said to be done is done, what is read is whole, and all else is `unavailable`.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isWaybillError } from "../../src/base/fault.js";
import { createAzureBucket } from "../../src/store/azure-bucket.js";
import type { Bucket } from "../../src/store/bucket.js";
import { createGcsBucket } from "../../src/store/gcs-bucket.js";
import { startStoreProxy } from "../cluster/store-proxy.js";
import { startAzurite, type Azurite } from "../servers/azurite.js";
import { startGcs, type Gcs } from "../servers/gcs.js";
import { seeded } from "../system/kill-load.js";
import { names, pattern, put, readAll } from "./bucket-cases.js";

let [azurite, gcs]: [Azurite?, Gcs?] = [];
beforeAll(async () => {
  [azurite, gcs] = await Promise.all([startAzurite(), startGcs()]);
});
afterAll(() => Promise.all([azurite?.stop(), gcs?.stop()]));

const waitMs = 8000;
const sizes = [10, 500_000, 9_000_000, 20_000_000];

interface Cloud {
  readonly cloud: string;
  endpoint(): string;
  /** Its bucket is empty. */
  open(endpoint: string): Promise<Bucket>;
}

const clouds: readonly Cloud[] = [
  {
    cloud: "Azure",
    endpoint: () => new URL(azurite!.endpoint).origin,
    async open(origin) {
      const url = new URL(await azurite!.createContainer());
      url.searchParams.set("endpoint", origin + new URL(azurite!.endpoint).pathname);
      return createAzureBucket(url, { environment: azurite!.environment, waitMs });
    },
  },
  {
    cloud: "Google",
    endpoint: () => gcs!.endpoint,
    open(origin) {
      const url = new URL(gcs!.createBucket());
      url.searchParams.set("endpoint", origin);
      const keyFilename = gcs!.environment.GOOGLE_APPLICATION_CREDENTIALS;
      return createGcsBucket(url, { keyFilename, waitMs });
    },
  },
];

/** Undefined where it was `unavailable`; any other fault is one of ours. */
async function unlessUnavailable<T>(what: string, work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    const code = isWaybillError(error) ? error.code : String(error);
    expect(`${what}: ${code}`).toBe(`${what}: unavailable`);
    return undefined;
  });
}

async function expectWhole(bucket: Bucket, name: string, want: Buffer): Promise<void> {
  const read = await unlessUnavailable(`reading ${name}`, readAll(bucket, name));
  if (read) expect([name, read.length, want.equals(read)]).toEqual([name, want.length, true]);
}

describe.each(clouds)("$cloud", ({ endpoint, open }) => {
  it.each([{ share: 0.3 }, { share: 0.9 }])(
    "says nothing that is not so, when $share of all requests fail",
    async ({ share }) => {
      const proxy = await startStoreProxy(endpoint(), seeded(7));
      const bucket = await open(proxy.endpoint);
      const contents = new Map(sizes.map((size) => [`there-${size}`, pattern(size)]));
      for (const [name, bytes] of contents) await put(bucket, name, bytes, 1_000_000);
      proxy.trouble(share);
      const written = new Map<string, Buffer>();
      const write = async (name: string, bytes: Buffer): Promise<void> => {
        const work = put(bucket, name, bytes, 1_000_000).then(() => written.set(name, bytes));
        await unlessUnavailable(`writing ${name}`, work);
      };
      await Promise.all([
        ...[...contents].map(([name, bytes]) => expectWhole(bucket, name, bytes)),
        ...sizes.map((size) => write(`new-${size}`, pattern(size, 1))),
      ]);
      proxy.trouble(0);
      // Now it can be seen: what was acknowledged is there, and what is there is whole.
      const there = await names(bucket, "");
      for (const name of written.keys()) expect(there).toContain(name);
      for (const size of sizes) {
        contents.set(`new-${size}`, pattern(size, 1));
        expect(there).toContain(`there-${size}`);
      }
      for (const name of there)
        expect(contents.get(name)?.equals(await readAll(bucket, name))).toBe(true);
      expect(proxy.done.refused + proxy.done["cut before"]).toBeGreaterThan(0);
      await proxy.stop();
    },
    300_000,
  );

  it("is unavailable when nobody is there, in the middle of a write and of a read too", async () => {
    const proxy = await startStoreProxy(endpoint(), seeded(7));
    const bucket = await open(proxy.endpoint);
    const bytes = pattern(20_000_000);
    await put(bucket, "x", bytes, 1_000_000);
    const reading = bucket.read("x", {})[Symbol.asyncIterator]();
    await reading.next();
    const writer = bucket.write("y");
    await writer.write(bytes.subarray(0, 9_000_000));
    await proxy.stop();
    const drain = async (): Promise<void> => {
      while (!(await reading.next()).done);
    };
    const finish = async (): Promise<void> => {
      await writer.write(bytes.subarray(9_000_000));
      await writer.close();
    };
    const all = {
      drain: drain(),
      finish: finish(),
      stat: bucket.stat("x"),
      read: readAll(bucket, "x"),
      put: put(bucket, "z", pattern(10), 10),
      delete: bucket.delete("x"),
      list: names(bucket, ""),
    };
    const ended = await Promise.allSettled(Object.values(all));
    const codes = ended.map((each) => (each.status === "rejected" ? each.reason.code : "done"));
    expect(codes).toEqual(Object.keys(all).map(() => "unavailable"));
    await writer
      .abort()
      .catch((error: unknown) => expect(error).toMatchObject({ code: "unavailable" }));
  }, 300_000);
});
