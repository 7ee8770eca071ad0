// The data of a server: a folder with a database and files that one process has at a time, or nothing but memory.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { WaybillError } from "../base/fault.js";
import type { Db } from "../db/db.js";
import { lockProcess, type ProcessLock } from "../db/process-lock.js";
import { createSqliteDb } from "../db/sqlite-db.js";
import { createDiskStore } from "../store/disk-store.js";
import { createMemoryStore } from "../store/memory-store.js";
import type { Store } from "../store/store.js";
import { refuseStored } from "../upload/prune.js";

export interface Data {
  readonly db: Db;
  readonly store: Store;
  /** No other process has them: what is left unfinished in there is a dead one's. Default false. */
  readonly isAlone?: boolean;
  close(): Promise<void>;
}

/** A folder, or `:memory:`. Rejects with `unavailable` while another process has the folder. */
export async function openData(data: string): Promise<Data> {
  if (data === ":memory:") {
    const db = await createSqliteDb({ path: data });
    return { db, store: createMemoryStore(), isAlone: true, close: () => db.close() };
  }
  await mkdir(data, { recursive: true });
  // The sweep at start takes what no row names for the leavings of a crash: nobody else may be writing.
  const lock = lockFolder(data);
  try {
    const { db, store } = await openFolder(data);
    const close = (): Promise<void> => db.close().finally(() => lock.release());
    return { db, store, isAlone: true, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openFolder(data: string): Promise<Omit<Data, "close">> {
  const store = await createDiskStore({ folder: join(data, "files") });
  // To a database that was lost and made anew, every file would be one that a crash has left.
  const beforeTables = (): Promise<void> => refuseStored(store);
  return { db: await createSqliteDb({ path: join(data, "waybill.db"), beforeTables }), store };
}

function lockFolder(data: string): ProcessLock {
  try {
    return lockProcess(join(data, "waybill.lock"));
  } catch (error) {
    const detail = `The folder ${data} is in use by another process, or cannot be written.`;
    throw new WaybillError({ code: "unavailable", detail }, { cause: error });
  }
}
