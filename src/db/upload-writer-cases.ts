// What every database does with uploads that are written over several requests: who may commit, when all is there,
// and what has another token or is refused.
import assert from "node:assert/strict";
import type { Db } from "./db.js";
import { upload, type DbCases } from "./test-rows.js";
import { uploadWriters, type UploadCommit } from "./upload-writers.js";
import { uploads } from "./uploads.js";

const at = { leaseUntil: 0, expiresAt: 0 };
const commit = (db: Db, said: Omit<UploadCommit, keyof typeof at>): Promise<boolean> =>
  uploadWriters.commit(db, { ...said, ...at });

async function stateOf(db: Db, id: string): Promise<unknown[]> {
  const row = await uploads.get(db, id);
  return [row?.state, row?.received, row?.size];
}

async function begin(db: Db, id: string, size: number | null): Promise<number> {
  const row = upload(id, { size, state: "reserved", received: 0, expiresAt: 100 });
  await db.transaction((sql) => uploads.insert(sql, row));
  const lease = { id, offset: 0, after: 0, nowMs: 1, leaseMs: 9 };
  const epoch = await db.transaction((sql) => uploadWriters.take(sql, lease));
  assert.ok(epoch !== undefined);
  return epoch;
}

export const uploadWriterCases: DbCases = {
  "uploads: complete by its length, or as its writer says": async (db) => {
    const said = [
      { complete: undefined, size: 5, want: ["stored", 5, 5] },
      { complete: undefined, size: 6, want: ["receiving", 5, 6] },
      { complete: undefined, size: null, want: ["receiving", 5, null] },
      { complete: false, size: 5, want: ["receiving", 5, 5] },
      { complete: true, size: 5, want: ["stored", 5, 5] },
      { complete: true, size: null, want: ["stored", 5, 5] },
    ];
    for (const [i, { complete, size, want }] of said.entries()) {
      const epoch = await begin(db, `u${i}`, size);
      assert.ok(await commit(db, { id: `u${i}`, epoch, from: 0, to: 5, complete }));
      assert.deepEqual(await stateOf(db, `u${i}`), want);
    }
  },
  "uploads: whoever has seen it before it was fenced off neither writes nor begins to": async (
    db,
  ) => {
    const epoch = await begin(db, "u", 9);
    assert.ok(await commit(db, { id: "u", epoch, from: 0, to: 5, complete: undefined }));
    const seen = (await uploads.get(db, "u"))!;
    assert.equal(await uploadWriters.fence(db, { ...seen, received: 4 }), false);
    assert.equal(await uploadWriters.fence(db, seen), true);
    assert.equal(await uploadWriters.fence(db, seen), false);
    const take = (after: number): Promise<number | undefined> =>
      db.transaction((sql) =>
        uploadWriters.take(sql, { id: "u", offset: 5, after, nowMs: 1, leaseMs: 9 }),
      );
    assert.equal(await commit(db, { id: "u", epoch, from: 5, to: 9, complete: undefined }), false);
    assert.equal(await take(epoch), undefined);
    assert.deepEqual(await stateOf(db, "u"), ["receiving", 5, 9]);
    assert.equal(await take(epoch + 1), epoch + 2);
    await db.transaction((sql) => uploads.reject(sql, "u"));
    assert.equal(await uploadWriters.fence(db, (await uploads.get(db, "u"))!), false);
  },
  "uploads: one that is refused takes no more, and what is verified is not": async (db) => {
    for (const id of ["reserved", "receiving", "stored", "verified"] as const)
      await db.transaction((sql) => uploads.insert(sql, upload(id, { state: id })));
    const epoch = await begin(db, "open", null);
    const reject = (id: string) => db.transaction((sql) => uploads.reject(sql, id));
    for (const id of ["reserved", "receiving", "stored", "open"])
      assert.deepEqual((await reject(id))?.id, id);
    assert.equal(await reject("verified"), undefined);
    assert.equal(await commit(db, { id: "open", epoch, from: 0, to: 5, complete: true }), false);
    assert.deepEqual(await stateOf(db, "open"), ["rejected", 0, null]);
  },
  "uploads: another token takes the place of the first, of what has not ended": async (db) => {
    for (const state of ["verified", "attached"] as const)
      await db.transaction((sql) => uploads.insert(sql, upload(state, { state })));
    assert.equal(await uploads.renew(db, { id: "verified", tokenDigest: "other" }), true);
    assert.equal((await uploads.byToken(db, "other"))?.id, "verified");
    assert.equal(await uploads.byToken(db, "digest verified"), undefined);
    assert.equal(await uploads.renew(db, { id: "attached", tokenDigest: "more" }), false);
  },
};
