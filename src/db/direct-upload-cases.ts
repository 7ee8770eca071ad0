// What every database does with uploads that their client sends by itself, and with secrets that all processes share.
import assert from "node:assert/strict";
import { blobs } from "./blobs.js";
import { directUploads, type Arrived } from "./direct-uploads.js";
import { secrets } from "./secrets.js";
import type { Db } from "./db.js";
import { blob, upload, type DbCases } from "./test-rows.js";
import { uploads, type UploadRow } from "./uploads.js";

const size = 2 ** 33;
const inStore = { direct: "store", state: "reserved", received: 0, session: "{s}" } as const;
const inServer = { direct: "server", state: "receiving", leaseUntil: 77 } as const;

async function add(db: Db, id: string, more: Partial<UploadRow>): Promise<void> {
  await db.transaction((sql) => uploads.insert(sql, upload(id, more)));
}

const arrive = (db: Db, id: string, said: Partial<Arrived> = {}): Promise<boolean> =>
  db.transaction((sql) => directUploads.arrive(sql, { id, nowMs: 99, expiresAt: 50, ...said }));

export const directUploadCases: DbCases = {
  "direct: what the storage has arrives once, as large as it was said to be, in time": async (
    db,
  ) => {
    const object = { size, version: "v1" };
    await add(db, "u", inStore);
    assert.equal(await arrive(db, "u"), false);
    assert.equal(await arrive(db, "u", { ...object, size: size - 1 }), false);
    assert.equal(await arrive(db, "u", { ...object, nowMs: 100 }), false);
    assert.equal(await arrive(db, "u", { ...object, expiresAt: 200 }), true);
    assert.equal(await arrive(db, "u", object), false);
    const { state, received, version, epoch, expiresAt, session } = (await uploads.get(db, "u"))!;
    assert.deepEqual(
      [state, received, version, epoch, expiresAt, session],
      ["stored", size, "v1", 1, 200, "{s}"],
    );
    await add(db, "ordinary", { state: "reserved" });
    assert.equal(await arrive(db, "ordinary", object), false);
  },
  "direct: what the server has counted arrives when all is there, and its writer is over": async (
    db,
  ) => {
    await add(db, "half", { ...inServer, received: 5 });
    await add(db, "all", inServer);
    await add(db, "unknown", { ...inServer, size: null });
    assert.equal(await arrive(db, "half"), false);
    assert.equal(await arrive(db, "unknown"), false);
    assert.equal(await arrive(db, "all", { size }), false);
    assert.equal(await arrive(db, "all"), true);
    const { state, leaseUntil, epoch, version, expiresAt } = (await uploads.get(db, "all"))!;
    assert.deepEqual([state, leaseUntil, epoch, version, expiresAt], ["stored", 0, 1, null, 100]);
  },
  "direct: begun again from nothing, by those that the server receives": async (db) => {
    await add(db, "half", { ...inServer, received: 5, epoch: 3 });
    await add(db, "stored", { ...inServer, state: "stored" });
    await add(db, "store", { ...inStore, state: "receiving", received: 5 });
    const restart = (id: string) => db.transaction((sql) => directUploads.restart(sql, id));
    assert.deepEqual(
      [await restart("half"), await restart("stored"), await restart("store")],
      [true, false, false],
    );
    assert.equal(await restart("half"), false);
    const { state, received, epoch } = (await uploads.get(db, "half"))!;
    assert.deepEqual([state, received, epoch], ["reserved", 0, 4]);
  },
  "direct: an object that changed is refused until it is attached": async (db) => {
    await db.transaction((sql) => blobs.insert(sql, blob(1)));
    await add(db, "u", { ...inStore, state: "verified", version: "v1", blob: blob(1) });
    await add(db, "attached", { ...inStore, state: "attached" });
    const spoil = (id: string) => db.transaction((sql) => directUploads.spoil(sql, id));
    await directUploads.moved(db, { id: "u", version: "v2" });
    assert.equal((await uploads.get(db, "u"))?.version, "v2");
    assert.deepEqual(await spoil("u"), { id: "u", key: "ku", blobId: "b1", session: "{s}" });
    assert.equal((await uploads.get(db, "u"))?.state, "rejected");
    assert.deepEqual([await spoil("u"), await spoil("attached")], [undefined, undefined]);
  },
  "secrets: the first one is that of all who ask at once": async (db, { reopen }) => {
    const other = reopen ? await reopen() : db;
    const made = ["a", "b", "c", "d"];
    const got = await Promise.all(
      made.map((each, i) => secrets.get(i % 2 === 0 ? db : other, "s", each)),
    );
    assert.equal(new Set(got).size, 1);
    assert.ok(made.includes(got[0] ?? ""));
    assert.equal(await secrets.get(other, "s", "late"), got[0]);
    assert.equal(await secrets.get(db, "other", "late"), "late");
    if (other !== db) await other.close();
  },
};
