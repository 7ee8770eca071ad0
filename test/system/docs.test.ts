// `/docs` in a real browser, without any other network: what is chosen in its forms arrives octet by
// octet, in every style; its samples can be sent as they stand; its curl lines do the same again.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium } from "./chromium.js";
import { pictures, sha256 } from "./http-scenario.js";
import { root, startServer, type ServerProcess } from "./server-process.js";

const run = promisify(execFile);
const { red, blue } = pictures;
const octets = randomBytes(70_000);
const profiles = "/api/v1/profiles/";
const pic = `${profiles}1/pic/`;

let browser: Browser;
let folder: string;
let server: ServerProcess;
let page: Page;
/** What the page was refused or complained of. */
let complaints: string[];
/** Where requests went that did not go to the server. */
let strangers: string[];

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(() => browser.close());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-docs-"));
  await writeFile(join(folder, "red.png"), red);
  await writeFile(join(folder, "blue.png"), blue);
  await writeFile(join(folder, "octets.bin"), octets);
});

afterEach(async () => {
  await page.context().close();
  await server.stop();
  await rm(folder, { recursive: true });
});

async function openDocs(document: string, hash = ""): Promise<void> {
  server = await startServer({ document, data: join(folder, "data") });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
  complaints = [];
  strangers = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (/^(?:https?|wss?):$/.test(protocol) && origin !== server.url) strangers.push(request.url());
  });
  await page.goto(`${server.url}/docs${hash}`);
  await page.locator(".opblock").first().waitFor();
}

interface Form {
  readonly type?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, string>>;
  /** By property; the body's own by an empty name. */
  readonly files?: Readonly<Record<string, string | readonly string[]>>;
}

interface Answered {
  readonly status: number;
  readonly sentType: string | null;
  readonly json: unknown;
  readonly requestId: string | null;
}

async function opened(operationId: string): Promise<Locator> {
  const operation = page.locator(`[id$="-${operationId}"]`);
  if ((await operation.locator(".opblock-body").count()) === 0)
    await operation.locator(".opblock-summary-control").click();
  await operation.locator(".execute").waitFor();
  return operation;
}

/** Fills in what is given, leaves what the page filled in by itself, sends it, and waits for the answer to be shown. */
async function execute(operationId: string, form: Form = {}): Promise<Answered> {
  const operation = await opened(operationId);
  await fill(operation, form);
  const answer = page.waitForResponse(
    (response) => new URL(response.url()).pathname !== "/openapi.json",
  );
  await operation.locator(".execute").click();
  const response = await answer;
  const requestId = await response.headerValue("x-request-id");
  const shown = operation.locator(".live-responses-table", { hasText: String(requestId) });
  await shown.waitFor();
  const isJson = (await response.headerValue("content-type"))?.includes("json");
  const json: unknown = isJson
    ? JSON.parse(await shown.locator(".highlight-code code").innerText())
    : undefined;
  const sentType = await response.request().headerValue("content-type");
  return { status: response.status(), sentType, json, requestId };
}

async function fill(operation: Locator, form: Form): Promise<void> {
  const { type, parameters = {}, fields = {}, files = {} } = form;
  if (type !== undefined)
    await operation.locator(".opblock-section-request-body select").first().selectOption(type);
  for (const [name, value] of Object.entries(parameters))
    await operation.locator(`[data-param-name="${name}"] input`).fill(value);
  for (const [name, value] of Object.entries(fields)) await fillField(operation, name, value);
  for (const [name, chosen] of Object.entries(files)) {
    const within = name === "" ? operation : operation.locator(`[data-property-name="${name}"]`);
    const paths = [chosen].flat().map((each) => join(folder, each));
    await within.locator("input[type=file]").setInputFiles(paths);
  }
}

// The page takes over what is typed a moment later, with its caret's next move: at once when it is left.
async function fillField(operation: Locator, name: string, value: string): Promise<void> {
  const field = operation.locator(`[data-property-name="${name}"]`).locator("input, textarea");
  await field.first().fill(value);
  await field.first().blur();
}

/** The curl line that the page shows for the last request, run in the folder of the files. */
async function rerun(operationId: string): Promise<unknown> {
  const line = await page.locator(`[id$="-${operationId}"] .curl-command pre`).innerText();
  const { stdout } = await run("bash", ["-c", `${line.trim()} -sS`], { cwd: folder });
  return JSON.parse(stdout);
}

async function get(path: string): Promise<Buffer> {
  const response = await fetch(server.url + path);
  return Buffer.from(await response.arrayBuffer());
}

async function createProfile(): Promise<void> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ name: "Ada" });
  await fetch(server.url + profiles, { method: "POST", headers, body });
}

