// The data of a server: rows and blobs, each by where they are. A folder's are for one process at a time.
import { existsSync } from "node:fs";
import { WaybillError } from "../base/fault.js";
import type { Db } from "../db/db.js";
import { createTwoStores } from "../store/two-stores.js";
import type { Store } from "../store/store.js";
import { refuseStored } from "../upload/prune.js";
import { dbOfFolder, openDb, openDbBeside } from "./open-db.js";
import { openStore, openStoreBeside, storeOfFolder, type OpenedStore } from "./open-store.js";
import { isSamePlace, showPlace } from "./place.js";

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
  /** Another store, for what is not in the first. */
  readonly readAlso?: string | undefined;
}

export interface FullPlaces {
  readonly db: string;
  readonly store: string;
  readonly readAlso: string | undefined;
}

/** Throws a TypeError where one would outlive the other. */
export function placesOf({ data, db, store, readAlso }: DataPlaces): FullPlaces {
  const places = { db: db ?? dbOfFolder(data), store: store ?? storeOfFolder(data), readAlso };
  if (readAlso !== undefined && isSamePlace(readAlso, places.store))
    throw new TypeError("readAlso must be another store.");
  if ((places.db === ":memory:") !== (places.store === ":memory:"))
    throw new TypeError("db and store must both be :memory:, or neither.");
  return places;
}

/** For people; without what is secret. */
export function showPlaces(said: DataPlaces): string {
  if (said.db === undefined && said.store === undefined && said.readAlso === undefined)
    return said.data;
  const { db, store, readAlso } = placesOf(said);
  const also = readAlso === undefined ? "" : `, reading ${showPlace(readAlso)} too`;
  return `${showPlace(db)} and ${showPlace(store)}${also}`;
}

/** Rejects with `unavailable` while another process has what is for one alone, and with a TypeError for a wrong place. */
export async function openData(said: DataPlaces): Promise<Data> {
  const places = placesOf(said);
  const blobs = await openStores(places);
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

async function openStores({ store, readAlso }: FullPlaces): Promise<OpenedStore> {
  const first = await openStore(store);
  if (readAlso === undefined) return first;
  try {
    const second = await openStore(readAlso);
    return {
      store: createTwoStores(first.store, second.store),
      isShared: first.isShared || second.isShared,
      close() {
        first.close();
        second.close();
      },
    };
  } catch (error) {
    first.close();
    throw error;
  }
}

/**
 * Beside the servers that have them, and without their locks: makes and changes nothing. Rejects with `unavailable` for
 * what is not there: it may be a disk that is missing.
 */
export async function openDbOf(said: DataPlaces): Promise<Db> {
  const { db } = placesOf(said);
  if (db === ":memory:") throw new TypeError("data must be a folder.");
  if (said.db === undefined) requireFolder(said.data);
  return openDbBeside(db);
}

/** As `openDbOf`. */
export async function openStoreOf(said: DataPlaces): Promise<Store> {
  const { store, readAlso } = placesOf(said);
  if (said.store === undefined) requireFolder(said.data);
  const first = await openStoreBeside(store);
  return readAlso === undefined ? first : createTwoStores(first, await openStoreBeside(readAlso));
}

function requireFolder(folder: string): void {
  if (existsSync(folder)) return;
  throw new WaybillError({ code: "unavailable", detail: `There is no folder ${folder}.` });
}
