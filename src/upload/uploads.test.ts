// Uploads on a real database and a store in memory: who wins, what is left, and what a crash between two
// steps leaves for the next round.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createUuid } from "../base/id.js";
import { blobs } from "../db/blobs.js";
import { createSqliteDb } from "../db/sqlite-db.js";
import { uploads as rows, type UploadState } from "../db/uploads.js";
import { createMemoryStore } from "../store/memory-store.js";
import { createIngest } from "./ingest.js";
import { createReapStep, sweepOrphans } from "./prune.js";
import { startPruner } from "./pruner.js";
import { createUploads, type StagedUpload, type Uploads } from "./uploads.js";
import type { Db } from "../db/db.js";
import type { Store } from "../store/store.js";

const dayMs = 24 * 60 * 60 * 1000;
const nobody = { principal: null, operation: null, property: null };
const anything = {
  intent: { allowedTypes: [], bytesMax: 1e9 },
  pointer: "/pic",
  checkSize: () => undefined,
};

let db: Db;
let store: Store;
let nowMs: number;
let uploads: Uploads;
const clock = { now: () => nowMs };

beforeEach(async () => {
  nowMs = 1_700_000_000_000;
  db = await createSqliteDb({ path: ":memory:" });
  store = createMemoryStore();
  uploads = create(db);
});
afterEach(() => db.close());

function create(on: Db, reapNow = reaping): Uploads {
  return createUploads({
    db: on,
    store,
    clock,
    expiresMs: dayMs,
    fileBytesMax: 1e9,
    urlsMs: 1000,
    reap: reapNow,
  });
}

async function reaping(): Promise<void> {
  const step = createReapStep({ db, store, clock });
  while (await step());
}

async function stage(by = uploads): Promise<StagedUpload> {
  const session = createIngest({
    store,
    clock,
    limits: { fileBytesMax: 1e9, imagePixelsMax: 1e9 },
  }).session();
  const sink = session.open({ ...anything.intent, declaredType: "text/plain" });
  await sink.write(Buffer.from("hello"));
  await sink.close();
  const [file] = session.files();
  if (!file) throw new Error("nothing stored");
  try {
    const staged = await by.stage(file, nobody);
    session.keep([file.reference.id]);
    return staged;
  } finally {
    await session.discardAll();
  }
}

const claim = ({ token }: StagedUpload) => uploads.claim(token, nobody, anything);
const state = async (id: string): Promise<UploadState | undefined> =>
  (await rows.get(db, id))?.state;
const code = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: { code?: string }) => error.code ?? String(error),
  );

async function stored(): Promise<number> {
  let count = 0;
  for await (const _ of store.list()) count++;
  return count;
}

