// The built codecs and client as a browser loads them: native modules from a folder, no bundler, no Node.
import { createServer, type Server } from "node:http";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const types: Readonly<Record<string, string>> = { ".js": "text/javascript", ".html": "text/html" };

let server: Server;
let browser: Browser;
let page: Page;
const requested: string[] = [];

beforeAll(async () => {
  server = await serveDist();
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  page = await browser.newPage();
  const { port } = server.address() as AddressInfo;
  await page.goto(`http://127.0.0.1:${port}/index.html`);
});

afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});

it("decodes what the browser's own FormData makes, read as a stream", async () => {
  const parts = await run(`
    const { decodeMultipart } = await import("/multipart.js");
    const form = new FormData();
    form.append("name", "Zoë \\r\\n 東京");
    form.append('q"uote', "");
    form.append("pic", new File([new Uint8Array(300_000).map((_, i) => i)], "ein \\"bild\\".png", { type: "image/png" }));
    const response = new Response(form);
    const contentType = response.headers.get("content-type");
    const body = await response.arrayBuffer();
    const parts = [];
    for await (const part of decodeMultipart(new Blob([body]).stream(), { contentType, unescapeNames: true })) {
      let size = 0;
      let sum = 0;
      const pieces = [];
      for await (const bytes of part.body) {
        size += bytes.length;
        for (const byte of bytes) sum = (sum + byte) % 65_521;
        if (size < 100) pieces.push(bytes.slice());
      }
      const text = await new Blob(pieces).text();
      parts.push({ name: part.name, filename: part.filename, mediaType: part.mediaType, size, sum, text });
    }
    return parts;
  `);
  const sum = Array.from({ length: 300_000 }, (_, i) => i & 255).reduce(
    (all, byte) => (all + byte) % 65_521,
    0,
  );
  expect(parts).toMatchObject([
    { name: "name", text: "Zoë \r\n 東京" },
    { name: 'q"uote', size: 0 },
    { name: "pic", filename: 'ein "bild".png', mediaType: "image/png", size: 300_000, sum },
  ]);
});

it("decodes JSON with base64 in it, escaped or not", async () => {
  const value = await run(String.raw`
    const { decodeJson } = await import("/json.js");
    const content = new Uint8Array(200_000).map((_, i) => i * 7);
    const base64 = btoa(Array.from(content, (byte) => String.fromCharCode(byte)).join(""));
    const document = '{"name":"Zo\\u00eb","pic":"' + base64 + '","php":"' + base64.replaceAll("/", "\\/") + '"}';
    const file = { file: true };
    const spot = { properties: new Map([["pic", file], ["php", file]]) };
    const { name, pic, php } = await decodeJson(new Blob([document]).stream(), { spot });
    const same = (bytes) => bytes.length === content.length && bytes.every((byte, i) => byte === content[i]);
    return { name, pic: same(pic), php: same(php) };
  `);
  expect(value).toEqual({ name: "Zoë", pic: true, php: true });
});

it("says where a fault is", async () => {
  const fault = await run(`
    const { decodeJson } = await import("/json.js");
    const body = new Blob(['{"pic":"Zm9v%"}']).stream();
    const spot = { properties: new Map([["pic", { file: true }]]) };
    return decodeJson(body, { spot }).catch((error) => error.faults[0]);
  `);
  expect(fault).toMatchObject({ code: "malformed-encoding", offset: 12, pointer: "/pic" });
});

it("encodes and decodes streams", async () => {
  const texts = await run(`
    const { decodeOctets, encodeOctets } = await import("/encoding.js");
    const { encodeUrlencoded } = await import("/urlencoded.js");
    const textOf = async (pieces) => {
      let text = "";
      for await (const piece of pieces) text += new TextDecoder().decode(piece);
      return text;
    };
    const stream = (text) => new Blob([text]).stream();
    return {
      base64: await textOf(encodeOctets(stream("foobar!"), "base64")),
      base32: await textOf(decodeOctets(stream("MZXW6YTBOI======"), "base32")),
      form: await textOf(encodeUrlencoded([["a b", stream("1&2")]])),
    };
  `);
  expect(texts).toEqual({ base64: "Zm9vYmFyIQ==", base32: "foobar", form: "a+b=1%262" });
});

it("writes a request from a document and a value with a file", async () => {
  const sent = await run(`
    const { encodeRequest } = await import("/client.js");
    const schema = { type: "object", properties: { name: { type: "string" }, pic: { contentMediaType: "image/png" } } };
    const requestBody = { content: { "multipart/form-data": { schema } } };
    const document = { openapi: "3.1.1", paths: { "/p": { post: { requestBody } } } };
    const pic = new File(["(octets)"], "a.png", { type: "image/png" });
    const { headers, stream } = encodeRequest(document, "POST /p", { name: "Zoë", pic });
    const body = await new Response(stream()).blob();
    const form = await new Response(body, { headers }).formData();
    const file = form.get("pic");
    return [form.get("name"), file.name, file.type, await file.text(), headers["content-length"] === String(body.size)];
  `);
  expect(sent).toEqual(["Zoë", "a.png", "image/png", "(octets)", true]);
});

it("has loaded modules of the package and nothing else", async () => {
  expect(await run("return typeof globalThis.Buffer;")).toBe("undefined");
  expect(requested).toContain("/json.js");
  expect(
    requested.filter((path) => !/^\/(index\.html|[\w/-]+\.js|favicon\.ico)$/.test(path)),
  ).toEqual([]);
});

/** Runs the body of an async function in the page. */
async function run(body: string): Promise<unknown> {
  return page.evaluate(`(async () => { ${body} })()`);
}

async function serveDist(): Promise<Server> {
  const listening = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    requested.push(path);
    const text = path === "/index.html" ? "<!doctype html>" : await readModule(path);
    response.writeHead(text === undefined ? 404 : 200, {
      "content-type": types[extname(path)] ?? "text/plain",
    });
    response.end(text);
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return listening;
}

async function readModule(path: string): Promise<string | undefined> {
  return readFile(join(dist, path), "utf8").catch(() => undefined);
}
