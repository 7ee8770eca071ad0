// The contract of a store, on Azurite.
import { afterAll, beforeAll, it } from "vitest";
import { createAzureBucket } from "../../src/store/azure-bucket.js";
import { createObjectStore } from "../../src/store/object-store.js";
import { testStore } from "../../src/store/test-store.js";
import { startAzurite, type Azurite } from "../servers/azurite.js";

let server: Azurite;
beforeAll(async () => {
  server = await startAzurite();
});
afterAll(() => server.stop());

async function make() {
  const url = new URL(await server.createContainer());
  const reopen = async () => {
    const bucket = await createAzureBucket(url, { environment: server.environment });
    return createObjectStore({ bucket, prefix: "a/prefix" });
  };
  return { store: await reopen(), reopen, dispose: async () => undefined };
}

const skipDeletedReads = "an object that is deleted cannot be read on; `graceMs` is for that";

const latePieces = "a block that comes after the sweep begins the blob anew";

for (const { name, skip, run } of testStore("azure", make, { skipDeletedReads, latePieces }))
  it.skipIf(skip)(name, run);
