// One object of Google's, by name: what is known of it, and how it goes.
import type { BucketStat } from "./bucket.js";
import { gcsFault, statusOf, type GcsConnection } from "./gcs-connection.js";

export interface GcsStat extends BucketStat {
  readonly mediaType: string | undefined;
  /** In base64. */
  readonly crc32c: string | undefined;
}

/** Undefined where there is none. */
export async function statGcs(
  connection: GcsConnection,
  name: string,
): Promise<GcsStat | undefined> {
  try {
    const [found] = await connection.ask(() => connection.at(name).getMetadata());
    const version = String(found.generation);
    const { contentType: mediaType, crc32c } = found;
    return { size: Number(found.size), version, sha256: undefined, mediaType, crc32c };
  } catch (error) {
    const fault = gcsFault(error);
    if (fault.code === "not-found") return undefined;
    throw fault;
  }
}

/** Of that generation alone, where one is given. */
export async function removeGcs(
  connection: GcsConnection,
  name: string,
  version?: string,
): Promise<void> {
  try {
    const options = version === undefined ? {} : { ifGenerationMatch: version };
    await connection.ask(() => connection.at(name).delete({ ignoreNotFound: true, ...options }));
  } catch (error) {
    const fault = gcsFault(error);
    if (statusOf(fault.cause) !== 412) throw fault;
  }
}
