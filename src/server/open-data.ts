// The data of a server: rows and blobs, each by where they are. A folder's are for one process at a time.
import { existsSync } from "node:fs";
import { WaybillError } from "../base/fault.js";
import type { Db } from "../db/db.js";
import type { Store } from "../store/store.js";
import { refuseStored } from "../upload/prune.js";
import { dbOfFolder, openDb, openDbBeside } from "./open-db.js";
import { openStore, openStoreBeside, storeOfFolder } from "./open-store.js";
import { showPlace } from "./place.js";

export interface Data {
  readonly db: Db;
  readonly store: Store;
  /** No other process has them: what is left unfinished in there is a dead one's. Default false. */
  readonly isAlone?: boolean;
  close(): Promise<void>;
}

export interface DataPlaces {
  /** A folder for what has no place of its own, or `:memory:`. */
  readonly data: string;
  /** URL or path. */
  readonly db?: string | undefined;
  readonly store?: string | undefined;
}

export interface FullPlaces {
  readonly db: string;
  readonly store: string;
}

/** Throws a TypeError where one would outlive the other. */
export function placesOf({ data, db, store }: DataPlaces): FullPlaces {
  const places = { db: db ?? dbOfFolder(data), store: store ?? storeOfFolder(data) };
  if ((places.db === ":memory:") !== (places.store === ":memory:"))
    throw new TypeError("db and store must both be :memory:, or neither.");
  return places;
}

/** For people; without what is secret. */
export function showPlaces(said: DataPlaces): string {
  if (said.db === undefined && said.store === undefined) return said.data;
  const { db, store } = placesOf(said);
  return `${showPlace(db)} and ${showPlace(store)}`;
}

/** Rejects with `unavailable` while another process has what is for one alone, and with a TypeError for a wrong place. */
export async function openData(said: DataPlaces): Promise<Data> {
  const places = placesOf(said);
  const blobs = await openStore(places.store);
  const { store } = blobs;
  try {
    // To a database that was lost and made anew, every file would be one that a crash has left.
    const rows = await openDb(places.db, () => refuseStored(store));
    const close = (): Promise<void> => rows.close().finally(() => blobs.close());
    return { db: rows.db, store, isAlone: !rows.isShared && !blobs.isShared, close };
  } catch (error) {
    blobs.close();
    throw error;
  }
}

/**
 * Beside the servers that have them, and without their locks: makes and changes nothing. Rejects with `unavailable` for
 * what is not there: it may be a disk that is missing.
 */
export async function openBeside(said: DataPlaces): Promise<Pick<Data, "db" | "store">> {
  const places = placesOf(said);
  if (places.db === ":memory:") throw new TypeError("data must be a folder.");
  const isInFolder = said.db === undefined || said.store === undefined;
  if (isInFolder && !existsSync(said.data)) {
    const detail = `There is no folder ${said.data}.`;
    throw new WaybillError({ code: "unavailable", detail });
  }
  const store = await openStoreBeside(places.store);
  return { db: await openDbBeside(places.db), store };
}
