// Where an object store keeps what, below its prefix. Every folder's name ends in a slash, so that `images` is not
// `images2`.
import { isUuid } from "../base/id.js";
import { WaybillError } from "../base/fault.js";
import type { BucketObject } from "./bucket.js";

export interface ObjectNames {
  /** By the last two digits of the key, which are random: storages spread their load by how names begin. */
  blob(key: string): string;
  /** The folder of a blob's segments. */
  partial(key: string): string;
  /** In place of the segments of one that was deleted before it was whole: whoever joins them just then sees it. */
  grave(key: string): string;
  quarantined(key: string): string;
  /** What a client sends by itself, until it is a blob. */
  direct(key: string): string;
  readonly folders: Readonly<Record<"blobs" | "partial" | "quarantine" | "direct", string>>;
}

/** `prefix` is empty, or a path with or without slashes at its ends. */
export function createObjectNames(prefix: string): ObjectNames {
  const path = prefix.replace(/^\/+|\/+$/g, "");
  const root = path === "" ? "" : `${path}/`;
  const folders = {
    blobs: `${root}blobs/`,
    partial: `${root}partial/`,
    quarantine: `${root}quarantine/`,
    direct: `${root}direct/`,
  };
  return {
    folders,
    blob: (key) => `${folders.blobs}${checked(key).slice(-2)}/${key}`,
    partial: (key) => `${folders.partial}${checked(key)}/`,
    grave: (key) => `${folders.partial}${checked(key)}/deleted`,
    quarantined: (key) => `${folders.quarantine}${checked(key)}`,
    direct: (key) => `${folders.direct}${checked(key)}`,
  };
}

/** The objects whose name is one of these with a key at its end, each with its key. */
export async function* keyed(
  objects: AsyncIterable<BucketObject>,
  nameOf: (key: string) => string,
): AsyncGenerator<BucketObject & { readonly key: string }> {
  for await (const object of objects) {
    const key = object.name.slice(object.name.lastIndexOf("/") + 1);
    if (isUuid(key) && object.name === nameOf(key)) yield { ...object, key };
  }
}

// Anything else than a UUID could lead out of the folder.
function checked(key: string): string {
  if (!isUuid(key)) throw new WaybillError({ code: "internal", detail: "A key is a UUID." });
  return key;
}
