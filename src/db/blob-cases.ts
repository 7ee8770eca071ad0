// Cases of blobs and their attachments, for `testDb`: the bytes that rows name, and the rows that name them.
import assert from "node:assert/strict";
import { attachments } from "./attachments.js";
import { blobs } from "./blobs.js";
import { resources } from "./resources.js";
import { assertCode, blob, buriedKeys, name, row } from "./test-rows.js";
import type { BlobRow } from "./blobs.js";
import type { Db } from "./db.js";
import type { DbCases } from "./test-rows.js";

export const blobCases: DbCases = {
  "blobs: a row comes back whole, with and without its options": async (db) => {
    const elsewhere = { ...blob(3, { url: "https://a.test/x" }), etag: '"e"' };
    const rows = [blob(1), blob(2, { filename: "ü.png", width: 3, height: 4 }), elsewhere];
    await db.transaction(async (sql) => {
      for (const each of rows) await blobs.insert(sql, each);
    });
    await db.transaction((sql) => resources.insert(sql, row("1", 1, {})));
    for (const [position, { reference }] of rows.entries())
      await attach(db, "1", "/scans", position, reference.id);
    const held = await attachments.ofResource(db, name("1"));
    assert.deepEqual(
      held.map(({ blob: each }) => each),
      rows,
    );
  },
  "blobs: which keys have a row": async (db) => {
    const known = Array.from({ length: 300 }, (_, i) => blob(i));
    await db.transaction(async (sql) => {
      for (const each of known) await blobs.insert(sql, each);
    });
    const keys = known.map(({ key }) => key);
    const found = await blobs.keysAmong(db, ["x", ...keys, "y", "z"]);
    assert.deepEqual([...found].sort(), keys.sort());
    assert.equal((await blobs.keysAmong(db, [])).size, 0);
  },
  "blobs: by key; one that stays elsewhere leaves no tombstone": async (db) => {
    const rows = [blob(1), blob(3, { url: "https://a.test/x" })];
    await db.transaction(async (sql) => {
      for (const each of rows) await blobs.insert(sql, each);
    });
    assert.deepEqual(await blobs.byKey(db, "k3"), rows[1]);
    assert.equal(await blobs.byKey(db, "k2"), undefined);
    for (const id of ["b1", "b3"])
      await db.transaction((sql) => blobs.delete(sql, { ids: [id], nowMs: 5 }));
    assert.equal(await blobs.byKey(db, "k3"), undefined);
    assert.deepEqual(await buriedKeys(db, { untilMs: 5, limit: 9 }), ["k1"]);
  },
  "blobs: deleting leaves a tombstone, and refuses what is attached": async (db) => {
    await seedAttachments(db);
    const drop = (id: string) =>
      db.transaction((sql) => blobs.delete(sql, { ids: [id], nowMs: 5 }));
    await drop("b1");
    await assertCode(db.run("DELETE FROM blob WHERE id = $1", ["b1"]), "conflict");
    await drop("b9");
    await drop("b9");
    assert.deepEqual(await buriedKeys(db, { untilMs: 5, limit: 9 }), ["k9"]);
    assert.deepEqual([...(await blobs.keysAmong(db, ["k1", "k9"]))], ["k1"]);
  },
  "attachments: of many resources at once, in order": async (db) => {
    await seedAttachments(db);
    const found = await attachments.ofResources(db, { collection: "c", ids: ["2", "1", "3"] });
    const short = [...found].map(([id, list]) => [id, list.map(place)]);
    assert.deepEqual(Object.fromEntries(short), {
      1: ["/pic 0 b1", "/scans 0 b2", "/scans 1 b3"],
      2: ["/pic 0 b1"],
    });
    const [first] = await attachments.ofResource(db, { collection: "c", id: "2" });
    assert.deepEqual(first?.blob, blob(1));
    assert.deepEqual(await attachments.ofResource(db, { collection: "d", id: "2" }), []);
  },
  "attachments: a place holds one, and needs its blob and its resource": async (db) => {
    await seedAttachments(db);
    await assertCode(attach(db, "1", "/pic", 0, "b2"), "conflict");
    await assertCode(attach(db, "1", "/new", 0, "none"), "conflict");
    await assertCode(attach(db, "none", "/pic", 0, "b2"), "conflict");
    await assertCode(remove(db, "1"), "conflict");
  },
  "attachments: detach all of a resource": async (db) => {
    await seedAttachments(db);
    const detach = () => db.transaction((sql) => attachments.detach(sql, name("1")));
    await detach();
    await detach();
    assert.deepEqual(await attachments.ofResource(db, name("1")), []);
    assert.equal((await attachments.ofResource(db, name("2"))).length, 1);
    await remove(db, "1");
  },
};

async function seedAttachments(db: Db): Promise<void> {
  await db.transaction(async (sql) => {
    for (const seq of [1, 2, 3]) await resources.insert(sql, row(String(seq), seq, {}));
    for (const n of [1, 2, 3, 9]) await blobs.insert(sql, blob(n));
  });
  await attach(db, "1", "/scans", 1, "b3");
  await attach(db, "1", "/scans", 0, "b2");
  await attach(db, "1", "/pic", 0, "b1");
  await attach(db, "2", "/pic", 0, "b1");
}

type AttachArgs = [id: string, property: string, position: number, blobId: string];

function attach(db: Db, ...[resourceId, property, position, blobId]: AttachArgs): Promise<void> {
  const one = { collection: "c", resourceId, property, position, blobId, createdAt: 7 };
  return db.transaction((sql) => attachments.attach(sql, one));
}

function place(each: { property: string; position: number; blob: BlobRow }): string {
  return `${each.property} ${each.position} ${each.blob.reference.id}`;
}

function remove(db: Db, id: string): Promise<void> {
  return db.transaction((sql) => resources.delete(sql, name(id)));
}
