// FilePond in Chromium, on a page of another origin: it uploads first, its server id is the token, and a form with
// nothing but that text makes a profile with its picture.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "./chromium.js";
import { serveClientPage, type ClientPage } from "./client-page.js";
import { pictures, sha256 } from "./http-scenario.js";
import { startServer, type ServerProcess } from "./server-process.js";

const html = `<!doctype html><input type="file"><script src="/filepond.js"></script><script>
  function start(url) {
    const server = {
      process: {
        url: url + "/uploads",
        // It sends what it knows of the file beside it, under the same name.
        ondata: (form) => {
          const [file] = form.getAll("filepond").filter((each) => each instanceof File);
          form.delete("filepond");
          form.append("file", file);
          return form;
        },
        onload: (answer) => JSON.parse(answer).upload,
      },
    };
    const pond = FilePond.create(document.querySelector("input"), { server });
    window.processed = new Promise((resolve, reject) => {
      pond.on("processfile", (error, file) => (error ? reject(error) : resolve(file.serverId)));
    });
  }
  async function create(url, token) {
    const form = new FormData();
    form.append("name", "Ada");
    form.append("pic", JSON.stringify({ upload: token }));
    const response = await fetch(url + "/api/v1/profiles/", { method: "POST", body: form });
    return { status: response.status, json: await response.json() };
  }
</script>`;

let clients: ClientPage;
let folder: string;
let server: ServerProcess;

beforeAll(async () => {
  clients = await serveClientPage(html, { "/filepond.js": "filepond/dist/filepond.min.js" });
  folder = await mkdtemp(join(tmpdir(), "waybill-filepond-"));
  await writeFile(join(folder, "red.png"), pictures.red);
  const config = { cors: { origins: [clients.origin] } };
  await writeFile(join(folder, "waybill.json"), JSON.stringify(config));
  server = await startServer({
    document: "examples/profiles.yaml",
    data: join(folder, "data"),
    args: ["--config", join(folder, "waybill.json")],
  });
});

afterAll(async () => {
  clients.close();
  await server.stop();
  await rm(folder, { recursive: true });
});

it("uploads, and a form takes what it was told", async () => {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(clients.origin);
    await page.evaluate(`start(${JSON.stringify(server.url)})`);
    await page.setInputFiles(".filepond--browser", join(folder, "red.png"));
    const token = await page.evaluate("window.processed");
    const made = await page.evaluate(
      `create(${JSON.stringify(server.url)}, ${JSON.stringify(token)})`,
    );
    const pic = { filename: "red.png", mediaType: "image/png", sha256: sha256(pictures.red) };
    expect(made).toMatchObject({ status: 201, json: { name: "Ada", pic } });
  } finally {
    await browser.close();
  }
});
