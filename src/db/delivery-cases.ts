// The contract of webhooks and their deliveries, as cases for `testDb`.
import assert from "node:assert/strict";
import { deliveries, type Delivery } from "./deliveries.js";
import { events } from "./events.js";
import { webhooks } from "./webhooks.js";
import type { Db } from "./db.js";
import type { DbCases } from "./test-rows.js";

export const deliveryCases: DbCases = {
  "deliveries: queued for those who are told of it, and one has each at a time": async (db) => {
    await setBoth(db);
    await expire(db, "u1", 5);
    await expire(db, "u2", 6);
    await db.transaction((sql) => events.insert(sql, [{ type: "blob.deleted", blobId: "b" }], 7));
    const due = (nowMs: number) => deliveries.isDue(db, { webhookId: "w", nowMs });
    assert.deepEqual([await due(4), await due(5)], [false, true]);
    const taken = await take(db, 9, 1);
    assert.deepEqual(
      taken.map(({ attempts, createdAt, event }) => [attempts, createdAt, event.uploadId]),
      [[1, 5, "u1"]],
    );
    const rest = await take(db, 9);
    assert.deepEqual(
      rest.map(({ event }) => event.uploadId),
      ["u2"],
    );
    assert.deepEqual(await take(db, 9), []);
    const again = await take(db, 109); // their lease is over
    assert.deepEqual(
      again.map(({ attempts, event }) => [attempts, event.uploadId]),
      [
        [2, "u1"],
        [2, "u2"],
      ],
    );
    const [lost] = taken;
    const [mine] = again;
    assert.ok(lost && mine);
    assert.deepEqual([await settle(db, lost), await settle(db, mine)], [false, true]);
    assert.deepEqual(await take(db, 109), []);
    assert.deepEqual((await take(db, 999)).length, 1);
    assert.deepEqual(await deliveries.ofEvent(db, mine.event.id), [
      { webhookId: "v", origin: "o v", ...untried },
      {
        ...untried,
        webhookId: "w",
        origin: "o w",
        state: "delivered",
        attempts: 2,
        nextAt: 7,
        endedAt: 7,
      },
    ]);
  },
  "deliveries: given up for whoever is told of nothing any more": async (db) => {
    await setBoth(db);
    await expire(db, "u", 5);
    assert.equal(await abandon(db), 0);
    const disable = () => db.transaction((sql) => webhooks.disable(sql, { id: "w", nowMs: 6 }));
    assert.deepEqual([await disable(), await disable()], [true, false]);
    assert.deepEqual(
      [await webhooks.isEnabled(db, "w"), await webhooks.isEnabled(db, "v")],
      [false, true],
    );
    assert.deepEqual([await abandon(db), await abandon(db)], [1, 0]);
    await setBoth(db); // it stays disabled
    assert.equal(await webhooks.isEnabled(db, "w"), false);
    await db.transaction((sql) => webhooks.set(sql, [], 8));
    assert.equal(await abandon(db), 1);
    await setBoth(db);
    assert.equal(await webhooks.isEnabled(db, "w"), true);
    assert.deepEqual(await take(db, 99), []);
  },
  "events: stay while somebody waits to be told of them, and take their deliveries along": async (
    db,
  ) => {
    await setBoth(db);
    await expire(db, "u", 5);
    const prune = () => db.transaction((sql) => events.prune(sql, { beforeMs: 9, limit: 9 }));
    assert.equal(await prune(), 0);
    await db.transaction((sql) => webhooks.set(sql, [], 8));
    await abandon(db);
    assert.equal(await prune(), 1);
    assert.deepEqual(await db.all("SELECT * FROM delivery"), []);
  },
};

const untried = { state: "waiting", attempts: 0, nextAt: 5, endedAt: null, error: null };

function setBoth(db: Db): Promise<void> {
  const types = ["upload.expired", "upload.aborted"] as const;
  const list = ["v", "w"].map((id) => ({ id, origin: `o ${id}`, types }));
  return db.transaction((sql) => webhooks.set(sql, list, 1));
}

function expire(db: Db, uploadId: string, nowMs: number): Promise<void> {
  return db.transaction((sql) => events.insert(sql, [{ type: "upload.expired", uploadId }], nowMs));
}

function take(db: Db, nowMs: number, limit = 9): Promise<Delivery[]> {
  const how = { webhookId: "w", nowMs, untilMs: nowMs + 100, limit };
  return db.transaction((sql) => deliveries.take(sql, how));
}

function settle(db: Db, delivery: Delivery): Promise<boolean> {
  const outcome = { delivery, state: "delivered", nextAt: 7, nowMs: 7 } as const;
  return db.transaction((sql) => deliveries.settle(sql, outcome));
}

function abandon(db: Db): Promise<number> {
  return db.transaction((sql) => deliveries.abandon(sql, { nowMs: 7, limit: 9 }));
}
