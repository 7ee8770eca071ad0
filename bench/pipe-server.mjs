// What an upload costs at the very least: Node's own pipe from the request to a file, hashed on the way
// and flushed to disk, nothing understood. node bench/pipe-server.mjs FOLDER [nohash]
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

const [folder, mode] = process.argv.slice(2);

const server = createServer(async (request, response) => {
  const hash = createHash("sha256");
  if (mode !== "nohash") request.on("data", (chunk) => hash.update(chunk));
  await pipeline(request, createWriteStream(join(folder, "body"), { flush: true }));
  response.writeHead(201).end(JSON.stringify({ sha256: hash.digest("hex") }));
});
server.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
