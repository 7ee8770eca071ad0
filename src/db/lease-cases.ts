// The contract of leases, as cases for `testDb`.
import assert from "node:assert/strict";
import { leases } from "./leases.js";
import type { DbCases } from "./test-rows.js";

export const leaseCases: DbCases = {
  "leases: one holder at a time, and an epoch for each": async (db) => {
    const take = (holder: string, nowMs: number, name = "n") =>
      db.transaction((sql) => leases.take(sql, { name, holder, nowMs, untilMs: nowMs + 10 }));
    const hold = (epoch: number, untilMs: number) => leases.hold(db, { name: "n", epoch, untilMs });
    assert.deepEqual(
      [await take("a", 0), await take("b", 9), await take("a", 9)],
      [1, undefined, 2],
    );
    assert.equal(await take("b", 0, "other"), 1);
    assert.deepEqual(
      [await hold(1, 99), await hold(2, 25), await take("b", 24)],
      [false, true, undefined],
    );
    assert.equal(await take("b", 25), 3);
    assert.equal(await hold(2, 99), false);
    assert.equal(await hold(3, 0), true); // given back
    assert.equal(await take("a", 26), 4);
  },
};
