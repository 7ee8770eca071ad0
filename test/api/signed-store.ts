// A store in memory that clients send to by themselves: what object storages do, for orders of events that a real one
// cannot be brought to. That they really do it, test/backends sees.
import { randomUUID } from "node:crypto";
import { WaybillError } from "../../src/base/fault.js";
import { createMemoryStore } from "../../src/store/memory-store.js";
import type { DirectRequest, SignedRead, Store, StoredObject } from "../../src/store/store.js";

export interface SignedStore {
  readonly store: Store;
  /** The client's own request. */
  send(url: string, bytes: Uint8Array): Promise<number>;
  /** Somebody writes where nobody may. */
  overwrite(key: string, bytes: Uint8Array): Promise<void>;
  keys(): Promise<string[]>;
  /** Sessions that were begun and neither completed nor ended. */
  readonly sessions: ReadonlyMap<string, string>;
  readonly begun: DirectRequest[];
  readonly reads: (SignedRead & { readonly key: string })[];
  /** Called before each of its effects. */
  before: (call: string) => Promise<void>;
}

/** With `saysDigest`, as a storage that computes SHA-256 itself. */
export function createSignedStore(saysDigest?: (key: string) => string): SignedStore {
  const inner = createMemoryStore();
  const sessions = new Map<string, string>();
  const sent = new Map<string, Uint8Array>();
  const versions = new Map<string, number>();
  const done = new Map<string, Promise<void>>();
  let writes = 0;

  const put = async (key: string, bytes: Uint8Array): Promise<void> => {
    await inner.delete(key);
    const writer = inner.create(key);
    await writer.write(bytes);
    await writer.close();
    versions.set(key, ++writes);
  };
  const stat = async (key: string): Promise<StoredObject | undefined> => {
    for await (const each of inner.list())
      if (each.key === key) {
        const version = String(versions.get(key));
        return { size: each.size, version, sha256: saysDigest?.(key) };
      }
    return undefined;
  };

  const made: SignedStore = {
    sessions,
    begun: [],
    reads: [],
    before: async () => undefined,
    store: {
      ...inner,
      async delete(key) {
        sent.delete(key);
        await inner.delete(key);
      },
      signed: {
        async read(key, how) {
          made.reads.push({ key, ...how });
          return `https://store.test/${key}?expires=${how.expiresMs}`;
        },
        async begin(key, wanted) {
          await made.before("begin");
          const session = `secret ${randomUUID()}`;
          sessions.set(session, key);
          made.begun.push(wanted);
          const headers = { "content-type": wanted.mediaType };
          const url = `https://store.test/${key}?session=${encodeURIComponent(session)}`;
          return { plan: { kind: "put", method: "PUT", url, headers }, session };
        },
        async complete(key, session) {
          await made.before("complete");
          const bytes = sent.get(key);
          // Once: whoever comes second finds it there.
          if (bytes && sessions.delete(session)) done.set(key, put(key, bytes));
          await done.get(key);
          const object = await stat(key);
          if (object) return object;
          throw new WaybillError({ code: "not-found", detail: "Not all is there." });
        },
        async abort(key, session) {
          await made.before("abort");
          sessions.delete(session);
          sent.delete(key);
          await inner.delete(key);
        },
        stat,
      },
    },
    async send(url, bytes) {
      const { pathname, searchParams } = new URL(url);
      const key = pathname.slice(1);
      if (sessions.get(searchParams.get("session") ?? "") !== key) return 403;
      sent.set(key, bytes);
      return 200;
    },
    overwrite: put,
    async keys() {
      const found = [...sent.keys()];
      for await (const { key } of inner.list()) found.push(key);
      return [...new Set(found)];
    },
  };
  return made;
}