describe("attach and expire", () => {
  it("exactly one wins, whichever comes first", async () => {
    for (const attachFirst of [true, false]) {
      nowMs = 1_700_000_000_000;
      const staged = await stage();
      const claimed = await claim(staged);
      const attach = () => code(db.transaction((sql) => uploads.attach(sql, claimed)));
      // At the last millisecond it can be attached, at the next it can only expire.
      const expire = async () => {
        nowMs = staged.expiresAt;
        await uploads.expire();
        return "done";
      };
      nowMs = staged.expiresAt - 1;
      const order = attachFirst ? [attach, expire] : [expire, attach];
      const results = [];
      for (const each of order) results.push(await each());
      expect(results).toEqual(attachFirst ? ["done", "done"] : ["done", "upload-not-usable"]);
      expect(await state(staged.id)).toBe(attachFirst ? "attached" : "expired");
      await reaping();
      expect(await stored()).toBe(attachFirst ? 1 : 0);
      if (attachFirst)
        await db.transaction((sql) => blobs.delete(sql, { ids: [claimed.reference.id], nowMs }));
      await reaping();
      expect(await stored()).toBe(0);
    }
  });

  it("side by side, many times: the state, the row and the bytes agree", async () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < 40; round++) {
      nowMs = 1_700_000_000_000;
      const staged = await stage();
      const claimed = await claim(staged);
      const work = [
        () => code(db.transaction((sql) => uploads.attach(sql, claimed))),
        async () => {
          nowMs = staged.expiresAt;
          await uploads.expire();
        },
        () => code(uploads.abort(staged.id, null)),
      ];
      // In every order, and some turns of the event loop apart.
      const late = work.map(async (each, index) => {
        for (let turns = (round * (index + 1)) % 4; turns > 0; turns--)
          await new Promise((resolve) => setImmediate(resolve));
        return each();
      });
      await Promise.all(late);
      await reaping();
      const end = (await state(staged.id)) ?? "none";
      outcomes.add(end);
      const held = await blobs.keysAmong(db, [claimed.key]);
      expect([end, held.size, await stored()]).toEqual(
        end === "attached" ? [end, 1, 1] : [end, 0, 0],
      );
      await db.transaction((sql) => blobs.delete(sql, { ids: [claimed.reference.id], nowMs }));
      await reaping();
    }
    expect([...outcomes].every((each) => ["attached", "expired", "aborted"].includes(each))).toBe(
      true,
    );
    expect(outcomes.size).toBeGreaterThan(1);
  });

  it("a transaction that fails after it gives the token back", async () => {
    const staged = await stage();
    const claimed = await claim(staged);
    const failed = db.transaction(async (sql) => {
      await uploads.attach(sql, claimed);
      throw new Error("the resource did not fit");
    });
    await expect(failed).rejects.toThrow("did not fit");
    expect(await state(staged.id)).toBe("verified");
    await db.transaction((sql) => uploads.attach(sql, claimed));
    expect(await state(staged.id)).toBe("attached");
  });

  it("a lease keeps it from expiring", async () => {
    const staged = await stage();
    await db.run("UPDATE upload SET lease_until = $1", [staged.expiresAt + 1000]);
    nowMs = staged.expiresAt + 999;
    await uploads.expire();
    expect(await state(staged.id)).toBe("verified");
    nowMs++;
    await uploads.expire();
    expect(await state(staged.id)).toBe("expired");
  });
});

describe("what is left", () => {
  it("bytes that vanish between the look-up and the check are no fault of the server", async () => {
    const staged = await stage();
    const found = await claim(staged);
    await store.delete(found.key);
    expect(await code(claim(staged))).toBe("upload-not-usable");
  });

  it("a database that fails while staging leaves nothing but what the next start sweeps", async () => {
    for (const step of [1, 2]) {
      await expect(stage(create(failing(db, step)))).rejects.toThrow("disk");
      expect(await db.all("SELECT id FROM upload UNION ALL SELECT id FROM blob")).toEqual([]);
      expect(await stored()).toBe(0);
    }
  });

  it("an expiry that is cut off at any step is done by the next round", async () => {
    for (let step = 1; step <= 6; step++) {
      nowMs = 1_700_000_000_000;
      const staged = await stage();
      nowMs = staged.expiresAt;
      const cut = await code(create(failing(db, step)).expire());
      if (cut !== "done") expect([await state(staged.id), await stored()]).toEqual(["verified", 1]);
      await uploads.expire();
      await reaping();
      expect([await state(staged.id), await stored()]).toEqual(["expired", 0]);
    }
  });

  it("rows of those that ended are forgotten a day after their time", async () => {
    const staged = await stage();
    await uploads.abort(staged.id, null);
    nowMs = staged.expiresAt + dayMs - 1;
    await uploads.expire();
    expect(await state(staged.id)).toBe("aborted");
    nowMs++;
    await uploads.expire();
    expect(await state(staged.id)).toBeUndefined();
  });

  it("many are ended in small steps", async () => {
    for (let i = 0; i < 120; i++) await stage();
    nowMs += dayMs;
    const steps = [];
    for (let more = true; more; steps.push(more)) more = await uploads.expire();
    expect(steps).toEqual([true, true, false]);
    await reaping();
    expect(await stored()).toBe(0);
  });

  it("the sweep at start spares bytes of uploads under way", async () => {
    const key = createUuid(1);
    const writer = store.create(key);
    await writer.write(Buffer.from("half"));
    await writer.close();
    const staged = await stage();
    const row = await rows.get(db, staged.id);
    if (!row) throw new Error("no row");
    const half = { ...row, id: "half", key, tokenDigest: "x", state: "stored" as const };
    await db.transaction((sql) => rows.insert(sql, { ...half, blob: undefined }));
    expect(await sweepOrphans({ db, store, beforeMs: nowMs + 1 })).toEqual({
      aside: 0,
      restored: 0,
      failed: 0,
    });
    nowMs = row.expiresAt;
    await uploads.expire();
    await reaping();
    expect(await stored()).toBe(0);
  });

  it("the token is nowhere in the database", async () => {
    const { token } = await stage();
    const all = await db.all("SELECT * FROM upload");
    expect(JSON.stringify(all)).not.toContain(token.slice(4));
  });
});

