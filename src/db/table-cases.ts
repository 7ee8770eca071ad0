// The contract of the repositories, as cases for `testDb`: what each query finds, changes and refuses.
import assert from "node:assert/strict";
import { alterBeside } from "./alter-tables.js";
import { answers, type AnswerRow } from "./idempotency.js";
import { blobCases } from "./blob-cases.js";
import { blobs } from "./blobs.js";
import { indexProperties } from "./property-index.js";
import { resources } from "./resources.js";
import { assertCode, blob, buriedKeys, change, name, row, upload } from "./test-rows.js";
import { tombstones } from "./tombstones.js";
import { uploads } from "./uploads.js";
import type { JsonObject } from "../base/json.js";
import type { Db } from "./db.js";
import type { ResourceFilter, ResourceOrder } from "./resources.js";
import type { DbCases } from "./test-rows.js";

export const tableCases: DbCases = {
  "resources: insert, get, update by version, delete": async (db) => {
    await db.transaction((sql) => resources.insert(sql, row("a", 1, { x: [1, { y: "ü" }] })));
    const first = await resources.get(db, name("a"));
    assert.deepEqual(first, { ...row("a", 1, { x: [1, { y: "ü" }] }), version: 1 });
    assert.equal(await update(db, "a", 2, { x: 2 }), false);
    assert.equal(await update(db, "a", 1, { x: 2 }), true);
    assert.equal(await update(db, "a", 1, { x: 3 }), false);
    const second = await resources.get(db, name("a"));
    assert.deepEqual([second?.version, second?.document, second?.updatedAt], [2, { x: 2 }, 99]);
    await remove(db, "a");
    assert.equal(await resources.get(db, name("a")), undefined);
    await remove(db, "a");
  },
  "resources: those under a name, whatever it is made of": async (db) => {
    const names = ["/u/7/posts", "/u/7/posts/1/tags", "/u/7/\u{1f600}", "/u/7/\uffff", "/u/7/"];
    const others = [
      "/u/7",
      "/u/70/posts",
      "/u/7.",
      "/u/70",
      "/U/7/posts",
      "/u/8/posts",
      "/v/u/7/x",
    ];
    await db.transaction(async (sql) => {
      for (const collection of [...names, ...others])
        await resources.insert(sql, { ...row("1", 1, {}), collection, draft: true });
    });
    const found = await resources.under(db, "/u/7");
    assert.deepEqual(found.map(({ collection }) => collection).sort(), names.sort());
    assert.deepEqual(await resources.under(db, "/u/7%"), []);
  },
  "resources: ids count from 1 in each collection and are never reused": async (db) => {
    const next = (collection: string) => db.transaction((sql) => resources.nextId(sql, collection));
    const [one, other, first] = await Promise.all([next("c"), next("c"), next("d")]);
    assert.deepEqual([[one, other].sort(), first], [[1, 2], 1]);
    await db.transaction((sql) => resources.insert(sql, row("2", 2, {})));
    await remove(db, "2");
    assert.equal(await next("c"), 3);
  },
  "resources: lists filter, order, page and count": async (db) => {
    await seed(db);
    for (const indexed of [false, true]) {
      if (indexed) await alterBeside(db, (sql) => indexProperties(sql, oddNames));
      for (const { filters = [], order = [], want } of queries) {
        const query = { collection: "c", filters, order, limit: 100, offset: 0 };
        const found = await resources.list(db, query);
        const asked = JSON.stringify({ filters, order });
        assert.deepEqual(
          found.map(({ seq }) => seq),
          want,
          asked,
        );
        assert.equal(await resources.count(db, query), want.length, asked);
      }
    }
    const page = { collection: "c", filters: [], order: [byId(true)], limit: 2, offset: 1 };
    assert.deepEqual(
      (await resources.list(db, page)).map(({ id }) => id),
      ["10", "9"],
    );
  },
  "drafts: theirs alone until they are complete, and found when they are due": async (db) => {
    const draft = { draft: true, owner: "o", expiresAt: 500 };
    await db.transaction(async (sql) => {
      await resources.insert(sql, { ...row("1", 1, {}), ...draft });
      await resources.insert(sql, { ...row("2", 2, {}), ...draft, expiresAt: 400 });
      await resources.insert(sql, { ...row("3", 3, {}), draft: true });
      await resources.insert(sql, row("4", 4, {}));
    });
    const due = async (nowMs: number, limit = 9): Promise<string[]> =>
      (await resources.expired(db, { nowMs, limit })).map(({ id }) => id);
    assert.deepEqual(await due(399), []);
    assert.deepEqual(await due(500), ["2", "1"]);
    assert.deepEqual(await due(500, 1), ["2"]);
    const change = { document: {}, updatedAt: 99, expectedVersion: 1 };
    const complete = (id: string, still: boolean) =>
      db.transaction((sql) => resources.update(sql, { ...name(id), ...change, draft: still }));
    assert.equal(await complete("1", true), true);
    assert.deepEqual(await resources.get(db, name("1")), {
      ...row("1", 1, {}),
      ...draft,
      updatedAt: 99,
      version: 2,
    });
    assert.equal(await complete("2", false), true);
    assert.deepEqual(await resources.get(db, name("2")), {
      ...row("2", 2, {}),
      updatedAt: 99,
      version: 2,
    });
    assert.deepEqual(await due(500), ["1"]);
    const claim = (id: string, version: number) =>
      db.transaction((sql) => resources.claimExpired(sql, { ...name(id), version }));
    assert.deepEqual(
      [await claim("1", 1), await claim("1", 2), await claim("1", 2), await claim("2", 2)],
      [false, true, false, false],
    );
  },
  "answers: one for each name, until it is over": async (db) => {
    const name = { key: "k", principal: "p", operation: "POST /c" };
    const made = { digest: "d", status: 201, headers: { a: "1", b: ["2", "3"] }, body: "{}" };
    const answer = { ...name, ...made, createdAt: 5, expiresAt: 10 };
    const insert = (row: AnswerRow) => db.transaction((sql) => answers.insert(sql, row));
    const others = [{ key: "l" }, { principal: null }, { operation: "POST /d", body: null }];
    for (const other of [{}, ...others]) assert.equal(await insert({ ...answer, ...other }), true);
    assert.equal(await insert({ ...answer, digest: "e" }), false);
    assert.deepEqual(await answers.get(db, name, 9), answer);
    assert.deepEqual(await answers.get(db, { ...name, principal: null }, 9), {
      ...answer,
      principal: null,
    });
    assert.equal((await answers.get(db, { ...name, operation: "POST /d" }, 9))?.body, null);
    assert.equal(await answers.get(db, name, 10), undefined);
    assert.equal(await answers.get(db, { ...name, key: "m" }, 9), undefined);
    assert.equal(await insert({ ...answer, digest: "e", createdAt: 10, expiresAt: 20 }), true);
    assert.equal((await answers.get(db, name, 10))?.digest, "e");
    await db.transaction((sql) => answers.delete(sql, { ...name, principal: null }));
    assert.equal(await answers.get(db, { ...name, principal: null }, 9), undefined);
    assert.equal((await answers.get(db, name, 10))?.digest, "e");
    const prune = (nowMs: number, limit: number) =>
      db.transaction((sql) => answers.prune(sql, { nowMs, limit }));
    assert.deepEqual([await prune(9, 9), await prune(10, 1), await prune(10, 9)], [0, 1, 1]);
    assert.equal((await answers.get(db, name, 10))?.digest, "e");
  },
  ...blobCases,
  "uploads: a row comes back whole, by id and by token": async (db) => {
    await seedUploads(db);
    for (const each of [
      upload("v", { blob: blob(1) }),
      upload("r", { size: null, state: "reserved" }),
      upload("p", { ...part, state: "stored", expiresAt: 200 }),
    ]) {
      assert.deepEqual(await uploads.get(db, each.id), each);
      assert.deepEqual(await uploads.byToken(db, each.tokenDigest), each);
    }
    assert.equal(await uploads.get(db, "none"), undefined);
    assert.deepEqual([...(await uploads.keysAmong(db, ["kv", "kr", "ke", "x"]))].sort(), [
      "kr",
      "kv",
    ]);
    await assertCode(
      db.transaction((sql) => uploads.insert(sql, { ...upload("w"), tokenDigest: "digest v" })),
      "conflict",
    );
  },
  "uploads: attach, expire and abort are each for one that has not ended": async (db) => {
    await seedUploads(db);
    const attach = (id: string, nowMs: number) =>
      db.transaction((sql) => uploads.attach(sql, { id, nowMs }));
    const expire = async (id: string, nowMs: number) =>
      (await db.transaction((sql) => uploads.expire(sql, { ids: [id], nowMs })))[0];
    const abort = (id: string) => db.transaction((sql) => uploads.abort(sql, id));
    assert.equal(await attach("v", 100), false);
    assert.equal(await attach("r", 99), false);
    assert.equal(await expire("v", 99), undefined);
    assert.deepEqual(await uploads.overdue(db, { nowMs: 99, limit: 9 }), []);
    assert.deepEqual(await uploads.overdue(db, { nowMs: 100, limit: 9 }), ["r", "v"]);
    assert.deepEqual(await uploads.overdue(db, { nowMs: 100, limit: 1 }), ["r"]);
    await assertCode(db.run("DELETE FROM blob WHERE id = $1", ["b1"]), "conflict");
    assert.equal(await attach("v", 99), true);
    assert.equal(await attach("v", 99), false);
    assert.equal(await expire("v", 100), undefined);
    assert.equal(await abort("v"), undefined);
    assert.deepEqual(await expire("r", 100), { id: "r", key: "kr", blobId: null, session: null });
    assert.equal(await expire("r", 100), undefined);
    await db.transaction((sql) => blobs.delete(sql, { ids: ["b1"], nowMs: 1 }));
    const forget = (untilMs: number) => uploads.forget(db, { untilMs, limit: 9 });
    assert.deepEqual([await forget(99), await forget(100), await forget(100)], [0, 3, 0]);
  },
  "uploads: many expire at once, but for those that may not, and give their blobs back": async (
    db,
  ) => {
    const all = Array.from({ length: 9 }, (_, i) => i + 10);
    await db.transaction(async (sql) => {
      for (const n of all) {
        await blobs.insert(sql, blob(n));
        await uploads.insert(sql, { ...upload(`u${n}`), blob: blob(n) });
      }
    });
    await db.transaction((sql) => uploads.attach(sql, { id: "u12", nowMs: 99 }));
    const ended = await db.transaction(async (sql) => {
      const ids = [...all.map((n) => `u${n}`), "none"];
      const found = await uploads.expire(sql, { ids, nowMs: 100 });
      const blobIds = all.map((n) => `b${n}`);
      await blobs.delete(sql, { ids: blobIds, nowMs: 1 }); // which they hold but for one
      const foundIds = found.map(({ id }) => id);
      await uploads.release(sql, foundIds);
      await blobs.delete(sql, { ids: blobIds, nowMs: 2 });
      return found;
    });
    const left = all.filter((n) => n !== 12);
    assert.deepEqual(
      ended.map(({ id }) => id).toSorted(),
      left.map((n) => `u${n}`),
    );
    const buried = await tombstones.oldest(db, { untilMs: 9, limit: 99 });
    assert.deepEqual(
      buried.map(({ key }) => key),
      ["k12", ...left.map((n) => `k${n}`)],
    );
  },
  "uploads: at a start nobody holds a lease": async (db) => {
    await db.transaction((sql) => uploads.insert(sql, upload("l", { leaseUntil: 5000 })));
    assert.deepEqual(await uploads.overdue(db, { nowMs: 200, limit: 9 }), []);
    await uploads.endLeases(db);
    assert.deepEqual(await uploads.overdue(db, { nowMs: 200, limit: 9 }), ["l"]);
  },
  "uploads: a part is never verified by itself, and may be told to go sooner": async (db) => {
    await seedUploads(db);
    await db.transaction((sql) => uploads.insert(sql, upload("s", { state: "stored" })));
    assert.deepEqual(await uploads.unverified(db, 9), ["s"]);
    const shorten = (untilMs: number) => uploads.shorten(db, { id: "p", untilMs });
    await shorten(150);
    await shorten(180);
    assert.equal((await uploads.get(db, "p"))?.expiresAt, 150);
  },
  "uploads: one that is aborted gives its blob back": async (db) => {
    await seedUploads(db);
    const ended = await db.transaction(async (sql) => {
      await blobs.delete(sql, { ids: ["b1"], nowMs: 1 }); // which it holds
      const found = await uploads.abort(sql, "v");
      await uploads.release(sql, ["v"]);
      return found;
    });
    assert.deepEqual(ended, { id: "v", key: "kv", blobId: "b1", session: null });
    assert.deepEqual((await uploads.get(db, "v"))?.state, "aborted");
    await db.transaction((sql) => blobs.delete(sql, { ids: ["b1"], nowMs: 1 }));
    assert.deepEqual(await buriedKeys(db, { untilMs: 1, limit: 9 }), ["k1"]);
  },
  "tombstones: the oldest first, until a time": async (db) => {
    await db.transaction(async (sql) => {
      for (const [key, nowMs] of [
        ["b", 2],
        ["a", 1],
        ["c", 3],
        ["a", 9],
      ] as const) {
        await tombstones.insert(sql, { key, nowMs });
      }
    });
    assert.deepEqual(await buriedKeys(db, { untilMs: 2, limit: 9 }), ["a", "b"]);
    assert.deepEqual(await buriedKeys(db, { untilMs: 9, limit: 1, offset: 1 }), ["b"]);
    await db.transaction((sql) => tombstones.delete(sql, ["a"]));
    assert.deepEqual(await buriedKeys(db, { untilMs: 9, limit: 9 }), ["b", "c"]);
  },
};

