// One object of the octets of others, by the service itself: it takes 32 at once, so that more of them are joined in
// levels, by objects beside the last one that are deleted again.
import type { File } from "@google-cloud/storage";
import { randomUUID } from "node:crypto";
import { gcsFault, statusOf, type GcsConnection } from "./gcs-connection.js";
import { createGcsWriter } from "./gcs-writer.js";
import { statGcs } from "./gcs-object.js";
import type { BucketObject } from "./bucket.js";

export interface GcsJoin {
  readonly sources: readonly Pick<BucketObject, "name" | "size">[];
  readonly to: string;
  /** Of the one source, where it is to be that one: another one is `not-found`. */
  readonly version?: string;
}

const composeMax = 32;
const isNew = { ifGenerationMatch: 0 };

export async function joinGcs(
  connection: GcsConnection,
  { sources, to, version }: GcsJoin,
): Promise<void> {
  const size = sources.reduce((sum, source) => sum + source.size, 0);
  const [first] = sources;
  try {
    if (!first) await createGcsWriter(connection, to).close();
    else if (sources.length === 1) await copy(connection, connection.at(first.name, version), to);
    else
      await compose(
        connection,
        sources.map(({ name }) => connection.at(name)),
        to,
      );
  } catch (error) {
    const fault = gcsFault(error);
    // There is one of that name: whoever joined the same before, or this process, and was not told.
    const found = statusOf(fault.cause) === 412 ? await statGcs(connection, to) : undefined;
    if (found?.size !== size) throw fault;
  }
}

/** The SDK goes on until all octets are there; large objects take several calls. */
async function copy({ ask, at }: GcsConnection, source: File, to: string): Promise<void> {
  const octets = Number((await ask(() => source.getMetadata()))[0].size);
  await ask(() => source.copy(at(to), { preconditionOpts: isNew }), octets);
}

async function compose(
  connection: GcsConnection,
  sources: readonly File[],
  to: string,
): Promise<void> {
  const { ask, at, storage, bucketName } = connection;
  const bucket = storage.bucket(bucketName);
  const made: File[] = [];
  let level = [...sources];
  try {
    while (level.length > composeMax) {
      const next: File[] = [];
      for (let from = 0; from < level.length; from += composeMax) {
        const between = at(`${to}.${randomUUID()}`);
        made.push(between);
        next.push(between);
        await ask(() => bucket.combine(level.slice(from, from + composeMax), between, isNew));
      }
      level = next;
    }
    await ask(() => bucket.combine(level, at(to), isNew));
  } finally {
    for (const each of made)
      await ask(() => each.delete({ ignoreNotFound: true })).catch(() => undefined);
  }
}
