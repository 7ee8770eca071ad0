// What the built codecs make of every captured body, as one line of JSON for each: the same wherever this runs.
// probe.mjs DIST FIXTURES; run by Node, a worker, Deno and Bun.
import { readdirSync, readFileSync } from "node:fs";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";

const [dist, fixtures] = argv.slice(2);
const load = (entry) => import(pathToFileURL(`${dist}/${entry}.js`).href);
const { decodeMultipart, createMultipartEncoder } = await load("multipart");
const { createUrlencodedDecoder, defaultLimits } = await load("urlencoded");
const { decodeJson } = await load("json");
const { decodeXml } = await load("xml");
const { decodeOctets, encodeOctets } = await load("encoding");

for (const name of readdirSync(fixtures).toSorted()) {
  if (!name.endsWith(".bin")) continue;
  const about = JSON.parse(readFileSync(`${fixtures}/${name.replace(/bin$/, "json")}`, "utf8"));
  const body = new Uint8Array(readFileSync(`${fixtures}/${name}`));
  for (const size of [body.length || 1, 7]) await tell(name, await decoded(about, cut(body, size)));
}
await tell("encodings", await roundTrips());
await tell("xml", await decodeXml(streamOf([text('<a b="1">ž<c/></a>')])));
await tell("encoder", await encoded());

async function decoded({ contentType, sent }, chunks) {
  if (contentType.startsWith("multipart/")) return multipart(contentType, chunks);
  if (contentType.includes("urlencoded")) return pairs(chunks);
  const file = { file: true };
  const steps = Object.keys(sent.files ?? {}).map((pointer) => pointer.slice(1));
  const spot = { properties: new Map(steps.map((name) => [name, file])) };
  return decodeJson(streamOf(chunks), { spot });
}

async function multipart(contentType, chunks) {
  const parts = [];
  for await (const part of decodeMultipart(streamOf(chunks), { contentType })) {
    const { name, filename, mediaType, headers } = part;
    parts.push({ name, filename, mediaType, headers, content: await octetsOf(part.body) });
  }
  return parts;
}

function pairs(chunks) {
  const found = [];
  const handler = {
    onName: (name) => void found.push([name, []]),
    onData: (bytes) => void found.at(-1)[1].push(...bytes),
    onEnd() {},
  };
  const decoder = createUrlencodedDecoder({ limits: defaultLimits, handler });
  for (const chunk of chunks) decoder.write(chunk);
  decoder.end();
  return found.map(([name, octets]) => [name, new TextDecoder().decode(new Uint8Array(octets))]);
}

async function roundTrips() {
  const octets = new Uint8Array(1000).map((_, i) => i * 7);
  const names = ["base64", "base64url", "base32", "base32hex", "base16", "quoted-printable"];
  const trips = names.map(async (encoding) => {
    const text = await octetsOf(encodeOctets(streamOf(cut(octets, 13)), encoding));
    return [encoding, text, await octetsOf(decodeOctets(streamOf(cut(text, 7)), encoding))];
  });
  return Promise.all(trips);
}

async function encoded() {
  const encoder = createMultipartEncoder({ boundary: "probe" });
  const { body, contentLength } = encoder.encode([
    { name: 'the "note"', body: "žluť" },
    { name: "file", body: new File([new Uint8Array(300)], "a.bin", { type: "image/png" }) },
  ]);
  return { contentLength, octets: await octetsOf(body) };
}

function cut(octets, size) {
  const chunks = [];
  for (let at = 0; at < octets.length; at += size) chunks.push(octets.slice(at, at + size));
  return chunks;
}

function streamOf(chunks) {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function octetsOf(pieces) {
  const octets = [];
  for await (const piece of pieces) octets.push(...piece);
  return new Uint8Array(octets);
}

function text(said) {
  return new TextEncoder().encode(said);
}

// Octets by their digest: long ones would drown the rest.
async function tell(name, value) {
  const pending = [];
  const visit = (node) => {
    if (!(node instanceof Uint8Array)) return;
    const digest = crypto.subtle.digest("SHA-256", node);
    pending.push(digest.then((sum) => digests.set(node, [...new Uint8Array(sum).subarray(0, 8)])));
  };
  const digests = new Map();
  walk(value, visit);
  await Promise.all(pending);
  console.log(JSON.stringify([name, value], (_, each) => digests.get(each) ?? each));
}

function walk(node, visit) {
  visit(node);
  if (node instanceof Uint8Array || typeof node !== "object" || node === null) return;
  for (const inner of Object.values(node)) walk(inner, visit);
}
