// Two stores as one, while blobs move from the second to the first: what is new goes to the first, what is not there
// is read from the second, and what was begun in the second goes on there.
import { isNotFound, WaybillError } from "../base/fault.js";
import { hasBlob } from "./has-blob.js";
import type { PartialBlobs, Quarantine, SignedUrls, Store } from "./store.js";

export function createTwoStores(first: Store, second: Store): Store {
  const both = [first, second] as const;
  const partial = twoPartials(first, second);
  const quarantine = twoQuarantines(first, second);
  const signed = twoSigned(first, second);
  return {
    create: (key) => first.create(key),
    open: (key) => firstOr(first.open(key), () => second.open(key)),
    async delete(key) {
      for (const each of both) await each.delete(key);
    },
    async *list() {
      yield* first.list();
      for await (const each of second.list()) if (!(await hasBlob(first, each.key))) yield each;
    },
    sweep: async () => (await first.sweep()) + (await second.sweep()),
    async sweepAbandoned(beforeMs) {
      let swept = 0;
      for (const each of both) swept += await (each.sweepAbandoned?.(beforeMs) ?? each.sweep());
      return swept;
    },
    graceMs: Math.max(first.graceMs ?? 0, second.graceMs ?? 0),
    ...(partial ? { partial } : {}),
    ...(quarantine ? { quarantine } : {}),
    ...(signed ? { signed } : {}),
  };
}

/** What the second says, where there is nothing in the first. */
async function firstOr<Value>(asked: Promise<Value>, other: () => Promise<Value>): Promise<Value> {
  try {
    return await asked;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return other();
  }
}

function twoPartials(first: Store, second: Store): PartialBlobs | undefined {
  const [one, two] = [first.partial, second.partial];
  if (!one || !two) return one;
  return {
    async open(key, from) {
      if (from.offset > 0) return firstOr(one.open(key, from), () => two.open(key, from));
      // Of what was begun there, nothing counts.
      await second.delete(key);
      return one.open(key, from);
    },
    finish: (key, size) => firstOr(one.finish(key, size), () => two.finish(key, size)),
    async *list() {
      yield* one.list();
      yield* two.list();
    },
  };
}

function twoQuarantines(first: Store, second: Store): Quarantine | undefined {
  const all = [first, second].flatMap(({ quarantine }) => quarantine ?? []);
  if (all.length === 0) return undefined;
  const inAny = async (work: (each: Quarantine) => Promise<boolean>): Promise<boolean> => {
    let isDone = false;
    for (const each of all) if (await work(each)) isDone = true;
    return isDone;
  };
  return {
    put: (key) => inAny((each) => each.put(key)),
    restore: (key) => inAny((each) => each.restore(key)),
    async delete(key) {
      for (const each of all) await each.delete(key);
    },
    async *list() {
      for (const each of all) yield* each.list();
    },
  };
}

/** Rejects with `not-found` for what the second has alone, which signs nothing. */
function readOr(first: Store, signed: SignedUrls): SignedUrls["read"] {
  return async (key, how) => {
    if (await hasBlob(first, key)) return signed.read(key, how);
    throw new WaybillError({ code: "not-found", detail: "It is in another store." });
  };
}

/** Uploads are begun in the first alone; what a client has begun in the second, it may end there. */
function twoSigned(first: Store, second: Store): SignedUrls | undefined {
  const [one, two] = [first.signed, second.signed];
  if (!one) return undefined;
  if (!two) return { ...one, read: readOr(first, one) };
  return {
    read: async (key, how) => ((await hasBlob(first, key)) ? one : two).read(key, how),
    begin: (key, wanted) => one.begin(key, wanted),
    // The session of one is no session of the other, and may be refused in any way.
    complete: (key, session) =>
      one.complete(key, session).catch((error: unknown) =>
        two.complete(key, session).catch(() => {
          throw error;
        }),
      ),
    async abort(key, session) {
      const ended = await Promise.allSettled([one.abort(key, session), two.abort(key, session)]);
      if (ended.some(({ status }) => status === "fulfilled")) return;
      for (const each of ended) if (each.status === "rejected") throw each.reason;
    },
    stat: async (key) => (await one.stat(key)) ?? two.stat(key),
  };
}
