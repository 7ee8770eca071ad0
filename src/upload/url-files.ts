// The files that one request names by their URL: a few at a time through the ordinary intake, so that they are held to
// all that inline bytes are. One that is to stay elsewhere is looked at in the same way, and its bytes go with the request.
import { randomUUID } from "node:crypto";
import { isWaybillError } from "../base/fault.js";
import type { ClaimedFile, UrlClaim } from "../base/sink.js";
import { fileTooLarge } from "./file-intake.js";
import type { IngestSession } from "./ingest.js";
import type { RemoteFile, RemoteFiles } from "./remote-files.js";

export interface UrlFiles {
  /** Rejects with `url-not-allowed`, `url-not-usable`, and with what is wrong with the file. */
  fetch(url: string, claim: UrlClaim): Promise<ClaimedFile>;
  /** Of a request that may repeat another: what cannot be had then, after that was answered, is no fault. */
  repeats(isAnswered: () => Promise<boolean>): void;
  /** Of one that stays elsewhere, by the id of its reference. */
  elsewhere(id: string): Elsewhere | undefined;
  /** Resolves when nothing is fetched any more. */
  stop(): Promise<void>;
}

export interface Elsewhere {
  readonly url: string;
  readonly etag: string | undefined;
}

/** Of one request. */
const atOnce = 4;

/** `gone` tells when nobody awaits them any more. */
export function createUrlFiles(
  remote: RemoteFiles,
  session: IngestSession,
  gone?: () => AbortSignal,
): UrlFiles {
  const end = new AbortController();
  const kept = new Map<string, Elsewhere>();
  const running = new Set<Promise<unknown>>();
  const turn = createTurns(atOnce);
  let wasAnswered: (() => Promise<boolean>) | undefined;

  const bring = async (url: string, claim: UrlClaim): Promise<ClaimedFile> => {
    const signal = gone ? AbortSignal.any([end.signal, gone()]) : end.signal;
    signal.throwIfAborted();
    const file = await remote.open(url, signal);
    try {
      const found = await take(session, file, claim);
      if (!claim.byReference) return found;
      // As URLs are spelled: it will stand in a header.
      const { href } = new URL(url);
      const reference = { ...found.reference, url: href };
      kept.set(reference.id, { url: href, etag: file.etag });
      return { ...found, reference };
    } finally {
      file.close();
    }
  };

  return {
    async fetch(url, claim) {
      const fetching = turn(() => bring(url, claim));
      running.add(fetching);
      try {
        return await fetching;
      } catch (error) {
        if (isWaybillError(error) && (await wasAnswered?.())) return nothingNew();
        throw error;
      } finally {
        running.delete(fetching);
      }
    },
    repeats(isAnswered) {
      wasAnswered = isAnswered;
    },
    elsewhere: (id) => kept.get(id),
    async stop() {
      end.abort();
      await Promise.allSettled(running);
    },
  };
}

/** Stands there until the request is answered as it was, and can be bound to nothing. */
function nothingNew(): ClaimedFile {
  const reference = {
    id: randomUUID(),
    mediaType: "application/octet-stream",
    size: 0,
    sha256: "",
  };
  return { reference, content: undefined };
}

async function take(
  session: IngestSession,
  file: RemoteFile,
  { intent, checkSize, contentBytesMax = -1 }: UrlClaim,
): Promise<ClaimedFile> {
  const { declaredType, filename, size: said } = file;
  if (said !== undefined) checkSize(said);
  if (said !== undefined && said > intent.bytesMax) throw fileTooLarge(intent);
  const sink = session.open({
    ...intent,
    ...(declaredType === undefined ? {} : { declaredType }),
    ...(filename === undefined ? {} : { filename }),
  });
  try {
    let size = 0;
    let pieces: Uint8Array[] | undefined = [];
    for await (const chunk of file.read()) {
      size += chunk.length;
      if (size > intent.bytesMax) checkSize(size); // says better whose limit it is
      if (size > contentBytesMax) pieces = undefined;
      pieces?.push(chunk);
      await sink.write(chunk);
    }
    if (said === undefined) checkSize(size);
    const reference = await sink.close();
    return {
      reference,
      content: pieces && contentBytesMax >= 0 ? Buffer.concat(pieces) : undefined,
    };
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

/** No more than `max` at a time; the others in the order in which they came. */
function createTurns(max: number): <Value>(work: () => Promise<Value>) => Promise<Value> {
  let busy = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (busy === max) await new Promise<void>((resolve) => waiting.push(resolve));
    else busy++;
    try {
      return await work();
    } finally {
      // Whoever comes next has this one's place.
      const next = waiting.shift();
      if (next) next();
      else busy--;
    }
  };
}
