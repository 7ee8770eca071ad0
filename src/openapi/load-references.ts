// Brings in what a document refers to elsewhere, before anything is compiled: compiling never waits.
import type { AllowedUrls } from "../net/allowed-urls.js";
import { allowedReferences, type ReferenceOptions } from "./allowed-references.js";
import { DocumentError } from "./document-error.js";
import { createDocument, type DocumentSource, type OpenApiDocument } from "./document.js";
import { fetchReference, type FetchReferenceOptions } from "./fetch-reference.js";
import { parseText } from "./read-document.js";
import type { ReadReference, ReadTree } from "./resource-index.js";

type Loaded = ReadTree | DocumentError;

/** In all, for one document. */
const documentsMax = 200;
const limits = { bytesMax: 16 * 1024 * 1024, msMax: 20_000, redirectsMax: 3 };
/** For all of them together. */
const limitsInAll = { bytesMax: 64 * 1024 * 1024, msMax: 30_000 };
/** Of documents that are fetched side by side. */
const fetchesMax = 10;

/**
 * The same document, with what it may refer to elsewhere at hand, and what that refers to in turn. What
 * cannot be had is told by whatever operation needs it. Nothing is fetched unless `allow` says so.
 */
export async function loadReferences(
  document: OpenApiDocument,
  options: ReferenceOptions,
  inAll = limitsInAll,
): Promise<OpenApiDocument> {
  const allowed = allowedReferences(options);
  if (!allowed.any) return document;
  const loaded = new Map<string, Loaded>();
  const shared = { deadline: AbortSignal.timeout(inAll.msMax), bytesLeft: inAll.bytesMax };
  for (let known = document; ;) {
    const wanted = known.index
      .missing()
      .filter((uri) => !loaded.has(uri) && isAllowed(allowed, uri));
    if (wanted.length === 0) return known;
    const room = Math.max(0, documentsMax - loaded.size);
    for (const uri of wanted.slice(room)) loaded.set(uri, tooMany(uri));
    const queue = wanted.slice(0, room).values();
    const work = async (): Promise<void> => {
      for (const uri of queue) loaded.set(uri, await load(uri, { ...limits, allowed, shared }));
    };
    await Promise.all(Array.from({ length: fetchesMax }, work));
    known = createDocument(document.root, withLoaded(document.source, loaded));
  }
}

function withLoaded(source: DocumentSource, loaded: ReadonlyMap<string, Loaded>): DocumentSource {
  const read: ReadReference = (uri, byFetched) => {
    const found = loaded.get(uri) ?? (byFetched ? undefined : source.read?.(uri, byFetched));
    if (found instanceof DocumentError) throw found;
    return found ?? nothingAt(uri);
  };
  return { ...source, read };
}

function nothingAt(uri: string): never {
  throw new DocumentError(
    `The reference to ${uri} leaves the document, and is not among what is allowed.`,
  );
}

function isAllowed(allowed: AllowedUrls, uri: string): boolean {
  return URL.canParse(uri) && allowed.has(new URL(uri));
}

async function load(uri: string, options: FetchReferenceOptions): Promise<Loaded> {
  try {
    const fetched = await fetchReference(uri, options);
    return { uri: fetched.uri, node: parseText(fetched.text, fetched.uri), fetched: true };
  } catch (error) {
    if (error instanceof DocumentError) return error;
    throw error;
  }
}

function tooMany(uri: string): DocumentError {
  return new DocumentError(
    `The reference to ${uri} is not followed: there are more than ${documentsMax} documents.`,
  );
}
