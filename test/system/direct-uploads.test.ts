// The page of docs/direct-uploads.md, as it stands there, and Uppy's S3 plugin: in Chromium, from another origin, against
// files in a folder.
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "./chromium.js";
import { serveClientPage, type ClientPage } from "./client-page.js";
import { sha256 } from "./http-scenario.js";
import { root, startServer, type ServerProcess } from "./server-process.js";

const docs = await readFile(join(root, "docs/direct-uploads.md"), "utf8");
const blockOf = (language: string): string =>
  new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "ms").exec(docs)?.[1] ?? "";

const side = 500;
let browser: Browser;
let folder: string;
let picture: Buffer;
let page: ClientPage;
let uppyPage: ClientPage;
let server: ServerProcess;

beforeAll(async () => {
  browser = await launchChromium();
  folder = await mkdtemp(join(tmpdir(), "waybill-direct-"));
  const raw = { width: side, height: side, channels: 3 } as const;
  picture = await sharp(randomBytes(side * side * 3), { raw })
    .png()
    .toBuffer();
  await writeFile(join(folder, "noise.png"), picture);
  page = await serveClientPage(`<!doctype html>${blockOf("html")}`, {});
  uppyPage = await serveClientPage(uppyHtml(), { "/uppy.js": "uppy/dist/uppy.min.js" });
  const origins = [page.origin, uppyPage.origin];
  await writeFile(join(folder, "waybill.json"), JSON.stringify({ cors: { origins } }));
  server = await startServer({
    document: "examples/profiles.yaml",
    data: join(folder, "data"),
    args: ["--config", join(folder, "waybill.json")],
  });
});

afterAll(async () => {
  await browser.close();
  for (const each of [page, uppyPage]) each.close();
  await server.stop();
  await rm(folder, { recursive: true });
});

function uppyHtml(): string {
  return `<!doctype html><input type="file" id="file"><script src="/uppy.js"></script><script>
    const json = { "content-type": "application/json" };
    async function ask(url, body) {
      const response = await fetch(url, { method: "POST", headers: json, body: JSON.stringify(body) });
      return response.json();
    }
    function start(api) {
      const uppy = new Uppy.Uppy({ autoProceed: true });
      ${blockOf("js")}
      document.querySelector("#file").onchange = ({ target: { files: [file] } }) =>
        uppy.addFile({ name: file.name, type: file.type, data: file });
      window.made = new Promise((resolve) =>
        uppy.on("complete", ({ successful, failed }) =>
          resolve({ failed: failed.map(({ error }) => error), token: successful[0]?.meta.token, complete: successful[0]?.meta.complete })));
    }
  </script>`;
}

const pic = () => ({ filename: "noise.png", mediaType: "image/png", sha256: sha256(picture) });

it("the page sends, completes and attaches, and tells its progress", async () => {
  const tab = await browser.newPage();
  const sent: string[] = [];
  tab.on("request", (request) =>
    sent.push(`${request.method()} ${new URL(request.url()).pathname}`),
  );
  await tab.goto(page.origin);
  await tab.evaluate(`window.api = ${JSON.stringify(server.url)}`);
  await tab.setInputFiles("#file", join(folder, "noise.png"));
  await tab.waitForFunction("window.made");
  expect(await tab.evaluate("window.made")).toMatchObject({ name: "Ada", pic: pic() });
  expect(await tab.evaluate("document.querySelector('#progress').value")).toBe(1);
  expect(sent.filter((each) => each.endsWith("/content"))).toEqual([
    expect.stringMatching(/^PUT \/uploads\/[\w-]+\/content$/),
  ]);
  await tab.close();
});

it("Uppy's S3 plugin sends as it is", async () => {
  const tab = await browser.newPage();
  await tab.goto(uppyPage.origin);
  await tab.evaluate(`start(${JSON.stringify(server.url)})`);
  await tab.setInputFiles("#file", join(folder, "noise.png"));
  await tab.waitForFunction("window.made");
  const made = await tab.evaluate<{ failed: string[]; token: string; complete: string }>(
    "window.made",
  );
  expect(made.failed).toEqual([]);
  // Said again: Uppy does not wait for who listens.
  expect((await fetch(made.complete, { method: "POST" })).status).toBe(200);
  const created = await fetch(`${server.url}/api/v1/profiles/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Ada", pic: { upload: made.token } }),
  });
  expect(await created.json()).toMatchObject({ pic: pic() });
  await tab.close();
});
