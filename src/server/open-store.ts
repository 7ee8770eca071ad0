// Blobs, by where they are: an object storage by URL, a folder by path. A folder is for one process, since its unfinished
// files do not tell one writer from another. SDKs are loaded only when they are used.
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bucket } from "../store/bucket.js";
import { createDiskStore, openDiskStore } from "../store/disk-store.js";
import { createMemoryStore } from "../store/memory-store.js";
import type { Store } from "../store/store.js";
import { lockFolder } from "./lock-folder.js";
import { refuseScheme, requirePath, schemeOf, urlOf } from "./place.js";

export interface OpenedStore {
  readonly store: Store;
  /** Other processes may have it as well. */
  readonly isShared: boolean;
  close(): void;
}

type OpenBucket = (url: URL) => Promise<Bucket> | Bucket;

/** Each in its own file, so that an SDK is loaded when it is used. */
const buckets: Readonly<Record<string, () => Promise<OpenBucket>>> = {
  s3: async () => (await import("../store/s3-bucket.js")).createS3Bucket,
  azure: async () => (await import("../store/azure-bucket.js")).createAzureBucket,
  gs: async () => (await import("../store/gcs-bucket.js")).createGcsBucket,
};

/** Makes a folder that is missing. Rejects with a TypeError for a place that cannot be meant. */
export async function openStore(place: string): Promise<OpenedStore> {
  if (place === ":memory:")
    return { store: createMemoryStore(), isShared: false, close: () => undefined };
  const folder = folderOf(place);
  if (folder === undefined)
    return { store: await openObjects(place), isShared: true, close: () => undefined };
  const path = resolve(folder);
  const store = await createDiskStore({ folder: path });
  // Beside it: in there are files alone.
  const lock = lockFolder(dirname(path), `${basename(path)}.lock`);
  return { store, isShared: false, close: () => lock.release() };
}

/** Makes nothing, and takes no lock: beside the servers that have it. */
export async function openStoreBeside(place: string): Promise<Store> {
  const folder = folderOf(place);
  return folder === undefined ? openObjects(place) : openDiskStore({ folder });
}

/** To be filled beside servers that may have it: makes a folder that is missing, and takes no lock. */
export async function openStoreToFill(place: string): Promise<Store> {
  const folder = folderOf(place);
  return folder === undefined ? openObjects(place) : createDiskStore({ folder });
}

/** Undefined for an object storage. Throws a TypeError for a scheme that there is none for. */
function folderOf(place: string): string | undefined {
  const scheme = schemeOf(place);
  if (scheme === undefined) return requirePath("store", place);
  if (scheme === "file") return fileURLToPath(place);
  const known = Object.keys(buckets);
  return known.includes(scheme) ? undefined : refuseScheme("store", place, [...known, "file"]);
}

async function openObjects(place: string): Promise<Store> {
  const url = urlOf("store", place);
  const open = await buckets[url.protocol.slice(0, -1)]?.();
  if (!open) return refuseScheme("store", place, Object.keys(buckets));
  const { createObjectStore } = await import("../store/object-store.js");
  return createObjectStore({ bucket: await open(url), prefix: decodeURIComponent(url.pathname) });
}

/** Where the files of a data folder lie. */
export function storeOfFolder(data: string): string {
  return data === ":memory:" ? data : join(data, "files");
}
