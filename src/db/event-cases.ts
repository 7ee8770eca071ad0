// The contract of the event log, and of what is told at the end of bytes, as cases for `testDb`.
import assert from "node:assert/strict";
import { events } from "./events.js";
import { name } from "./test-rows.js";
import { tombstones } from "./tombstones.js";
import type { EventSubject, NewEvent } from "./events.js";
import type { DbCases } from "./test-rows.js";

export const eventCases: DbCases = {
  "events: about each of their subjects, in order, until they are forgotten": async (db) => {
    const resource = name("1");
    const list: NewEvent[] = Array.from({ length: 20 }, (_, i) => ({
      type: "file.attached",
      resource,
      property: "/ü",
      blobId: `b${i}`,
      data: { position: i, left: undefined },
    }));
    const record = (more: readonly NewEvent[], nowMs: number) =>
      db.transaction((sql) => events.insert(sql, more, nowMs));
    await record([{ type: "resource.created", resource }, ...list], 5);
    await record([{ type: "upload.verified", uploadId: "u", blobId: "b3" }], 6);
    await record([], 7);
    const all = await events.about(db, { resource }, 99);
    assert.deepEqual(
      all.map(({ blobId }) => blobId),
      [null, ...list.map(({ blobId }) => blobId)],
    );
    assert.deepEqual(
      { ...all[4], id: "" },
      {
        id: "",
        type: "file.attached",
        at: 5,
        uploadId: null,
        blobId: "b3",
        collection: "c",
        resourceId: "1",
        property: "/ü",
        data: { position: 3 },
      },
    );
    const typesAbout = async (subject: EventSubject, limit = 9) =>
      (await events.about(db, subject, limit)).map(({ type }) => type);
    assert.deepEqual(await typesAbout({ blobId: "b3" }), ["file.attached", "upload.verified"]);
    assert.deepEqual(await typesAbout({ blobId: "b3" }, 1), ["upload.verified"]);
    assert.deepEqual(await typesAbout({ blobId: "b3", uploadId: "u" }), [
      "file.attached",
      "upload.verified",
    ]);
    assert.deepEqual(await typesAbout({ uploadId: "b3" }), []);
    const prune = (beforeMs: number, limit: number) =>
      db.transaction((sql) => events.prune(sql, { beforeMs, limit }));
    assert.deepEqual([await prune(5, 9), await prune(6, 9), await prune(6, 99)], [0, 9, 12]);
    assert.deepEqual(await typesAbout({ blobId: "b3" }), ["upload.verified"]);
  },
  "tombstones: whoever deletes one is told what it was of": async (db) => {
    await db.transaction(async (sql) => {
      await tombstones.insert(sql, { key: "a", nowMs: 1, blobId: "b" });
      await tombstones.insert(sql, { key: "c", nowMs: 1, uploadId: "u" });
    });
    const take = (...keys: string[]) => db.transaction((sql) => tombstones.delete(sql, keys));
    assert.deepEqual(await take("a"), [{ blobId: "b", uploadId: null }]);
    assert.deepEqual(await take("a", "c", "d"), [{ blobId: null, uploadId: "u" }]);
    assert.deepEqual(await take("a"), []);
  },
};
