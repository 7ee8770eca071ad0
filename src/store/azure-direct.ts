// What clients send to Azure by themselves, by shared access signatures, to another name: the blob is made of it when all is
// there, so that no URL reaches it. One request may create a blob that is not there, and nothing else ("c"); blocks need
// leave to write ("w"), with which a blob can be replaced.
import type { BlobGetPropertiesResponse } from "@azure/storage-blob";
import { unlessGone, type AzureBlobs } from "./azure-blobs.js";
import type { AzureConnection } from "./azure-connection.js";
import type { AzureJoin } from "./azure-join.js";
import { blockId } from "./azure-writer.js";
import { notAnnounced, notComplete, notThere } from "./bucket-fault.js";
import type { BucketSigned, BucketStat } from "./bucket.js";
import { partsOf } from "./direct-parts.js";
import type { DirectRequest, DirectUpload } from "./store.js";

export interface AzureDirectOptions {
  readonly blobs: AzureBlobs;
  readonly sign: NonNullable<AzureConnection["sign"]>;
  readonly join: (join: AzureJoin) => Promise<void>;
}

interface Session {
  readonly size: number;
  readonly mediaType: string;
  readonly aside: string;
  readonly inParts: boolean;
}

/** The most that one request takes (Put Blob). */
const putBytesMax = 5_242_880_000;
/** What is larger comes in parts, unless the client says otherwise. */
const putBytesUsual = 268_435_456;

/** Of the blocks that clients send: theirs alone are under that name. */
const mark = "0000000000";

export function createAzureDirect({ blobs, sign, join }: AzureDirectOptions): BucketSigned {
  const { BlobSASPermissions } = blobs.connection.sdk;
  const grant = (permissions: string, expiresMs: number) => ({
    permissions: BlobSASPermissions.parse(permissions),
    expiresOn: new Date(Date.now() + expiresMs),
  });
  return {
    read: (name, { expiresMs, mediaType, contentDisposition }) =>
      sign(name, { ...grant("r", expiresMs), contentType: mediaType, contentDisposition }),
    async begin(_name, wanted, aside) {
      const { size, mediaType, expiresMs } = wanted;
      const inParts = comesInParts(wanted);
      const url = await sign(aside, grant(inParts ? "w" : "c", expiresMs));
      const session = { size, mediaType, aside, inParts };
      return inParts ? partsPlan(url, session) : putPlan(url, session);
    },
    async complete(name, text) {
      const session: Session = JSON.parse(text);
      const { size, aside, inParts } = session;
      const found = await blobs.properties(name);
      if (!found) {
        const version = inParts
          ? await commitParts(blobs, aside, size)
          : await checkPut(blobs, aside, session);
        await join({ sources: [{ name: aside, size }], to: name, version });
      }
      await blobs.remove(aside);
      return statOf(found ?? (await blobs.properties(name)));
    },
    async abort(name, text) {
      await blobs.remove(name);
      const { aside }: Session = JSON.parse(text);
      await blobs.remove(aside);
      await blobs.discard(aside);
    },
  };
}

function comesInParts({ size, method }: DirectRequest): boolean {
  if (size === 0) return false;
  if (method === "parts" || size > putBytesMax) return true;
  return method === undefined && size > putBytesUsual;
}

function putPlan(url: string, session: Session): DirectUpload {
  const headers = { "content-type": session.mediaType, "x-ms-blob-type": "BlockBlob" };
  return {
    plan: { kind: "put", method: "PUT", url, headers },
    session: JSON.stringify(session),
  };
}

function partsPlan(url: string, session: Session): DirectUpload {
  const parts = partsOf(session.size);
  const requests = parts.map(({ offset, size }, index) => ({
    method: "PUT" as const,
    url: `${url}&comp=block&blockid=${encodeURIComponent(blockId(mark, index))}`,
    headers: {},
    offset,
    size,
  }));
  return { plan: { kind: "parts", parts: requests }, session: JSON.stringify(session) };
}

/** Resolves to its version. What is not what was announced is deleted: its URL cannot replace it. */
async function checkPut(blobs: AzureBlobs, name: string, session: Session): Promise<string> {
  const found = await blobs.properties(name);
  if (!found) throw notComplete("Nothing has been sent.");
  const wrong = wrongIn(found, session);
  if (wrong === undefined) return found.etag ?? "";
  await blobs.remove(name, found.etag);
  throw notAnnounced(wrong);
}

function wrongIn(
  found: BlobGetPropertiesResponse,
  { size, mediaType }: Session,
): string | undefined {
  if (found.copyStatus !== undefined && found.copyStatus !== "success")
    return "The file is a copy that is not complete.";
  if (found.blobType !== "BlockBlob") return "The file was not sent as a block blob.";
  if (found.contentLength !== size)
    return `The file has ${found.contentLength} octets; ${size} were announced.`;
  if (found.contentType !== mediaType)
    return `The file was sent as ${found.contentType}; it was announced as ${mediaType}.`;
  return undefined;
}

/** Resolves to the version of the blob of them, which the client may still replace. */
async function commitParts(blobs: AzureBlobs, name: string, size: number): Promise<string> {
  const before = await blobs.properties(name);
  if (before?.contentLength === size) return before.etag ?? "";
  if (before) await blobs.remove(name, before.etag);
  const list = await unlessGone(
    blobs.ask((abortSignal) => blobs.at(name).getBlockList("uncommitted", { abortSignal })),
  );
  const sizes = new Map(list?.uncommittedBlocks?.map((block) => [block.name, block.size]));
  const parts = partsOf(size);
  const ids = parts.map((_part, index) => blockId(mark, index));
  const missing = parts.filter((part, index) => sizes.get(ids[index] ?? "") !== part.size);
  if (missing.length > 0) {
    // Another process may have made a blob of them since.
    const since = await blobs.properties(name);
    if (since?.contentLength === size) return since.etag ?? "";
    throw notComplete(missingParts(missing, parts.length));
  }
  const { etag } = await blobs.ask((abortSignal) =>
    blobs.at(name).commitBlockList(ids, { abortSignal, conditions: { ifNoneMatch: "*" } }),
  );
  return etag ?? "";
}

function missingParts(missing: readonly { readonly offset: number }[], count: number): string {
  const first = missing.slice(0, 3).map(({ offset }) => offset);
  return `Of ${count} parts ${missing.length} are missing or of another size: those from octet ${first.join(", ")}${missing.length > 3 ? " …" : ""}.`;
}

function statOf(found: BlobGetPropertiesResponse | undefined): BucketStat {
  if (!found) throw notThere();
  return { size: found.contentLength ?? 0, version: found.etag ?? "", sha256: undefined };
}
