// Captures test/wire/fixtures/: runs real clients against a server on this machine and keeps the octets that they send.
// `npm install --prefix scripts/capture --no-package-lock`, then `node scripts/capture-fixtures.mjs [client…]`.
// What the clients need beside that: curl, chromium, python3 with requests, httpx and aiohttp, php with curl,
// ruby, perl with LWP, go, and a JDK. A client that is not there is named and left out.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { clients } from "./capture/clients.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "../test/wire/fixtures");
const bodyBytesMax = 20 * 1024;
const timeoutMs = 120_000;

/** Bodies by the last step of the path. */
async function listen() {
  const seen = new Map();
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const name = request.url.split("/").at(-1);
      if (request.method !== "GET") seen.set(name, { request, body: Buffer.concat(chunks) });
      // A form is sent in the encoding of its page.
      const charset = name === "page-1252" ? "windows-1252" : "utf-8";
      response.setHeader("Content-Type", `text/html; charset=${charset}`).end("ok");
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, seen, port: server.address().port };
}

/** A program of another language: the request on its standard input, its version on its standard output. */
function runProgram({ command, args, input }, url) {
  return new Promise((resolve, reject) => {
    const options = { cwd: join(here, "capture"), timeout: timeoutMs };
    const child = execFile(command, [...args, url], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(stdout.trim());
    });
    child.stdin.end(input);
  });
}

function headersOf(request, port) {
  const { rawHeaders } = request;
  const pairs = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    pairs.push([rawHeaders[i], rawHeaders[i + 1].replaceAll(`127.0.0.1:${port}`, "host")]);
  }
  return pairs;
}

async function capture(client) {
  const { server, seen, port } = await listen();
  const url = `http://127.0.0.1:${port}`;
  try {
    const version = client.run
      ? await client.run(url).then(() => client.version())
      : await runProgram(client.program, url);
    for (const [name, { sent, notes }] of Object.entries(client.fixtures)) {
      const got = seen.get(name);
      if (!got) throw new Error(`${client.name} sent no ${name}`);
      if (got.body.length > bodyBytesMax) throw new Error(`${client.name}-${name} is too large`);
      const file = join(target, `${client.name}-${name}`);
      const about = {
        client: client.client ?? client.name,
        version,
        contentType: got.request.headers["content-type"],
        ...(notes && { notes }),
        sent,
        headers: headersOf(got.request, port),
      };
      writeFileSync(`${file}.bin`, got.body);
      writeFileSync(`${file}.json`, `${JSON.stringify(about, null, 2)}\n`);
      console.log(`${client.name}-${name}: ${got.body.length} octets, ${version}`);
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

mkdirSync(target, { recursive: true });
const wanted = process.argv.slice(2);
for (const client of clients) {
  if (wanted.length > 0 && !wanted.includes(client.name)) continue;
  try {
    await capture(client);
  } catch (error) {
    console.error(`${client.name}: left out: ${error.message}`);
    process.exitCode = 1;
  }
}
