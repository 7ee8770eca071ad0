// The objects of the fake of Google Cloud Storage: generations, preconditions, checksums, composing, and uploads that come
// in over several requests. Knows no HTTP but the statuses that it refuses with.
import { createHash, randomUUID } from "node:crypto";
import { Crc32c } from "../../src/upload/crc32c.js";
import { Refusal } from "./gcs-refusal.js";

export interface StoredObject {
  readonly bucket: string;
  readonly name: string;
  readonly bytes: Buffer;
  readonly generation: string;
  readonly contentType: string;
  readonly crc32c: string;
  /** Not of what was composed. */
  readonly md5Hash: string | undefined;
  readonly createdMs: number;
  /** Of what was composed. */
  readonly componentCount: number | undefined;
}

export interface NewObject {
  readonly bucket: string;
  readonly name: string;
  readonly bytes: Buffer;
  readonly contentType?: string | undefined;
  readonly ifGenerationMatch?: string | undefined;
  readonly componentCount?: number;
  /** What the client says; refused where it is not so. */
  readonly crc32c?: string | undefined;
  readonly md5Hash?: string | undefined;
}

export interface Session extends Omit<NewObject, "bytes"> {
  readonly id: string;
  readonly size: number | undefined;
  readonly chunks: Buffer[];
  received: number;
  object: StoredObject | undefined;
  isCancelled: boolean;
}

export interface GcsObjects {
  createBucket(name: string): void;
  put(object: NewObject): StoredObject;
  /** Of that generation alone, where one is named. */
  get(bucket: string, name: string, generation?: string): StoredObject;
  find(bucket: string, name: string): StoredObject | undefined;
  delete(bucket: string, name: string, conditions: Conditions): void;
  /** In the order of the octets of their names. */
  list(bucket: string, prefix: string): StoredObject[];
  begin(session: Omit<NewObject, "bytes"> & { readonly size: number | undefined }): Session;
  session(id: string): Session;
  checkMatch(bucket: string, name: string, conditions: Conditions): void;
}

export interface Conditions {
  readonly ifGenerationMatch?: string | undefined;
  readonly generation?: string | undefined;
}

export function createGcsObjects(now: () => number): GcsObjects {
  const buckets = new Map<string, Map<string, StoredObject>>();
  const sessions = new Map<string, Session>();
  let last = BigInt(now()) * 1000n;
  const inBucket = (bucket: string): Map<string, StoredObject> => {
    const found = buckets.get(bucket);
    if (!found) throw new Refusal(404, "notFound", "The specified bucket does not exist.");
    return found;
  };
  const objects: GcsObjects = {
    createBucket: (name) => void buckets.set(name, new Map()),
    put(object) {
      const { bucket, name, bytes, contentType = "application/octet-stream" } = object;
      const crc32c = crc32cOf(bytes);
      const md5Hash = createHash("md5").update(bytes).digest("base64");
      if ((object.crc32c ?? crc32c) !== crc32c || (object.md5Hash ?? md5Hash) !== md5Hash)
        throw new Refusal(400, "invalid", "The checksum is another one.");
      // Checked where it is written: of two at once one is there first.
      objects.checkMatch(bucket, name, object);
      last += 1n;
      const { componentCount } = object;
      const stored: StoredObject = {
        bucket,
        name,
        bytes,
        contentType,
        generation: String(last),
        crc32c,
        md5Hash: componentCount === undefined ? md5Hash : undefined,
        createdMs: now(),
        componentCount,
      };
      inBucket(bucket).set(name, stored);
      return stored;
    },
    find: (bucket, name) => inBucket(bucket).get(name),
    get(bucket, name, generation) {
      const found = objects.find(bucket, name);
      if (!found || (generation !== undefined && found.generation !== generation))
        throw new Refusal(404, "notFound", `No such object: ${bucket}/${name}`);
      return found;
    },
    delete(bucket, name, conditions) {
      objects.get(bucket, name, conditions.generation);
      objects.checkMatch(bucket, name, conditions);
      inBucket(bucket).delete(name);
    },
    list: (bucket, prefix) =>
      [...inBucket(bucket).values()]
        .filter(({ name }) => name.startsWith(prefix))
        .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))),
    begin(wanted) {
      objects.checkMatch(wanted.bucket, wanted.name, wanted);
      const id = randomUUID();
      const session = {
        ...wanted,
        id,
        chunks: [],
        received: 0,
        object: undefined,
        isCancelled: false,
      };
      sessions.set(id, session);
      return session;
    },
    session(id) {
      const found = sessions.get(id);
      if (!found) throw new Refusal(404, "notFound", "No such upload.");
      if (found.isCancelled) throw new Refusal(499, "cancelled", "The upload was cancelled.");
      return found;
    },
    checkMatch(bucket, name, { ifGenerationMatch }) {
      const there = inBucket(bucket).get(name)?.generation ?? "0";
      if (ifGenerationMatch !== undefined && ifGenerationMatch !== there)
        throw new Refusal(
          412,
          "conditionNotMet",
          "At least one of the pre-conditions you specified did not hold.",
        );
    },
  };
  return objects;
}

export function crc32cOf(bytes: Uint8Array): string {
  const crc = new Crc32c();
  crc.update(bytes);
  return crc.digest().toString("base64");
}
