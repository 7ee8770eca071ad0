// The contract of filters, orders and text, as cases for `testDb`: by type, in the order of octets, and whatever clients
// send.
import assert from "node:assert/strict";
import { indexProperties } from "./property-index.js";
import { resources } from "./resources.js";
import { alterBeside } from "./alter-tables.js";
import { name, row } from "./test-rows.js";
import type { Json } from "../base/json.js";
import type { Db } from "./db.js";
import type { DbCases } from "./test-rows.js";

/** Each is found by itself alone, and stands in this order, the ones with the same rank by their number. */
const ordered: readonly (readonly Json[])[] = [
  [null],
  [-1e300],
  [-1.5],
  [false, 0],
  [5e-324],
  [true, 1],
  [2],
  [10],
  [2 ** 53],
  [1e300],
  [""],
  ["1"],
  ["10"],
  ["2"],
  ["Z"],
  ["a"],
  ["aa"],
  ["false"],
  ["null"],
  ["true"],
  ["z"],
  ["{}"],
  ["ä"],
  ["ö"],
  ["\uffff"],
  ["\u{1f600}"],
];

export const jsonCases: DbCases = {
  "lists: by type and value, in the order of octets": async (db) => {
    const values = ordered.flat();
    await db.transaction(async (sql) => {
      for (const [i, v] of values.entries())
        await resources.insert(sql, row(String(i), i + 1, { v }));
      await resources.insert(sql, row("absent", 0, {}));
    });
    for (const indexed of [false, true]) {
      if (indexed) await alterBeside(db, (sql) => indexProperties(sql, ["v"]));
      for (const [i, value] of values.entries()) {
        if (value !== null && typeof value === "object") continue;
        const want = value === null ? ["0", "absent"] : [String(i)];
        assert.deepEqual((await found(db, value)).sort(), want, JSON.stringify(value));
      }
      const order = ["absent", ...values.keys()].map(String);
      assert.deepEqual(await listed(db, false), order);
      assert.deepEqual(await listed(db, true), order.toReversed());
    }
  },
  "lists: no text is an array or an object": async (db) => {
    await db.transaction(async (sql) => {
      await resources.insert(sql, row("a", 1, { v: [1] }));
      await resources.insert(sql, row("b", 2, { v: "[1]" }));
      await resources.insert(sql, row("c", 3, { v: {} }));
    });
    assert.deepEqual(await found(db, "[1]"), ["b"]);
    assert.deepEqual(await found(db, "{}"), []);
  },
  "lists: whatever documents hold, none of them is in the way": async (db) => {
    await alterBeside(db, (sql) => indexProperties(sql, ["v", "w"]));
    await db.transaction(async (sql) => {
      for (const [i, v] of hostile.entries())
        await resources.insert(sql, row(String(i), i + 1, { v, [String(v)]: v, w: i }));
    });
    for (const [i, v] of hostile.entries()) {
      const kept = await resources.get(db, name(String(i)));
      assert.deepEqual(kept?.document["v"], v, `as it was: ${i}`);
      if (typeof v !== "string" || isHalf(v) || v.includes("\0")) continue;
      assert.deepEqual(await found(db, v), [String(i)], `by its value: ${i}`);
    }
    assert.equal((await listed(db, true)).length, hostile.length);
    assert.deepEqual(await found(db, "\0\u{1f600}").then((ids) => ids.length), 0);
  },
};

const isHalf = (text: string): boolean => /\p{Cs}/u.test(text);

const hostile: readonly Json[] = [
  "\0",
  "a\0b",
  "\\u0000",
  "\\\\u0000",
  "\\\0",
  "\u0001",
  "\u0001\u0001",
  "\ud800",
  "\udc00x",
  "\\ud800",
  "\\\ud800",
  "\u{1f600}",
  "\ufffd",
  "'",
  '"',
  "\\",
  "\n",
  "\u2028",
  "$1",
  "x".repeat(20_000),
  `${"x".repeat(20_000)}y`,
  "\u{1f600}".repeat(5000),
  randomText(9000),
  -0.5,
  1.7976931348623157e308,
  nested(60),
];

/** That nothing makes shorter. */
function randomText(length: number): string {
  let state = 7;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCodePoint(0x4e00 + (state % 20_000));
  }).join("");
}

function nested(depth: number): Json {
  return depth === 0 ? [] : [nested(depth - 1)];
}

async function found(db: Db, value: string | number | boolean | null): Promise<string[]> {
  const filters = [{ property: "v", op: "eq", value }] as const;
  const rows = await resources.list(db, { ...whole, filters, order: [] });
  assert.equal(await resources.count(db, { collection: "c", filters }), rows.length);
  return rows.map(({ id }) => id);
}

async function listed(db: Db, descending: boolean): Promise<string[]> {
  const order = [{ property: "v", descending }];
  return (await resources.list(db, { ...whole, filters: [], order })).map(({ id }) => id);
}

const whole = { collection: "c", limit: 100, offset: 0 };
