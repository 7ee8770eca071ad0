// The contract of a store, on Ceph.
import { afterAll, beforeAll, it } from "vitest";
import { createObjectStore } from "../../src/store/object-store.js";
import { createS3Bucket } from "../../src/store/s3-bucket.js";
import { testStore } from "../../src/store/test-store.js";
import { credentialsOf, startCeph, type Ceph } from "../servers/ceph.js";

let server: Ceph;
beforeAll(async () => {
  server = await startCeph();
});
afterAll(() => server.stop());

async function make() {
  const url = new URL(await server.createBucket());
  const reopen = async () => {
    const bucket = await createS3Bucket(url, { credentials: credentialsOf(server) });
    return createObjectStore({ bucket, prefix: url.pathname });
  };
  return { store: await reopen(), reopen, dispose: async () => undefined };
}

const skipDeletedReads = "an object that is deleted cannot be read on; `graceMs` is for that";

for (const { name, skip, run } of testStore("s3", make, { skipDeletedReads }))
  it.skipIf(skip)(name, run);
