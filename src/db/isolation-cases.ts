// The contract of transactions beside others, as cases for `testDb`: of this process, and of another one where there can
// be one. Each is as if it had been alone.
import assert from "node:assert/strict";
import { answers } from "./idempotency.js";
import { resources } from "./resources.js";
import { assertCode, blob, change, idsOf, name, put, row, upload } from "./test-rows.js";
import { attachments } from "./attachments.js";
import { blobs } from "./blobs.js";
import { uploads } from "./uploads.js";
import type { Db } from "./db.js";
import type { DbCases, DbUnderTest } from "./test-rows.js";

export const isolationCases: DbCases = {
  "two processes: no change of the same row is lost": async (db, subject) => {
    await db.transaction((sql) => resources.insert(sql, row("counter", 1, { n: 0 })));
    await withBoth(db, subject, async (each) => {
      for (let i = 0; i < 10; i++) await Promise.all(each.map(add));
      assert.deepEqual((await resources.get(db, name("counter")))?.document, {
        n: 10 * each.length,
      });
    });
  },
  "a transaction runs what is sent together in the order of the calls, and fails with the first":
    async (db) => {
      const place = { collection: "c", resourceId: "1", property: "/pic", position: 0 };
      const create = (n: number) =>
        db.transaction((sql) =>
          Promise.allSettled([
            resources.insert(sql, row("1", n, {})),
            blobs.insert(sql, blob(n)),
            attachments.attach(sql, { ...place, blobId: `b${n}`, createdAt: 0 }),
          ]),
        );
      await create(1);
      assert.equal((await attachments.ofResource(db, name("1"))).length, 1);
      await assertCode(create(2), "conflict"); // the id is taken
      assert.equal(await blobs.get(db, "b2"), undefined);
    },
  "two processes: what each saw still holds when both are done": async (db, subject) => {
    // Each takes one away as long as two are there: write skew would leave none.
    await withBoth(db, subject, async (each) => {
      for (let round = 0; round < 10; round++) {
        await db.run("DELETE FROM resource");
        await db.transaction(async (sql) => {
          await resources.insert(sql, row("0", 1, {}));
          await resources.insert(sql, row("1", 2, {}));
        });
        await Promise.all([...each, ...each].map(leave));
        assert.equal((await idsOf(db)).length, 1);
      }
    });
  },
  "two processes: one of those who take the same is first": async (db, subject) => {
    await withBoth(db, subject, async (each) => {
      for (let round = 0; round < 10; round++) {
        const id = `u${round}`;
        const held = blob(round);
        await db.transaction(async (sql) => {
          await blobs.insert(sql, held);
          await uploads.insert(sql, upload(id, { blob: held }));
        });
        const attach = (on: Db): Promise<boolean> =>
          on.transaction((sql) => uploads.attach(sql, { id, nowMs: 99 }));
        const expire = async (on: Db): Promise<boolean> =>
          (await on.transaction((sql) => uploads.expire(sql, { ids: [id], nowMs: 100 }))).length >
          0;
        const all = await Promise.all(each.flatMap((on) => [attach(on), expire(on)]));
        assert.equal(all.filter(Boolean).length, 1, `round ${round}`);
      }
    });
  },
  "two processes: one of those who answer under the same name is first": async (db, subject) => {
    const answer = { principal: null, operation: "POST /c", status: 201, headers: {}, body: null };
    await withBoth(db, subject, async (each) => {
      for (let round = 0; round < 10; round++) {
        const all = await Promise.all(
          each.map((on, i) =>
            on.transaction(async (sql) => {
              const row = {
                ...answer,
                key: `k${round}`,
                digest: String(i),
                createdAt: 1,
                expiresAt: 9,
              };
              if (!(await answers.insert(sql, row))) return false;
              await resources.insert(sql, row0(round));
              return true;
            }),
          ),
        );
        assert.equal(all.filter(Boolean).length, 1);
      }
      assert.equal((await idsOf(db)).length, 10);
    });
  },
  "two processes: a file is not forgotten while it is attached elsewhere": async (db, subject) => {
    await withBoth(db, subject, async ([one = db, other = one]) => {
      for (let round = 0; round < 10; round++) {
        const held = blob(round);
        const id = `r${round}`;
        await db.transaction(async (sql) => {
          await blobs.insert(sql, held);
          await resources.insert(sql, row(id, round + 1, {}));
        });
        const place = { collection: "c", resourceId: id, property: "/p", position: 0 };
        const attached = one.transaction((sql) =>
          attachments.attach(sql, { ...place, blobId: held.reference.id, createdAt: 1 }),
        );
        const forgotten = other.transaction((sql) =>
          blobs.delete(sql, { ids: [held.reference.id], nowMs: 1 }),
        );
        // Whoever is second hears that it cannot be, or finds nothing to do; never neither row without the other.
        await Promise.allSettled([attached, forgotten]);
        const found = await attachments.ofResource(db, name(id));
        const kept = await blobs.get(db, held.reference.id);
        assert.equal(found.length === 1, kept !== undefined, `round ${round}`);
      }
    });
  },
  "two processes: numbers are each one's own": async (db, subject) => {
    await withBoth(db, subject, async (each) => {
      const all = await Promise.all(
        each.flatMap((on) =>
          Array.from({ length: 20 }, () =>
            on.transaction((sql) => resources.nextId(sql, "numbers")),
          ),
        ),
      );
      assert.equal(new Set(all).size, all.length);
      assert.equal(Math.min(...all), 1);
    });
  },
  "work that fails is not run again": async (db) => {
    let times = 0;
    await assert.rejects(
      db.transaction(async () => {
        times++;
        throw new Error("no");
      }),
      /no/,
    );
    assert.equal(times, 1);
  },
  "whoever turns a conflict into another error is heard": async (db) => {
    await db.transaction((sql) => put(sql, "a"));
    const mine = new Error("mine");
    const taken = db.transaction((sql) =>
      put(sql, "a").catch(() => {
        throw mine;
      }),
    );
    await assert.rejects(taken, (error) => error === mine);
    await assertCode(
      db.transaction((sql) => put(sql, "a")),
      "conflict",
    );
  },
};

async function add(on: Db): Promise<void> {
  await on.transaction(async (sql) => {
    const found = await resources.get(sql, name("counter"));
    const n = Number(found?.document["n"]) + 1;
    assert.ok(await resources.update(sql, change("counter", found?.version ?? 0, { n })));
  });
}

/** Takes one away, if there are two. */
async function leave(on: Db, i: number): Promise<void> {
  await on.transaction(async (sql) => {
    if ((await idsOf(sql)).length === 2) await resources.delete(sql, name(String(i % 2)));
  });
}

function row0(n: number) {
  return row(`a${n}`, n + 1, {});
}

async function withBoth(
  db: Db,
  { reopen }: DbUnderTest,
  work: (each: readonly Db[]) => Promise<void>,
): Promise<void> {
  const other = await reopen?.();
  try {
    await work(other ? [db, other] : [db]);
  } finally {
    await other?.close();
  }
}
