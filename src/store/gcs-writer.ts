// One object on its way to Google: what fits into one piece in one request, else a resumable upload, piece by piece. It
// becomes one at the end, where there is none of that name.
import { WaybillError } from "../base/fault.js";
import { gcsFault, statusOf, type GcsConnection } from "./gcs-connection.js";
import { statGcs } from "./gcs-object.js";
import { createObjectWriter } from "./object-writer.js";
import { createPieces } from "./pieces.js";
import type { BlobWriter } from "./store.js";

const pieceBytes = 8_388_608;
const isNew = { ifGenerationMatch: 0 };

export function createGcsWriter(connection: GcsConnection, name: string): BlobWriter {
  const file = connection.at(name);
  const crc = new connection.sdk.CRC32C();
  let octets = 0;
  let upload: Promise<Upload> | undefined;
  const count = (bytes: Buffer): Buffer => {
    crc.update(bytes);
    octets += bytes.length;
    return bytes;
  };
  const pieces = createPieces({
    size: () => pieceBytes,
    async send(bytes) {
      upload ??= startUpload(connection, name);
      try {
        await (await upload).write(count(bytes));
      } catch (error) {
        throw taken(error);
      }
    },
  });

  async function make(): Promise<void> {
    const rest = count(await pieces.rest());
    try {
      if (upload) await (await upload).end(rest);
      else
        await connection.ask(
          () =>
            file.save(rest, { resumable: false, validation: "crc32c", preconditionOpts: isNew }),
          rest.length,
        );
    } catch (error) {
      // It may be there although nobody heard of it: the condition holds off the second try.
      if (!(await isThere())) throw taken(error);
    }
  }

  /** Rejects where nobody can say. */
  async function isThere(): Promise<boolean> {
    const found = await statGcs(connection, name);
    return found?.size === octets && found.crc32c === crc.toString();
  }

  return createObjectWriter({
    pieces,
    make,
    async interrupt() {
      const begun = await upload?.catch(() => undefined);
      await begun?.cancel();
    },
    async discard(isMade) {
      if (isMade) await connection.ask(() => file.delete({ ignoreNotFound: true }));
    },
  });
}

/** Another object of that name is no version of ours that is missing. */
function taken(error: unknown): WaybillError {
  const fault = gcsFault(error);
  if (statusOf(fault.cause) !== 412) return fault;
  return new WaybillError({ code: "internal", detail: "Key is taken." }, { cause: error });
}

interface Upload {
  write(bytes: Buffer): Promise<void>;
  end(bytes: Buffer): Promise<void>;
  /** The service forgets what it has. */
  cancel(): Promise<void>;
}

async function startUpload(connection: GcsConnection, name: string): Promise<Upload> {
  const file = connection.at(name);
  const metadata = { contentType: "application/octet-stream" };
  // Begun by itself: the stream would begin it without our credentials, where there is an endpoint.
  const [uri] = await connection.ask(() =>
    file.createResumableUpload({ metadata, preconditionOpts: isNew }),
  );
  const stream = file.createWriteStream({
    uri,
    metadata,
    resumable: true,
    validation: "crc32c",
    preconditionOpts: isNew,
    chunkSize: pieceBytes,
  });
  const done = new Promise<void>((resolve, reject) => {
    stream.once("finish", resolve).once("error", reject);
    stream.once("close", () => reject(new Error("The upload was given up.")));
  });
  done.catch(() => undefined);
  const wait = (work: Promise<void>, octets: number) =>
    connection.ask(() => Promise.race([work, done]), octets);
  return {
    async write(bytes) {
      const written = new Promise<void>((resolve, reject) => {
        stream.write(bytes, (error) => (error ? reject(error) : resolve()));
      });
      await wait(written, bytes.length);
    },
    async end(bytes) {
      stream.end(bytes);
      await wait(done, pieceBytes + bytes.length);
    },
    async cancel() {
      stream.destroy();
      await cancelSession(connection, uri);
    },
  };
}

/** One that is complete stays; one that nobody cancels ends by itself after a week. */
export async function cancelSession(connection: GcsConnection, url: string): Promise<void> {
  // 499 says that it is done.
  const asked = { url, method: "DELETE" as const, validateStatus: isAnswer, retry: true };
  await connection.ask(() => connection.storage.authClient.request(asked));
}

function isAnswer(status: number): boolean {
  return status < 500;
}