/** SHA-256 of all that is stored. */
async function stored(): Promise<string[]> {
  const entries = await readdir(join(folder, "data/files"), {
    recursive: true,
    withFileTypes: true,
  });
  const files = entries.filter((entry) => entry.isFile());
  const digests = files.map(async ({ parentPath, name }) =>
    sha256(await readFile(join(parentPath, name))),
  );
  return (await Promise.all(digests)).sort();
}

const fileOf = (bytes: Buffer, filename?: string): unknown =>
  expect.objectContaining({
    size: bytes.length,
    sha256: sha256(bytes),
    ...(filename === undefined ? {} : { filename }),
  });

const documents = ["examples/profiles.yaml", "examples/profiles.openapi.yaml"];

describe.each(documents)("the reference page of %s", (document) => {
  it("shows every operation, and asks nobody but its server", async () => {
    await openDocs(document);
    expect(await page.locator(".opblock").count()).toBe(16);
    expect(await page.title()).toBe("Profiles");
    await opened("putProfilePic");
    expect({ complaints, strangers }).toEqual({ complaints: [], strangers: [] });
  });

  it("opens the operation that its address names", async () => {
    await openDocs(document, "#/Profiles/putProfilePic");
    await page.locator('[id$="-putProfilePic"] input[type=file]').waitFor();
    await page.locator('[id$="-listProfiles"] .opblock-summary-control').click();
    await page.waitForURL("**/docs#/Profiles/listProfiles");
  });

  it.each([
    { type: "multipart/form-data", field: "pic", sentType: /^multipart\/form-data; boundary=/ },
    { type: "image/*", field: "", sentType: /^image\/png$/ },
    { type: "application/octet-stream", field: "", sentType: /^application\/octet-stream$/ },
  ])("puts a picture as $type", async ({ type, field, sentType }) => {
    await openDocs(document);
    await createProfile();
    const form = { type, parameters: { id: "1" }, files: { [field]: "blue.png" } };
    const answered = await execute("putProfilePic", form);
    expect(answered).toMatchObject({ status: 201, json: { id: 1, pic: fileOf(blue) } });
    expect(answered.sentType).toMatch(sentType);
    expect(sha256(await get(pic))).toBe(sha256(blue));
    expect(server.logged()).toContain(answered.requestId);

    await writeFile(join(folder, "blue.png"), red);
    expect(await rerun("putProfilePic")).toMatchObject({ id: 1, pic: fileOf(red) });
    expect(sha256(await get(pic))).toBe(sha256(red));
    expect({ complaints, strangers }).toEqual({ complaints: [], strangers: [] });
  });
});

describe("the forms of a resource", () => {
  const document = "examples/profiles.yaml";

  it.each([
    { type: "multipart/form-data", sentType: /^multipart\/form-data; boundary=/ },
    { type: "application/x-www-form-urlencoded", sentType: /^application\/x-www-form-urlencoded/ },
  ])("creates a profile with its picture as $type", async ({ type, sentType }) => {
    await openDocs(document);
    const form = { type, fields: { name: "Ada", bio: "" }, files: { pic: "red.png" } };
    const answered = await execute("createProfile", form);
    expect(answered).toMatchObject({ status: 201, json: { name: "Ada", pic: fileOf(red) } });
    expect(answered.json).not.toHaveProperty("bio");
    expect(answered.sentType).toMatch(sentType);
    expect(sha256(await get(pic))).toBe(sha256(red));

    expect(await rerun("createProfile")).toMatchObject({ id: 2, name: "Ada", pic: fileOf(red) });
    expect({ complaints, strangers }).toEqual({ complaints: [], strangers: [] });
  });

  it.each(["multipart/form-data", "application/x-www-form-urlencoded"])(
    "leaves out the picture that was not chosen in %s",
    async (type) => {
      await openDocs(document);
      const answered = await execute("createProfile", { type });
      expect(answered).toMatchObject({ status: 201, json: { pic: null } });
      expect(await stored()).toEqual([]);
    },
  );

  it("has a picture in its JSON that can be sent as it stands", async () => {
    await openDocs(document);
    const answered = await execute("createProfile", { type: "application/json" });
    expect(answered).toMatchObject({ status: 201, json: { pic: { mediaType: "image/png" } } });
    expect(await stored()).toHaveLength(1);
  });

  it("forgets what was chosen for another media type", async () => {
    await openDocs(document);
    const multipart = { type: "multipart/form-data", files: { pic: "red.png" } };
    await fill(await opened("createProfile"), multipart);
    const json = await execute("createProfile", { type: "application/json" });
    expect(json).toMatchObject({ status: 201, json: { name: "example" } });
    const again = await execute("createProfile", { type: "multipart/form-data" });
    expect(again).toMatchObject({ status: 201, json: { pic: null } });
  });

  it("sends no body for which nothing was chosen", async () => {
    await openDocs(document);
    await createProfile();
    const operation = await opened("putProfilePic");
    await fill(operation, { type: "image/*", parameters: { id: "1" }, files: { "": "red.png" } });
    await fill(operation, { type: "application/octet-stream" });
    await operation.locator(".execute").click();
    await operation.locator("input[type=file].invalid").waitFor();
    expect(await stored()).toEqual([]);
  });

  it("shows the picture that it gets", async () => {
    await openDocs(document);
    await createProfile();
    const files = { pic: "blue.png" };
    await execute("putProfilePic", { type: "multipart/form-data", parameters: { id: "1" }, files });
    expect(await execute("getProfilePic", { parameters: { id: "1" } })).toMatchObject({
      status: 200,
    });
    const image = '[id$="-getProfilePic"] .live-responses-table img';
    await page.locator(image).waitFor();
    const shown = `document.querySelector(${JSON.stringify(image)})`;
    const width = `${shown}.decode().then(() => ${shown}.naturalWidth)`;
    expect(await page.evaluate(width)).toBe(20);
  });
});

