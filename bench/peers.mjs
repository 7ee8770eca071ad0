// Where the parsers to measure with come from: the build of this checkout, and bench/node_modules.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);

/** `WAYBILL_DIST` names another build than the checkout's own. */
export function importWaybill(entry) {
  const dist = process.env.WAYBILL_DIST ?? fileURLToPath(new URL("../dist", import.meta.url));
  return import(pathToFileURL(resolve(dist, `${entry}.js`)).href);
}

export function requirePeer(name) {
  return require(name);
}

export function versionOf(name) {
  const file =
    name === undefined
      ? new URL("../package.json", import.meta.url)
      : new URL(`node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")).version;
}

/** A request as far as parsers of request bodies look at one. */
export function requestOf(chunks, contentType) {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return Object.assign(Readable.from(chunks, { objectMode: false }), {
    headers: { "content-type": contentType, "content-length": String(length) },
  });
}
