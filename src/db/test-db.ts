// The contract of a database as test cases for any runner: transactions, durability, and every query
// that Waybill makes. Part of `waybill/testing`; knows no database but the one it is handed.
import assert from "node:assert/strict";
import { isWaybillError } from "../base/fault.js";
import { deliveryCases } from "./delivery-cases.js";
import { directUploadCases } from "./direct-upload-cases.js";
import { eventCases } from "./event-cases.js";
import { isolationCases } from "./isolation-cases.js";
import { jsonCases } from "./json-cases.js";
import { leaseCases } from "./lease-cases.js";
import { migrate } from "./migrations.js";
import { resources } from "./resources.js";
import { tableCases } from "./table-cases.js";
import { assertCode, change, idsOf, name, put, row } from "./test-rows.js";
import { uploadWriterCases } from "./upload-writer-cases.js";
import type { DbCases, DbUnderTest } from "./test-rows.js";

export type { DbUnderTest } from "./test-rows.js";

export interface DbCase {
  readonly name: string;
  run(): Promise<void>;
}

/** `for (const { name, run } of testDb("mine", make)) it(name, run)` */
export function testDb(name: string, make: () => Promise<DbUnderTest>): DbCase[] {
  return Object.entries({
    ...transactionCases,
    ...isolationCases,
    ...jsonCases,
    ...tableCases,
    ...eventCases,
    ...deliveryCases,
    ...uploadWriterCases,
    ...directUploadCases,
    ...leaseCases,
  }).map(([title, run]) => ({
    name: `${name}: ${title}`,
    async run() {
      const subject = await make();
      try {
        await run(subject.db, subject);
      } finally {
        await subject.dispose();
      }
    },
  }));
}

const transactionCases: DbCases = {
  "commits before it resolves": async (db, { reopen }) => {
    await db.transaction((sql) => put(sql, "a"));
    assert.deepEqual(await idsOf(db), ["a"]);
    if (!reopen) return;
    const other = await reopen();
    assert.deepEqual(await idsOf(other), ["a"]);
    await other.close();
  },
  "a rejected transaction leaves nothing": async (db) => {
    const failed = db.transaction(async (sql) => {
      await put(sql, "a");
      throw new Error("no");
    });
    await assert.rejects(failed, /no/);
    assert.deepEqual(await idsOf(db), []);
  },
  "hands on what the work resolves to": async (db) => {
    assert.equal(await db.transaction(async () => undefined), undefined);
    assert.equal(await db.transaction(async () => 7), 7);
  },
  "many at once: each stands or falls alone": async (db) => {
    const names = Array.from({ length: 600 }, (_, i) => `r${String(i).padStart(3, "0")}`);
    const settled = await Promise.allSettled(
      names.map((name, i) =>
        db.transaction(async (sql) => {
          await put(sql, name);
          if (i % 3 === 0) throw new Error("third");
          if (i % 3 === 1) await put(sql, name); // the id is taken
          return name;
        }),
      ),
    );
    const kept = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    assert.equal(kept.length, 200);
    assert.deepEqual(await idsOf(db), kept);
    const codes = settled.flatMap((each) =>
      each.status === "rejected" && isWaybillError(each.reason) ? [each.reason.code] : [],
    );
    assert.equal(codes.filter((code) => code === "conflict").length, 200);
  },
  "transactions do not see each other's half": async (db) => {
    await db.transaction((sql) => resources.insert(sql, row("counter", 1, { n: 0 })));
    const add = () =>
      db.transaction(async (sql) => {
        const found = await resources.get(sql, name("counter"));
        await Promise.resolve();
        const n = Number(found?.document["n"]) + 1;
        assert.ok(await resources.update(sql, change("counter", found?.version ?? 0, { n })));
      });
    await Promise.all(Array.from({ length: 50 }, add));
    assert.deepEqual((await resources.get(db, name("counter")))?.document, { n: 50 });
  },
  "reads outside see committed rows only": async (db) => {
    const seen: string[][] = [];
    const outside: Promise<void>[] = [];
    await db.transaction(async (sql) => {
      await put(sql, "a");
      outside.push(idsOf(db).then((found) => void seen.push(found)));
      await pause();
      if (seen.length > 0) assert.deepEqual(seen, [[]]);
      await put(sql, "b");
      assert.deepEqual(await idsOf(sql), ["a", "b"]);
    });
    await Promise.all(outside);
    assert.ok(["", "a,b"].includes(seen.join(";")), `saw ${seen.join(";")}`);
  },
  "a failed statement spoils its transaction, even when it is caught": async (db) => {
    await db.transaction((sql) => put(sql, "a"));
    const spoilt = db.transaction(async (sql) => {
      await put(sql, "b");
      await put(sql, "a").catch(() => undefined);
    });
    await assertCode(spoilt, "conflict");
    assert.deepEqual(await idsOf(db), ["a"]);
  },
  "a transaction that is over takes no statement": async (db) => {
    const kept = await db.transaction(async (sql) => ({ sql }));
    await assertCode(put(kept.sql, "late"), "internal");
    assert.deepEqual(await idsOf(db), []);
  },
  "run outside a transaction is one by itself": async (db) => {
    await db.transaction((sql) => put(sql, "a"));
    assert.equal(await db.run("DELETE FROM resource WHERE id = $1", ["a"]), 1);
    assert.equal(await db.run("DELETE FROM resource WHERE id = $1", ["a"]), 0);
  },
  "close waits for what is queued and refuses what is later": async (db) => {
    const queued = Promise.all(["a", "b", "c"].map((id) => db.transaction((sql) => put(sql, id))));
    await db.close();
    await queued;
    await assertCode(
      db.transaction(async () => 1),
      "unavailable",
    );
    await assertCode(idsOf(db), "unavailable");
  },
  "values come back as they were": async (db) => {
    const values = ["", "0", "ü\u{1f600}'\"\\", 0, -1, 1.5, 2 ** 40, null];
    for (const value of values) {
      const cast = typeof value === "number" ? "CAST($1 AS DOUBLE PRECISION)" : "CAST($1 AS TEXT)";
      const found = await db.get(`SELECT ${cast} AS value`, [value]);
      assert.deepEqual(found, { value });
    }
    assert.equal(await db.get("SELECT id FROM blob"), undefined);
  },
  "parameters go by number, not by order": async (db) => {
    const text = "SELECT CAST($2 AS TEXT) AS b, CAST($1 AS TEXT) AS a, '$1' AS quoted";
    assert.deepEqual(await db.get(text, ["1", "2"]), { b: "2", a: "1", quoted: "$1" });
  },
  "migrations may run again": async (db) => {
    await db.transaction((sql) => put(sql, "a"));
    await migrate(db);
    assert.deepEqual(await idsOf(db), ["a"]);
  },
};

function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
