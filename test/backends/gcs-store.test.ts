// The contract of a store, on a fake of Google Cloud Storage.
import { afterAll, beforeAll, it } from "vitest";
import { createGcsBucket } from "../../src/store/gcs-bucket.js";
import { createObjectStore } from "../../src/store/object-store.js";
import { testStore } from "../../src/store/test-store.js";
import { startGcs, type Gcs } from "../servers/gcs.js";

let server: Gcs;
beforeAll(async () => {
  server = await startGcs();
});
afterAll(() => server.stop());

async function make() {
  const url = new URL(server.createBucket());
  const reopen = async () => {
    const keyFilename = server.environment.GOOGLE_APPLICATION_CREDENTIALS;
    const bucket = await createGcsBucket(url, { keyFilename });
    return createObjectStore({ bucket, prefix: "a/prefix" });
  };
  return { store: await reopen(), reopen, dispose: async () => undefined };
}

const skipDeletedReads = "an object that is deleted cannot be read on; `graceMs` is for that";
const skipSweeps =
  "a resumable upload that is not completed ends by itself, and there is no list of them";

for (const { name, skip, run } of testStore("gcs", make, { skipDeletedReads, skipSweeps }))
  it.skipIf(skip)(name, run);
