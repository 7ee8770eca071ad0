// Uppy in Chromium, on a page of another origin: a picture that is chosen there is uploaded by tus, goes on after the
// connection was cut, and is attached by its token; and is sent as a form.
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { launchChromium } from "./chromium.js";
import { serveClientPage, type ClientPage } from "./client-page.js";
import { startCuttingProxy, type CuttingProxy } from "./cutting-proxy.js";
import { sha256 } from "./http-scenario.js";
import { startServer, type ServerProcess } from "./server-process.js";

const side = 1000;
const profiles = "/api/v1/profiles/";

const html = `<!doctype html><input type="file" id="file"><script src="/uppy.js"></script><script>
  function start(plugin, options) {
    const uppy = new Uppy.Uppy({ autoProceed: true }).use(Uppy[plugin], options);
    document.querySelector("#file").addEventListener("change", ({ target }) => {
      const [file] = target.files;
      uppy.addFile({ name: file.name, type: file.type, data: file });
    });
    return new Promise((resolve) => uppy.on("complete", ({ successful, failed }) =>
      resolve({ successful: successful.length, failed: failed.map(({ error }) => error) })));
  }
  async function send(method, url, body) {
    const headers = { "content-type": "application/json" };
    const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
    return { status: response.status, json: await response.json() };
  }
</script>`;

let browser: Browser;
let picture: Buffer;
let clients: ClientPage;
let folder: string;
let server: ServerProcess;
let proxy: CuttingProxy;
let page: Page;
/** What the browser was refused. */
let complaints: string[];

beforeAll(async () => {
  browser = await launchChromium();
  clients = await serveClientPage(html, { "/uppy.js": "uppy/dist/uppy.min.js" });
  const raw = { width: side, height: side, channels: 3 } as const;
  // Noise cannot be made smaller: three megabytes.
  picture = await sharp(randomBytes(side * side * 3), { raw })
    .png()
    .toBuffer();
});

afterAll(async () => {
  await browser.close();
  clients.close();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-uppy-"));
  await writeFile(join(folder, "noise.png"), picture);
  await writeFile(
    join(folder, "waybill.json"),
    JSON.stringify({ cors: { origins: [clients.origin] } }),
  );
  server = await startServer({
    document: "examples/profiles.yaml",
    data: join(folder, "data"),
    args: ["--config", join(folder, "waybill.json")],
  });
  proxy = await startCuttingProxy(server.url);
  page = await browser.newPage();
  complaints = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(clients.origin);
});

afterEach(async () => {
  await page.close();
  proxy.close();
  await server.stop();
  await rm(folder, { recursive: true });
});

interface Done {
  readonly successful: number;
  readonly failed: readonly string[];
}

/** Chooses the picture once Uppy waits for it. */
async function choose(plugin: string, options: string): Promise<() => Promise<Done>> {
  await page.evaluate(`void (window.done = start(${JSON.stringify(plugin)}, ${options}))`);
  await page.setInputFiles("#file", join(folder, "noise.png"));
  return () => page.evaluate<Done>("window.done");
}

/** Octets of what is on its way. */
async function arrived(): Promise<number> {
  const partial = join(folder, "data/files/partial");
  const sizes = (await readdir(partial)).map(
    async (name) => (await stat(join(partial, name))).size,
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function stored(path: string): Promise<string> {
  const response = await fetch(server.url + path);
  return sha256(Buffer.from(await response.arrayBuffer()));
}

it("goes on by tus where the connection was cut, and a profile takes the token", async () => {
  const offsets: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "PATCH") offsets.push(request.headers()["upload-offset"] ?? "");
  });
  const stalled = proxy.stallAfter(1_000_000);
  const done = await choose(
    "Tus",
    `{
      endpoint: ${JSON.stringify(`${proxy.url}/uploads`)},
      retryDelays: [10, 100, 1000],
      chunkSize: 2_000_000,
      onAfterResponse: (request, response) =>
        request.getMethod() === "POST" && void (window.token = response.getHeader("Upload-Token")),
    }`,
  );
  const cut = await stalled;
  await expect.poll(arrived).toBeGreaterThan(0);
  cut();
  expect(await done()).toEqual({ successful: 1, failed: [] });
  // The first piece was begun, and went on from its middle.
  expect(offsets[0]).toBe("0");
  expect(Number(offsets[1])).toBeGreaterThan(0);
  expect(Number(offsets[1])).toBeLessThan(2_000_000);
  const made = await page.evaluate(
    `send("POST", ${JSON.stringify(proxy.url + profiles)}, { name: "Noise", pic: { upload: window.token } })`,
  );
  expect(made).toMatchObject({
    status: 201,
    json: {
      id: 1,
      pic: { filename: "noise.png", mediaType: "image/png", sha256: sha256(picture) },
    },
  });
  expect(await stored(`${profiles}1/pic/`)).toBe(sha256(picture));
});

it("sends a form to the picture of a profile", async () => {
  await page.evaluate(`send("POST", ${JSON.stringify(server.url + profiles)}, { name: "Ada" })`);
  const endpoint = JSON.stringify(`${server.url}${profiles}1/pic/`);
  // Uppy would send all that it knows of a file, under names that a profile does not have.
  const form = `{ endpoint: ${endpoint}, method: "PUT", fieldName: "pic", allowedMetaFields: [] }`;
  const done = await choose("XHRUpload", form);
  expect(await done()).toEqual({ successful: 1, failed: [] });
  expect(await stored(`${profiles}1/pic/`)).toBe(sha256(picture));
  expect(complaints).toEqual([]);
});

it("is refused from pages that nobody has named", async () => {
  const stranger = clients.origin.replace("localhost", "127.0.0.1");
  const other = await fetch(`${server.url}/uploads`, {
    method: "OPTIONS",
    headers: { origin: stranger, "access-control-request-method": "POST" },
  });
  expect(other.headers.get("access-control-allow-origin")).toBe(null);
  await page.route(`${stranger}/`, (route) =>
    route.fulfill({ contentType: "text/html", body: html }),
  );
  await page.goto(`${stranger}/`);
  const refused = await page.evaluate(
    `fetch(${JSON.stringify(server.url + profiles)}).then(() => "read", () => "refused")`,
  );
  expect(refused).toBe("refused");
});