describe("the reference page of examples/upload.yaml", () => {
  const document = "examples/upload.yaml";

  it("sends an object, a text and a file, each as its part", async () => {
    await openDocs(document);
    const metadata = { name: "Ada", recipients: ["Bob", "Cleo"] };
    const answered = await execute("upload", {
      fields: { metadata: JSON.stringify(metadata), description: "Notes" },
      files: { file: "octets.bin" },
    });
    const file = fileOf(octets, "octets.bin");
    expect(answered).toMatchObject({
      status: 201,
      json: { metadata, description: "Notes", file },
    });
    expect(await stored()).toEqual([sha256(octets)]);
    expect(await rerun("upload")).toMatchObject({ metadata, description: "Notes", file });
    expect({ complaints, strangers }).toEqual({ complaints: [], strangers: [] });
  });

  it("has a picker for each encoding of a file", async () => {
    await openDocs(document);
    const files = { standard: "octets.bin", urlSafe: "octets.bin" };
    const answered = await execute("uploadEncodings", { files });
    const file = fileOf(octets, "octets.bin");
    expect(answered).toMatchObject({ status: 201, json: { standard: file, urlSafe: file } });
    expect(complaints).toEqual([]);
  });

  it("writes an XML part, and has a picker for a schema that says nothing", async () => {
    await openDocs(document);
    const answered = await execute("uploadEncodingObject", { files: { profileImage: "blue.png" } });
    const json = {
      historyMetadata: { version: 0, author: "string" },
      profileImage: fileOf(blue, "blue.png"),
    };
    expect(answered).toMatchObject({ status: 201, json });
    expect(await rerun("uploadEncodingObject")).toMatchObject(json);
  });
});

describe("the reference page of a document with a server of its own", () => {
  const album = {
    openapi: "3.1.1",
    info: { title: "Albums & <b>more</b>", version: "1" },
    servers: [{ url: "https://api.example.com/v1" }],
    components: {
      schemas: {
        Album: {
          "x-resource": "/albums",
          type: "object",
          properties: {
            title: { type: "string" },
            photos: { type: "array", items: { contentMediaType: "image/*" } },
          },
        },
      },
    },
  };

  it("sends to the server that it came from, with several files for one property", async () => {
    const file = join(folder, "albums.json");
    await writeFile(file, JSON.stringify(album));
    await openDocs(file);
    expect(await page.title()).toBe("Albums & <b>more</b>");
    const answered = await execute("createAlbum", {
      type: "multipart/form-data",
      files: { photos: ["red.png", "blue.png"] },
    });
    const photos = [fileOf(red, "red.png"), fileOf(blue, "blue.png")];
    expect(answered).toMatchObject({ status: 201, json: { photos } });
    expect(await rerun("createAlbum")).toMatchObject({ photos });
    expect({ complaints, strangers }).toEqual({ complaints: [], strangers: [] });
  });
});

it("lets nothing but its own scripts run", async () => {
  await openDocs("examples/profiles.yaml");
  const { headers } = await fetch(`${server.url}/docs`);
  expect(headers.get("content-security-policy")).toContain("default-src 'self'");
  await page.evaluate(
    "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = 1' }))",
  );
  expect(await page.evaluate("window.ran")).toBeUndefined();
  expect(complaints).toHaveLength(1);
});

it("serves all that it needs from the package", async () => {
  await openDocs("examples/profiles.yaml");
  const bundle = await readFile(join(root, "node_modules/swagger-ui-dist/swagger-ui-bundle.js"));
  expect(sha256(await get("/docs/swagger-ui-bundle.js"))).toBe(sha256(bundle));
});