describe("in several requests", () => {
  const whole = { offset: 0, size: undefined, whole: false };

  it("a sync that fails once, and then resolves for octets that are lost, counts none of them", async () => {
    let failures = 1;
    store = withSync(store, () => failures-- > 0);
    uploads = create(db);
    const { resumable } = uploads;
    const what = { size: 10, filename: undefined, declaredType: undefined, sha256: undefined };
    for (const [end, octets] of [
      ["stop", "1234567"],
      ["end", "1234567890"],
    ] as const) {
      failures = 1;
      const { id } = await resumable.reserve(what, nobody);
      const writer = await resumable.append(id, null, whole);
      await writer.write(Buffer.from("123"));
      nowMs += 30_000;
      // The lease is renewed with the commit of what is there.
      if (end === "stop") await expect(writer.write(Buffer.from("4567"))).rejects.toThrow("EIO");
      else await writer.write(Buffer.from(octets.slice(3)));
      if (end === "stop") await writer.stop();
      else await expect(writer.end()).rejects.toThrow();
      expect(await rows.get(db, id)).toMatchObject({ received: 0, leaseUntil: 0 });
    }
  });
});

describe("a writer that was stopped for days", () => {
  const what = { size: 5, filename: undefined, declaredType: undefined, sha256: undefined };
  const first = { offset: 0, size: undefined, whole: false };

  /** Another process goes on with it, and is done. */
  async function overtaken(): Promise<{ end: () => Promise<void>; key: string; token: string }> {
    const { id, token } = await uploads.resumable.reserve(what, nobody);
    const stopped = await uploads.resumable.append(id, null, first);
    await stopped.write(Buffer.from("he"));
    const other = create(db);
    const writer = await other.resumable.append(id, null, first);
    await writer.write(Buffer.from("hello"));
    await writer.end();
    await other.resumable.settle();
    return { end: () => stopped.end(), key: (await rows.get(db, id))?.key ?? "", token };
  }

  it("takes nothing of what is attached since, and of which nothing else is remembered", async () => {
    const { end, key, token } = await overtaken();
    const claimed = await uploads.claim(token, nobody, anything);
    await db.transaction((sql) => uploads.attach(sql, claimed));
    nowMs += 9 * dayMs;
    await uploads.expire();
    expect(await rows.get(db, claimed.id)).toBeUndefined();
    await expect(end()).rejects.toMatchObject({ code: "conflict" });
    await reaping();
    expect(await blobs.byKey(db, key)).toBeDefined();
    expect(await stored()).toBe(1);
  });

  it("leaves nothing of what has ended since", async () => {
    const { end, token } = await overtaken();
    nowMs += dayMs;
    await uploads.expire();
    nowMs += 9 * dayMs;
    await uploads.expire();
    await expect(end()).rejects.toMatchObject({ code: "conflict" });
    await reaping();
    expect(await stored()).toBe(0);
    expect(await code(uploads.claim(token, nobody, anything))).toBe("upload-not-usable");
  });
});

