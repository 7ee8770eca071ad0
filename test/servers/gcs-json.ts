// The JSON API of the fake: metadata, media, lists, deletion, composing and rewriting.
import type { StoredObject } from "./gcs-objects.js";
import { Refusal } from "./gcs-refusal.js";
import { bodyOf, sendJson, type GcsRequest } from "./gcs-request.js";

/** Fewer than the service gives, so that what asks for more pages is tested. */
const pageMax = 20;
/** What is larger takes more than one call to rewrite. */
const rewriteBytes = 4_000_000;
const composeMax = 32;

export async function answerJson(request: GcsRequest): Promise<void> {
  request.authorize();
  const { method, url } = request;
  const [bucket = "", folder, name, act, ...rest] = url.pathname
    .slice("/storage/v1/b/".length)
    .split("/")
    .map(decodeURIComponent);
  if (folder !== "o") throw new Refusal(404, "notFound", "Not Found");
  if (name === undefined && method === "GET") return list(request, bucket);
  if (name === undefined) throw new Refusal(404, "notFound", "Not Found");
  if (act === "compose" && method === "POST") return compose(request, bucket, name);
  if (act === "rewriteTo" && method === "POST") {
    const [, toBucket = "", , toName = ""] = rest;
    return rewrite(request, { bucket, name, toBucket, toName });
  }
  if (act !== undefined) throw new Refusal(404, "notFound", "Not Found");
  if (method === "DELETE") {
    request.objects.delete(bucket, name, conditionsOf(url));
    request.response.writeHead(204).end();
    return;
  }
  if (method !== "GET") throw new Refusal(405, "methodNotAllowed", "Method Not Allowed");
  const object = request.objects.get(bucket, name, url.searchParams.get("generation") ?? undefined);
  request.objects.checkMatch(bucket, name, conditionsOf(url));
  if (url.searchParams.get("alt") === "media") return sendMedia(request, object);
  sendJson(request, 200, resourceOf(object));
}

function list(request: GcsRequest, bucket: string): void {
  const { searchParams } = request.url;
  const all = request.objects.list(bucket, searchParams.get("prefix") ?? "");
  const after = searchParams.get("pageToken");
  const from = after === null ? 0 : Number(Buffer.from(after, "base64").toString());
  const count = Math.min(pageMax, Number(searchParams.get("maxResults") ?? pageMax));
  const items = all.slice(from, from + count).map(resourceOf);
  const nextPageToken = Buffer.from(String(from + count)).toString("base64");
  sendJson(request, 200, {
    kind: "storage#objects",
    ...(items.length > 0 ? { items } : {}),
    ...(from + count < all.length ? { nextPageToken } : {}),
  });
}

interface ComposeBody {
  readonly sourceObjects: readonly {
    readonly name: string;
    readonly generation?: string;
    readonly objectPreconditions?: { readonly ifGenerationMatch?: string };
  }[];
  readonly destination?: { readonly contentType?: string };
}

async function compose(request: GcsRequest, bucket: string, name: string): Promise<void> {
  const { sourceObjects, destination }: ComposeBody = JSON.parse(String(await bodyOf(request)));
  if (sourceObjects.length === 0 || sourceObjects.length > composeMax)
    throw new Refusal(400, "invalid", "The number of source components provided is not 1 to 32.");
  const sources = sourceObjects.map((source) => {
    const match = source.objectPreconditions?.ifGenerationMatch;
    if (match !== undefined)
      request.objects.checkMatch(bucket, source.name, { ifGenerationMatch: String(match) });
    return request.objects.get(bucket, source.name, source.generation);
  });
  const object = request.objects.put({
    bucket,
    name,
    bytes: Buffer.concat(sources.map(({ bytes }) => bytes)),
    contentType: destination?.contentType,
    componentCount: sources.reduce((sum, source) => sum + (source.componentCount ?? 1), 0),
    ...conditionsOf(request.url),
  });
  sendJson(request, 200, resourceOf(object));
}

