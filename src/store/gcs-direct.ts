// What clients send to Google by themselves, to another name, from where what is whole is copied, so that no URL reaches the
// object. A signed PUT makes an object where there is none, of exactly those octets and that type; a form can overwrite, and
// a session is sent in pieces.
import { notAnnounced, notComplete, notThere } from "./bucket-fault.js";
import type { BucketSigned, BucketStat } from "./bucket.js";
import { removeGcs, statGcs } from "./gcs-object.js";
import type { GcsConnection } from "./gcs-connection.js";
import { joinGcs } from "./gcs-join.js";
import { cancelSession } from "./gcs-writer.js";
import type { DirectPlan, DirectRequest, DirectUpload } from "./store.js";

interface Session {
  readonly size: number;
  readonly mediaType: string;
  readonly aside: string;
  /** Of a session, a secret: whoever has it can send. */
  readonly uri?: string;
}

/** What is larger comes in by a session, unless the client says otherwise. */
const putBytesUsual = 268_435_456;

export function createGcsDirect(connection: GcsConnection): BucketSigned {
  const { at, ask } = connection;
  return {
    async read(name, { expiresMs, mediaType, contentDisposition }) {
      const [url] = await ask(() =>
        at(name).getSignedUrl({
          version: "v4",
          action: "read",
          expires: Date.now() + expiresMs,
          responseType: mediaType,
          responseDisposition: contentDisposition,
        }),
      );
      return url;
    },
    async begin(_name, wanted, aside) {
      if (wanted.method === "POST") return beginForm(connection, aside, wanted);
      const isSession =
        wanted.method === "parts" || (wanted.method === undefined && wanted.size > putBytesUsual);
      return isSession
        ? beginSession(connection, aside, wanted)
        : beginPut(connection, aside, wanted);
    },
    async complete(name, text) {
      const session: Session = JSON.parse(text);
      const { aside } = session;
      const found = await statGcs(connection, name);
      if (!found) {
        const sent = await statGcs(connection, aside);
        const { size, version } = await checked(connection, { name: aside, session, found: sent });
        await joinGcs(connection, { sources: [{ name: aside, size }], to: name, version });
      }
      await removeGcs(connection, aside);
      // It is a blob, and stays one, however it came: its size is for others to look at.
      const made = found ?? (await statGcs(connection, name));
      if (!made) throw notThere();
      return { size: made.size, version: made.version, sha256: made.sha256 };
    },
    async abort(name, text) {
      const { uri, aside }: Session = JSON.parse(text);
      if (uri !== undefined) await cancelSession(connection, uri);
      await removeGcs(connection, name);
      await removeGcs(connection, aside);
    },
  };
}

async function beginPut(
  { at, ask }: GcsConnection,
  aside: string,
  { size, mediaType, expiresMs }: DirectRequest,
): Promise<DirectUpload> {
  const extensionHeaders = {
    "x-goog-content-length-range": `${size},${size}`,
    "x-goog-if-generation-match": "0",
  };
  const [url] = await ask(() =>
    at(aside).getSignedUrl({
      version: "v4",
      action: "write",
      expires: Date.now() + expiresMs,
      contentType: mediaType,
      extensionHeaders,
    }),
  );
  const headers = { "content-type": mediaType, ...extensionHeaders };
  return planned({ kind: "put", method: "PUT", url, headers }, { size, mediaType, aside });
}

async function beginForm(
  { at, ask, storage, bucketName }: GcsConnection,
  aside: string,
  { size, mediaType, expiresMs }: DirectRequest,
): Promise<DirectUpload> {
  const [{ fields }] = await ask(() =>
    at(aside).generateSignedPostPolicyV4({
      expires: Date.now() + expiresMs,
      conditions: [["content-length-range", size, size]],
      fields: { "content-type": mediaType },
    }),
  );
  // The SDK leaves out the bucket where there is an endpoint.
  const url = `${storage.apiEndpoint}/${bucketName}/`;
  const plan = { kind: "form", method: "POST", url, headers: {}, fields } as const;
  return planned(plan, { size, mediaType, aside });
}

/** Without an end of its own: what ends it is `abort`, or a week. */
async function beginSession(
  { at, ask }: GcsConnection,
  aside: string,
  { size, mediaType }: DirectRequest,
): Promise<DirectUpload> {
  const [uri] = await ask(() =>
    at(aside).createResumableUpload({
      preconditionOpts: { ifGenerationMatch: 0 },
      metadata: { contentType: mediaType, contentLength: size },
    }),
  );
  const headers = { "content-type": mediaType };
  return planned(
    { kind: "session", method: "PUT", url: uri, headers },
    { size, mediaType, aside, uri },
  );
}

function planned(plan: DirectPlan, session: Session): DirectUpload {
  return { plan, session: JSON.stringify(session) };
}

interface Sent {
  readonly name: string;
  readonly session: Session;
  readonly found: Awaited<ReturnType<typeof statGcs>>;
}

/** What was sent and is not what was announced is deleted. */
async function checked(
  connection: GcsConnection,
  { name, session, found }: Sent,
): Promise<BucketStat> {
  if (!found) throw notComplete("Nothing has been sent, or not all of it.");
  const { mediaType, ...stat } = found;
  const { size } = session;
  if (stat.size === size && mediaType === session.mediaType) return stat;
  await removeGcs(connection, name, stat.version);
  if (stat.size !== size)
    throw notAnnounced(`The file has ${stat.size} octets; ${size} were announced.`);
  throw notAnnounced(
    `The file was sent as ${mediaType}; it was announced as ${session.mediaType}.`,
  );
}
