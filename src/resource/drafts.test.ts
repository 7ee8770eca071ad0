// Drafts between two statements, and against the clock: the real tables, with a second connection that looks.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ReceivedFile } from "../base/file-reference.js";
import { isWaybillError } from "../base/fault.js";
import { blobs } from "../db/blobs.js";
import type { Db, Sql } from "../db/db.js";
import { createSqliteDb } from "../db/sqlite-db.js";
import { blob } from "../db/test-rows.js";
import { createDocument } from "../openapi/document.js";
import { expandDocument } from "../plan/expand.js";
import { createPlan } from "../plan/plan.js";
import { collectionRef, type CollectionRef } from "./collection-ref.js";
import { expireDrafts } from "./expire-drafts.js";
import { createResources, type Resources } from "./resources.js";

const image = { contentMediaType: "image/*" };
const schemas = {
  Passport: {
    "x-resource": "/p",
    required: ["front", "back"],
    properties: { front: image, back: image },
  },
};
const dayMs = 24 * 60 * 60 * 1000;

let db: Db;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-drafts-"));
  db = await createSqliteDb({ path: join(folder, "waybill.db") });
});
afterEach(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

const passports = ((): CollectionRef => {
  const document = createDocument({ openapi: "3.1.1", components: { schemas } });
  const { collection } = createPlan(expandDocument(document)).operations[0] ?? {};
  if (!collection) throw new Error("no collection");
  return collectionRef(collection, []);
})();

function resourcesOn(on: Db, now: () => number): Resources {
  return createResources({ db: on, clock: { now }, reap: async () => undefined, basePath: "" })(
    "o",
  );
}

let count = 0;
function file(): { file: ReceivedFile; bind: (sql: Sql) => Promise<undefined> } {
  const row = blob(++count);
  const received = new ReceivedFile();
  received.settle(row.reference);
  return { file: received, bind: (sql) => blobs.insert(sql, row).then(() => undefined) };
}

async function put(to: Resources, property: string): Promise<unknown> {
  const { file: received, bind } = file();
  return to.putFile(passports, { id: "1", property }, received, { bind });
}

async function createDraft(to: Resources): Promise<void> {
  const { row } = await to.create(passports, {}, { parents: [], bind: async () => undefined });
  expect(row.draft).toBe(true);
}

const query = { collection: "/p", filters: [], order: [], limit: 9, offset: 0 };

/** A database that calls `look` after each statement of a transaction, before it is committed. */
function watched(look: () => Promise<void>): Db {
  return { ...db, transaction: (work) => db.transaction((sql) => work(watchedSql(sql, look))) };
}

function watchedSql(sql: Sql, look: () => Promise<void>): Sql {
  const seen = async <Result>(result: Promise<Result>): Promise<Result> => {
    const found = await result;
    await look();
    return found;
  };
  return {
    dialect: sql.dialect,
    run: (text, params) => seen(sql.run(text, params)),
    all: (text, params) => seen(sql.all(text, params)),
    get: (text, params) => seen(sql.get(text, params)),
  };
}

describe("a draft", () => {
  it("is never in a list, not even between two statements, until its last file is committed", async () => {
    const seen: number[] = [];
    const others = resourcesOn(db, Date.now);
    const look = async (): Promise<void> => {
      const { states, total } = await others.list(query);
      seen.push(states.length, total);
      for (const { attachments } of states) expect(attachments.length).toBe(2);
    };
    const own = resourcesOn(watched(look), Date.now);
    await createDraft(own);
    await put(own, "back");
    await put(own, "front");
    expect(seen.length).toBeGreaterThan(20);
    expect(new Set(seen)).toEqual(new Set([0]));
    expect(await others.list(query)).toMatchObject({
      total: 1,
      states: [{ row: { draft: false } }],
    });
  });

  it("is gone in the one transaction that expires it, never half", async () => {
    let now = 1000;
    const own = resourcesOn(db, () => now);
    await createDraft(own);
    await put(own, "back");
    now += dayMs;
    const seen: string[] = [];
    const look = async (): Promise<void> => void seen.push((await left()).join(" "));
    await expireDrafts({ db: watched(look), clock: { now: () => now } });
    expect(seen.length).toBeGreaterThan(3);
    expect(new Set(seen)).toEqual(new Set(["1 1 1 0"]));
    expect(await left()).toEqual([0, 0, 0, 1]);
  });
});

describe("completing and expiring a draft", () => {
  // Two nodes, whose clocks differ by what makes the draft due for one of them alone.
  it.each([0, 1, 2, 3, 4, 5, 6, 7])(
    "one of them wins, when it comes %i turns later",
    async (turns) => {
      for (const isExpiryFirst of [true, false]) {
        const before = await left();
        const own = resourcesOn(db, () => dayMs - 1);
        const born = resourcesOn(db, () => 0);
        const { row } = await born.create(
          passports,
          {},
          { parents: [], bind: async () => undefined },
        );
        const at = { id: row.id, property: "back" };
        const back = file();
        await own.putFile(passports, at, back.file, { bind: back.bind });
        const complete = async (): Promise<string> => {
          const front = file();
          const work = own.putFile(passports, { ...at, property: "front" }, front.file, {
            bind: front.bind,
          });
          return work.then(
            ({ row: now }) => (now.draft ? "draft" : "complete"),
            (error: unknown) => (isWaybillError(error) ? error.code : String(error)),
          );
        };
        const expire = (): Promise<unknown> => expireDrafts({ db, clock: { now: () => dayMs } });
        const [first, second] = isExpiryFirst ? [expire, complete] : [complete, expire];
        const started = first();
        for (let turn = 0; turn < turns; turn++)
          await new Promise((resolve) => setImmediate(resolve));
        const [one, two] = await Promise.all([started, second()]);
        const completed = isExpiryFirst ? two : one;
        const [rows = 0, attached = 0, stored = 0, dead = 0] = await left();
        const change = [rows, attached, stored, dead].map((each, i) => each - (before[i] ?? 0));
        if (completed === "complete") expect(change).toEqual([1, 2, 2, 0]);
        else expect([completed, ...change]).toEqual(["not-found", 0, 0, 0, 1]);
        expect((await own.list(query)).total).toBe(rows);
      }
    },
  );

  it("takes no draft that was completed after it was found due", async () => {
    const own = resourcesOn(db, () => 0);
    await createDraft(own);
    await put(own, "back");
    const late = watched(async () => undefined);
    let isCompleted = false;
    const all: Db["all"] = async (text, params) => {
      const found = await db.all(text, params);
      if (text.includes("expires_at <=") && !isCompleted) {
        isCompleted = true;
        await put(own, "front");
      }
      return found as never;
    };
    await expireDrafts({ db: { ...late, all }, clock: { now: () => dayMs } });
    expect(isCompleted).toBe(true);
    expect(await left()).toEqual([1, 2, 2, 0]);
  });

  it("takes what is below a draft with it", async () => {
    const born = resourcesOn(db, () => 0);
    await createDraft(born);
    await db.run(
      `INSERT INTO resource (collection, id, seq, document, version, draft, created_at, updated_at)
      VALUES ('/p/1/notes', '1', 1, '{}', 1, 0, 0, 0), ('/p/10/notes', '1', 1, '{}', 1, 0, 0, 0)`,
    );
    await expireDrafts({ db, clock: { now: () => dayMs } });
    expect(await db.all("SELECT collection FROM resource")).toEqual([
      { collection: "/p/10/notes" },
    ]);
  });
});

it("many drafts expire in steps", async () => {
  const born = resourcesOn(db, () => 0);
  for (let made = 0; made < 45; made++)
    await born.create(passports, {}, { parents: [], bind: async () => undefined });
  const rounds: boolean[] = [];
  do rounds.push(await expireDrafts({ db, clock: { now: () => dayMs } }));
  while (rounds.at(-1));
  expect(rounds).toEqual([true, true, false]);
  expect(await left()).toEqual([0, 0, 0, 0]);
});

/** Rows of resources, attachments, blobs, tombstones. */
async function left(): Promise<number[]> {
  const tables = ["resource", "attachment", "blob", "tombstone"];
  const counts = tables.map((table) => db.get(`SELECT COUNT(*) AS n FROM ${table}`));
  return (await Promise.all(counts)).map((row) => Number(row?.["n"]));
}