interface RewritePath {
  readonly bucket: string;
  readonly name: string;
  readonly toBucket: string;
  readonly toName: string;
}

async function rewrite(
  request: GcsRequest,
  { bucket, name, toBucket, toName }: RewritePath,
): Promise<void> {
  await bodyOf(request);
  const { searchParams } = request.url;
  const generation = searchParams.get("sourceGeneration") ?? undefined;
  const source = request.objects.get(bucket, name, generation);
  const match = searchParams.get("ifSourceGenerationMatch") ?? undefined;
  request.objects.checkMatch(bucket, name, { ifGenerationMatch: match });
  request.objects.checkMatch(toBucket, toName, conditionsOf(request.url));
  const size = source.bytes.length;
  const token = searchParams.get("rewriteToken");
  const done = size <= rewriteBytes || token === source.generation;
  const common = { kind: "storage#rewriteResponse", objectSize: String(size), done };
  if (!done)
    return sendJson(request, 200, {
      ...common,
      totalBytesRewritten: String(rewriteBytes),
      rewriteToken: source.generation,
    });
  const { bytes, contentType } = source;
  const to = { bucket: toBucket, name: toName, bytes, contentType, ...conditionsOf(request.url) };
  const resource = resourceOf(request.objects.put(to));
  sendJson(request, 200, { ...common, totalBytesRewritten: String(size), resource });
}

export function conditionsOf({ searchParams }: URL): {
  readonly ifGenerationMatch: string | undefined;
  readonly generation: string | undefined;
} {
  return {
    ifGenerationMatch: searchParams.get("ifGenerationMatch") ?? undefined,
    generation: searchParams.get("generation") ?? undefined,
  };
}

export function resourceOf(object: StoredObject): Record<string, unknown> {
  const time = new Date(object.createdMs).toISOString();
  return {
    kind: "storage#object",
    id: `${object.bucket}/${object.name}/${object.generation}`,
    name: object.name,
    bucket: object.bucket,
    generation: object.generation,
    metageneration: "1",
    contentType: object.contentType,
    size: String(object.bytes.length),
    crc32c: object.crc32c,
    ...(object.md5Hash === undefined ? {} : { md5Hash: object.md5Hash }),
    ...(object.componentCount === undefined ? {} : { componentCount: object.componentCount }),
    etag: `"${object.generation}"`,
    timeCreated: time,
    updated: time,
  };
}

/** Whole, or one range (RFC 9110 §14). */
export function sendMedia(
  { method, headers, response }: Pick<GcsRequest, "method" | "headers" | "response">,
  object: StoredObject,
  more: Readonly<Record<string, string>> = {},
): void {
  const { bytes } = object;
  const hashes = [`crc32c=${object.crc32c}`, ...(object.md5Hash ? [`md5=${object.md5Hash}`] : [])];
  const fields = {
    "content-type": object.contentType,
    "x-goog-generation": object.generation,
    "x-goog-hash": hashes.join(","),
    "x-goog-stored-content-encoding": "identity",
    "x-goog-stored-content-length": String(bytes.length),
    "accept-ranges": "bytes",
    etag: `"${object.generation}"`,
    ...more,
  };
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers["range"] ?? "") ?? [];
  if (first === undefined) {
    response.writeHead(200, { ...fields, "content-length": bytes.length });
    response.end(method === "HEAD" ? undefined : bytes);
    return;
  }
  const start = Number(first);
  const end = last ? Math.min(Number(last), bytes.length - 1) : bytes.length - 1;
  if (start >= bytes.length)
    throw new Refusal(416, "InvalidRange", "The requested range cannot be satisfied.");
  const part = bytes.subarray(start, end + 1);
  response.writeHead(206, {
    ...fields,
    "content-length": part.length,
    "content-range": `bytes ${start}-${end}/${bytes.length}`,
  });
  response.end(method === "HEAD" ? undefined : part);
}