describe("an offset that its client was told", () => {
  const what = { size: 5, filename: undefined, declaredType: undefined, sha256: undefined };
  const early = { offset: 0, epoch: 0, size: undefined, whole: false };

  it("is not changed by a request that came before, and has not begun to write", async () => {
    const { id } = await uploads.resumable.reserve(what, nobody);
    const other = create(db).resumable;
    const seen = await uploads.resumable.find(id, null);
    expect((await other.locate(id, null))?.received).toBe(0);
    const late = { ...early, epoch: seen?.epoch };
    for (const each of [uploads.resumable, other])
      expect(await code(each.append(id, null, late))).toBe("conflict");
    const { epoch } = (await other.find(id, null)) ?? {};
    const writer = await other.append(id, null, { ...early, epoch });
    await writer.write(Buffer.from("hello"));
    await writer.end();
    expect((await other.find(id, null))?.state).toBe("verified");
  });

  it("is not changed by one that writes, in this process or another", async () => {
    for (const reader of [uploads, create(db)]) {
      const { id } = await uploads.resumable.reserve(what, nobody);
      const writer = await uploads.resumable.append(id, null, early);
      await writer.write(Buffer.from("he"));
      const told = await reader.resumable.locate(id, null);
      expect(told?.received).toBe(reader === uploads ? 2 : 0);
      await writer.end().catch(() => undefined);
      expect((await rows.get(db, id))?.received).toBe(told?.received);
    }
  });
});

describe("what nobody has asked for", () => {
  const piece = { offset: 0, size: undefined, whole: false };
  const what = { size: 5, filename: undefined, declaredType: undefined, sha256: undefined };

  async function receive(): Promise<string> {
    const { id } = await uploads.resumable.reserve(what, nobody);
    const writer = await uploads.resumable.append(id, null, piece);
    await writer.write(Buffer.from("hello"));
    await writer.end();
    return id;
  }

  it("is verified, also behind one that cannot be", async () => {
    const [first, second] = [await receive(), await receive()];
    await store.delete((await rows.get(db, first))?.key ?? "");
    await expect(uploads.resumable.settle()).rejects.toThrow("Not all");
    expect([await state(first), await state(second)]).toEqual(["stored", "verified"]);
  });

  it("and was verified by another process meanwhile, has one blob", async () => {
    const id = await receive();
    // Between the look and the compare-and-set, as databases allow that do not lock what is read.
    const overtaken: Db = {
      ...db,
      transaction: (work) =>
        db.transaction((sql) =>
          work({
            ...sql,
            run: async (text, params) => {
              if (text.includes("INTO blob"))
                await sql.run("UPDATE upload SET state = 'aborted' WHERE id = $1", [id]);
              return sql.run(text, params);
            },
          }),
        ),
    };
    await create(overtaken).resumable.settle();
    expect(await db.all("SELECT id FROM blob")).toEqual([]);
  });
});

describe("the pruner", () => {
  it("goes on after a step that fails, and stops in the middle", async () => {
    const done: string[] = [];
    const errors: unknown[] = [];
    const pruner = startPruner({
      intervalMs: 1e6,
      onError: (error) => errors.push(error),
      steps: [
        () => Promise.reject(new Error("disk")),
        async () => {
          done.push("b");
          return done.length < 3;
        },
      ],
    });
    await Promise.all([pruner.run(), pruner.run()]);
    expect([done, errors.length]).toEqual([["b", "b", "b"], 1]);
    done.length = 0;
    const endless = startPruner({ intervalMs: 1, steps: [async () => done.push("x") > 0] });
    await expect.poll(() => done.length).toBeGreaterThan(2);
    await endless.stop();
    const { length } = done;
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(done.length).toBe(length);
    await pruner.stop();
  });
});

/** The same database, in which the n-th statement of each transaction fails. */
function failing(on: Db, step: number): Db {
  return {
    ...on,
    transaction: (work) =>
      on.transaction((sql) => {
        let count = 0;
        const tick = (): void => {
          if (++count === step) throw new Error("disk");
        };
        return work({
          ...sql,
          run: async (...args) => (tick(), sql.run(...args)),
          all: async (...args) => (tick(), sql.all(...args)),
          get: async (...args) => (tick(), sql.get(...args)),
        });
      }),
  };
}

/** The same store, whose partial blobs are synced unless that `fails`. */
function withSync(on: Store, fails: () => boolean): Store {
  const { partial } = on;
  if (!partial) throw new Error("no partial blobs");
  return {
    ...on,
    partial: {
      ...partial,
      open: async (key, from) => ({
        ...(await partial.open(key, from)),
        sync: async () => {
          if (fails()) throw new Error("EIO");
        },
      }),
    },
  };
}
