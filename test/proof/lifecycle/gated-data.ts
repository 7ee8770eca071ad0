// The database and the store as one process has them: each call asks a gate before it begins and before its result is
// told, so that a test can order the calls, have them fail, or never come back. When the process dies, nothing of
// what it was about to do is done, and a transaction that was open is undone.
import type { Db, Sql, SqlRow, SqlValue } from "../../../src/db/db.js";
import type {
  BlobReader,
  BlobWriter,
  PartialBlobs,
  PartialWriter,
  Quarantine,
  Store,
} from "../../../src/store/store.js";

/** Resolves when the call may go on; rejects with what it is to fail with; may never settle. */
export type Gate = (call: string) => Promise<void>;

export interface GatedData {
  readonly db: Db;
  readonly store: Store;
  /** Nothing comes back from here on. */
  die(): void;
  /** Calls that are with the real database or store at this moment. */
  underWay(): number;
}

const died = new Error("The process has died.");

export function gateData({ db, store }: { db: Db; store: Store }, gate: Gate): GatedData {
  const process = createProcess(gate);
  return {
    db: gateDb(db, process),
    store: gateStore(store, process),
    die: () => process.die(),
    underWay: () => process.underWay(),
  };
}

interface Process {
  readonly dead: boolean;
  call<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Within a transaction, which must end when the process does. */
  within<T>(name: string, work: () => Promise<T>): Promise<T>;
  die(): void;
  underWay(): number;
}

function createProcess(gate: Gate): Process {
  let dead = false;
  let underWay = 0;
  const death = createDeath();
  const never = new Promise<never>(() => undefined);

  const pass = async (name: string): Promise<void> => {
    if (dead) return never;
    try {
      await gate(name);
    } finally {
      if (dead) await never;
    }
  };
  const count = async <T>(work: () => Promise<T>): Promise<T> => {
    underWay++;
    try {
      return await work();
    } finally {
      underWay--;
    }
  };
  return {
    get dead() {
      return dead;
    },
    async call(name, work) {
      await pass(name);
      try {
        return await count(work);
      } finally {
        await pass(`${name} done`);
      }
    },
    within: (name, work) =>
      Promise.race([
        death.comes,
        pass(name)
          .then(work)
          .then((value) => pass(`${name} done`).then(() => value)),
      ]),
    die() {
      dead = true;
      death.come();
    },
    underWay: () => underWay,
  };
}

function createDeath(): { readonly comes: Promise<never>; come(): void } {
  const end = new AbortController();
  const comes = new Promise<never>((_, reject) =>
    end.signal.addEventListener("abort", () => reject(died)),
  );
  comes.catch(() => undefined);
  return { comes, come: () => end.abort() };
}

const short = (text: string): string => text.trim().split(/\s+/).slice(0, 3).join(" ");

function gateDb(db: Db, process: Process): Db {
  return {
    dialect: db.dialect,
    run: (text, params) => process.call(`db ${short(text)}`, () => db.run(text, params)),
    all: <Row extends SqlRow>(text: string, params?: readonly SqlValue[]) =>
      process.call(`db ${short(text)}`, () => db.all<Row>(text, params)),
    get: <Row extends SqlRow>(text: string, params?: readonly SqlValue[]) =>
      process.call(`db ${short(text)}`, () => db.get<Row>(text, params)),
    transaction: (work) =>
      process.call("db transaction", () =>
        db.transaction(async (sql) => {
          const gated = gateSql(sql, process);
          const result = await work(gated.sql);
          if (process.dead) throw died;
          // As in Postgres: a statement that failed spoils its transaction, caught or not.
          if (gated.failure()) throw gated.failure();
          return result;
        }),
      ),
    close: async () => undefined,
  };
}

function gateSql(sql: Sql, process: Process): { sql: Sql; failure(): unknown } {
  let failure: unknown;
  const within = async <T>(text: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await process.within(`sql ${short(text)}`, work);
    } catch (error) {
      failure ??= error;
      throw error;
    }
  };
  return {
    failure: () => failure,
    sql: {
      dialect: sql.dialect,
      run: (text, params) => within(text, () => sql.run(text, params)),
      all: <Row extends SqlRow>(text: string, params?: readonly SqlValue[]) =>
        within(text, () => sql.all<Row>(text, params)),
      get: <Row extends SqlRow>(text: string, params?: readonly SqlValue[]) =>
        within(text, () => sql.get<Row>(text, params)),
    },
  };
}

function gateStore(store: Store, process: Process): Store {
  const { call } = process;
  return {
    create: (key) => gateWriter(store.create(key), process),
    open: (key) => call("store open", async () => gateReader(await store.open(key), process)),
    delete: (key) => call("store delete", () => store.delete(key)),
    list: () => gateList(() => store.list(), process),
    sweep: () => call("store sweep", () => store.sweep()),
    ...(store.partial ? { partial: gatePartial(store.partial, process) } : {}),
    ...(store.quarantine ? { quarantine: gateQuarantine(store.quarantine, process) } : {}),
  };
}

function gateWriter(writer: BlobWriter, { call }: Process): BlobWriter {
  return {
    write: (bytes) => {
      const copy = Buffer.from(bytes);
      return call("store write", async () => writer.write(copy));
    },
    close: () => call("store close", () => writer.close()),
    abort: () => call("store abort", () => writer.abort()),
  };
}

function gateReader(reader: BlobReader, process: Process): BlobReader {
  return {
    async *read(range) {
      const chunks = await process.call("store read", () => gather(reader.read(range)));
      yield* chunks;
    },
    close: () => reader.close(),
  };
}

function gatePartial(partial: PartialBlobs, process: Process): PartialBlobs {
  const { call } = process;
  return {
    open: (key, from) =>
      call("store open partial", async () => gateHalf(await partial.open(key, from), process)),
    finish: (key, size) => call("store finish", () => partial.finish(key, size)),
    list: () => gateList(() => partial.list(), process),
  };
}

function gateQuarantine(quarantine: Quarantine, process: Process): Quarantine {
  const { call } = process;
  return {
    put: (key) => call("store quarantine", () => quarantine.put(key)),
    restore: (key) => call("store restore", () => quarantine.restore(key)),
    delete: (key) => call("store purge", () => quarantine.delete(key)),
    list: () => gateList(() => quarantine.list(), process),
  };
}

function gateHalf(writer: PartialWriter, { call }: Process): PartialWriter {
  return {
    write: (bytes) => call("store append", () => writer.write(bytes)),
    sync: () => call("store sync", () => writer.sync()),
    close: () => writer.close(),
  };
}

async function* gateList<T>(list: () => AsyncIterable<T>, process: Process): AsyncGenerator<T> {
  yield* await process.call("store list", () => gather(list()));
}

export async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