// Names that break out of a quoted text, a JSON path, or a label.
const oddNames = [
  "name",
  "a'b",
  "$x",
  "[0]",
  "7",
  'q"uote',
  "back\\slash",
  "do.t",
  "ü",
  "",
  "n\nl",
];

const documents: JsonObject[] = [
  { name: "b", n: 10, ok: true, "a'b": "x", $x: "x", "[0]": "x", "7": "x", "do.t": "x", $1: "x" },
  { name: "a", n: 9, ok: false, 'q"uote': "x", "back\\slash": "x", ü: "x", "": "x", "n\nl": "x" },
  { name: "10", n: 1, ok: 1, nothing: null },
  { name: "b", n: 2.5, ok: "true" },
];

const byId = (descending: boolean): ResourceOrder => ({ property: "id", descending });
const eq = (property: string, value: ResourceFilter["value"]): ResourceFilter[] => [
  { property, op: "eq", value },
];

interface Query {
  readonly filters?: ResourceFilter[];
  readonly order?: ResourceOrder[];
  /** By `seq`, which is 8 for the first document. */
  readonly want: number[];
}

const queries: Query[] = [
  { want: [8, 9, 10, 11] },
  { filters: eq("name", "b"), want: [8, 11] },
  { filters: eq("name", "' OR 1=1 --"), want: [] },
  { filters: eq("name", 10), want: [] },
  { filters: eq("n", 10), want: [8] },
  { filters: eq("n", 2.5), want: [11] },
  { filters: eq("n", "10"), want: [] },
  { filters: eq("ok", true), want: [8] },
  { filters: eq("ok", false), want: [9] },
  { filters: eq("nothing", null), want: [8, 9, 10, 11] },
  { filters: [...eq("name", "b"), ...eq("n", 2.5)], want: [11] },
  { filters: eq("id", 9), want: [9] },
  { filters: eq("id", "9"), want: [9] },
  { filters: eq("$", "x"), want: [] },
  ...["a'b", "$x", "[0]", "7", "do.t", "$1"].map((name) => ({ filters: eq(name, "x"), want: [8] })),
  ...['q"uote', "back\\slash", "ü", "", "n\nl"].map((name) => ({
    filters: eq(name, "x"),
    want: [9],
  })),
  { filters: [{ property: "x", column: "created_at", op: "eq", value: 109 }], want: [9] },
  { order: [byId(false)], want: [8, 9, 10, 11] },
  { order: [byId(true)], want: [11, 10, 9, 8] },
  { order: [{ property: "n", descending: false }], want: [10, 11, 9, 8] },
  { order: [{ property: "name", descending: false }], want: [10, 9, 8, 11] },
  { order: [{ property: "name", descending: true }], want: [11, 8, 9, 10] },
  { order: [{ property: "a'b", descending: false }], want: [9, 10, 11, 8] },
  { order: [{ property: "x", column: "created_at", descending: true }], want: [11, 10, 9, 8] },
];

async function seed(db: Db): Promise<void> {
  await db.transaction(async (sql) => {
    for (const [i, document] of documents.entries()) {
      await resources.insert(sql, row(String(i + 8), i + 8, document));
    }
    await resources.insert(sql, { ...row("12", 12, { name: "b" }), draft: true });
    await resources.insert(sql, { ...row("8", 8, { name: "b" }), collection: "other" });
  });
}

const part = { role: "part", metadata: "a YQ==,b", concat: "partial" } as const;

async function seedUploads(db: Db): Promise<void> {
  await db.transaction(async (sql) => {
    await blobs.insert(sql, blob(1));
    await uploads.insert(sql, upload("v", { blob: blob(1) }));
    await uploads.insert(sql, upload("r", { size: null, state: "reserved" }));
    await uploads.insert(sql, upload("e", { state: "expired" }));
    await uploads.insert(sql, upload("p", { ...part, state: "stored", expiresAt: 200 }));
  });
}

function update(db: Db, id: string, version: number, document: JsonObject): Promise<boolean> {
  return db.transaction((sql) => resources.update(sql, change(id, version, document)));
}

function remove(db: Db, id: string): Promise<void> {
  return db.transaction((sql) => resources.delete(sql, name(id)));
}
