// The package as its users get it: packed, installed into an empty folder, run by `npx`, imported under
// TypeScript in both of its ways to find modules, and used on node:http and as a Web handler.
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, startServer } from "./server-process.js";

const run = promisify(execFile);

interface PackageFile {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

let folder: string;
let app: string;
let manifest: PackageFile;
let packed: Packed;
let picture: Buffer;

beforeAll(async () => {
  manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  folder = await mkdtemp(join(tmpdir(), "waybill-pack-"));
  // What is built is packed as it is: building here would take dist/ from under other tests.
  const options = ["--ignore-scripts", "--json", "--pack-destination", folder];
  const { stdout } = await run("npm", ["pack", ...options], { cwd: root });
  const [first]: Packed[] = JSON.parse(stdout);
  if (!first) throw new Error(stdout);
  packed = first;
  app = await installed(join(folder, packed.filename));
  picture = await sharp({ create: { width: 40, height: 30, channels: 3, background: "#c04" } })
    .png()
    .toBuffer();
  await writeFile(join(app, "pic.png"), picture);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the tarball", () => {
  it("holds what is built, what is served, and the papers", () => {
    const paths = packed.files.map(({ path }) => path);
    const allowed =
      /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|assets\/docs\/[\w.-]+|dist\/[\w/-]+(\.js|\.d\.ts))$/;
    expect(paths.filter((path) => !allowed.test(path))).toEqual([]);
    expect(paths.filter((path) => /\.(test|cases)\.|fixtures\//.test(path))).toEqual([]);
    const wanted = [
      "package.json",
      "README.md",
      "CHANGELOG.md",
      "LICENSE",
      "dist/index.js",
      "dist/index.d.ts",
      "dist/cli/main.js",
      "assets/docs/swagger-ui-bundle.js",
      "assets/docs/swagger-ui.css",
      "assets/docs/LICENSE",
      "assets/docs/NOTICE",
    ];
    expect(wanted.filter((path) => !paths.includes(path))).toEqual([]);
  });

  it("is of a sane size", () => {
    expect(packed.size).toBeGreaterThan(200_000);
    expect(packed.size).toBeLessThan(1_500_000);
    expect(packed.unpackedSize).toBeLessThan(5_000_000);
  });

  it("has a built file for every source file, and no other", async () => {
    const sources = await readdir(join(root, "src"), { recursive: true });
    const wanted = sources
      .filter((name) => /(?<!\.test|\.cases)\.ts$/.test(name))
      .map((name) => `dist/${name.replace(/\.ts$/, ".js")}`);
    const built = packed.files.map(({ path }) => path).filter((path) => /^dist.*\.js$/.test(path));
    expect(built.toSorted()).toEqual(wanted.toSorted());
  });
});

describe("the installed command", () => {
  it("tells its version and how it is used", async () => {
    const version = await run("npx", ["waybill", "--version"], { cwd: app });
    expect(version.stdout).toBe(`${manifest.version}\n`);
    const help = await run("npx", ["waybill", "--help"], { cwd: app });
    expect(help.stdout).toContain("serve");
    expect(help.stdout).toContain("expand");
  });

  it("installs no program that runs by itself", async () => {
    const lock: { packages: Record<string, { hasInstallScript?: boolean }> } = JSON.parse(
      await readFile(join(app, "package-lock.json"), "utf8"),
    );
    const names = Object.keys(lock.packages);
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => lock.packages[name]?.hasInstallScript)).toEqual([]);
  });

  it("serves uploads and the reference page, and stops when told", async () => {
    const server = await startServer({
      command: ["npx", "waybill"],
      document: "profiles.yaml",
      data: "data",
      cwd: app,
    });
    try {
      const at = `${server.url}/api/v1/profiles/`;
      const json = ["-H", "Content-Type: application/json", "-d", '{"name": "Douglas Hofstadter"}'];
      expect(await curl([...json, "-X", "POST", at])).toMatchObject({ id: 1, pic: null });
      const put = await curl(["-F", "pic=@pic.png", "-X", "PUT", `${at}1/pic/`]);
      expect(put).toMatchObject({ pic: { mediaType: "image/png", size: picture.length } });
      const read = await fetch(`${at}1/pic/`);
      expect(Buffer.from(await read.arrayBuffer()).equals(picture)).toBe(true);
      expect(await brokenLinks(`${server.url}/docs`)).toEqual([]);
    } finally {
      await server.stop();
    }
    expect(server.logged()).toContain('"msg":"stopped"');
    await expect(fetch(server.url)).rejects.toThrow();
  });
});

describe("the library under TypeScript", () => {
  it.each([
    { name: "nodenext", compilerOptions: { module: "nodenext", outDir: "built" } },
    { name: "bundler", compilerOptions: { module: "preserve", moduleResolution: "bundler" } },
  ])("compiles as $name, its own types included", async ({ name, compilerOptions }) => {
    const config = {
      compilerOptions: {
        target: "es2023",
        lib: ["es2023"],
        types: ["node"],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        noEmit: name !== "nodenext",
        ...compilerOptions,
      },
      include: ["app.ts"],
    };
    await writeFile(join(app, `tsconfig.${name}.json`), JSON.stringify(config));
    expect(await tsc(name)).toBe("");
  });

  it("has types that refuse what is wrong", async () => {
    const config = { extends: "./tsconfig.bundler.json", include: ["wrong.ts"] };
    await writeFile(join(app, "tsconfig.wrong.json"), JSON.stringify(config));
    await writeFile(join(app, "wrong.ts"), wrongProgram);
    const errors = await tsc("wrong");
    expect(errors).toContain("wrong.ts(2,");
    expect(errors).toContain("wrong.ts(3,");
  });

  it("runs its hooks on node:http and as a Web handler", async () => {
    const { stdout } = await run(process.execPath, ["built/app.js"], { cwd: app });
    const seen: unknown = JSON.parse(stdout);
    expect(seen).toEqual({
      node: {
        status: 201,
        hook: "createProfile",
        body: expect.objectContaining({
          id: 1,
          name: "node",
          bio: `a picture of ${picture.length} octets`,
          pic: expect.objectContaining({ mediaType: "image/png", size: picture.length }),
        }),
      },
      web: {
        status: 201,
        hook: "createProfile",
        body: expect.objectContaining({ id: 2, name: "web", bio: "no picture", pic: null }),
      },
      instead: { status: 200, hook: null, body: { results: ["none of your business"] } },
      refused: {
        status: 409,
        hook: null,
        body: expect.objectContaining({ status: 409, errors: expect.anything() }),
      },
    });
  });
});

/** An empty folder with the package and, as anyone's project has them, a compiler and Node's types. */
async function installed(tarball: string): Promise<string> {
  const at = join(folder, "app");
  await mkdir(at);
  await writeFile(join(at, "package.json"), '{ "name": "app", "private": true, "type": "module" }');
  const tools = ["typescript", "@types/node"].map(
    (name) => `${name}@${manifest.devDependencies[name]}`,
  );
  const options = ["--prefer-offline", "--no-audit", "--no-fund"];
  await run("npm", ["install", ...options, tarball, ...tools], { cwd: at });
  await copyFile(join(root, "examples/profiles.yaml"), join(at, "profiles.yaml"));
  const full = join(root, "examples/profiles.openapi.yaml");
  await copyFile(full, join(at, "profiles.openapi.yaml"));
  await writeFile(join(at, "app.ts"), program);
  return at;
}

/** What the compiler finds; empty when all is well. */
async function tsc(name: string): Promise<string> {
  const compiler = join(app, "node_modules/typescript/bin/tsc");
  const args = [compiler, "-p", `tsconfig.${name}.json`];
  const failed: { stdout?: string; stderr?: string } | undefined = await run(
    process.execPath,
    args,
    { cwd: app },
  ).then(
    () => undefined,
    (error: { stdout?: string; stderr?: string }) => error,
  );
  return failed ? `${failed.stdout ?? ""}${failed.stderr ?? ""}` || "failed" : "";
}

async function curl(args: readonly string[]): Promise<unknown> {
  const { stdout } = await run("curl", ["-sS", "--fail-with-body", ...args], { cwd: app });
  return JSON.parse(stdout);
}

/** Of a page: what it loads and does not get. */
async function brokenLinks(url: string): Promise<string[]> {
  const page = await fetch(url);
  expect(page.status).toBe(200);
  const names = [...(await page.text()).matchAll(/(?:src|href)="(\/[^"]+)"/g)];
  expect(names.length).toBeGreaterThan(1);
  const links = names.map((match) => match[1] ?? "");
  const answers = await Promise.all(links.map((link) => fetch(new URL(link, url))));
  return answers.filter(({ ok }) => !ok).map((answer) => `${answer.status} ${answer.url}`);
}

const program = `
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createWaybill, WaybillError, type FileReference, type Hooks, type Waybill } from "waybill";
import { testDb, testStore } from "waybill/testing";

if (typeof testDb !== "function" || typeof testStore !== "function") throw new Error("no contracts");

const operations: Hooks = {
  createProfile: {
    async before(context) {
      const value = context.value as { name: string; bio?: string; pic?: FileReference };
      if (value.name === "taken")
        throw new WaybillError({ code: "conflict", detail: "There is one already.", pointer: "/name" });
      context.value = { ...value, bio: await describe(value.pic, context.readFile) };
    },
    after: ({ operationId }, response) => ({
      ...response,
      headers: { ...response.headers, "x-hook": operationId },
    }),
  },
  listProfiles: { handle: () => ({ body: { results: ["none of your business"] } }) },
};

async function describe(
  file: FileReference | undefined,
  read: (file: FileReference) => AsyncIterable<Uint8Array>,
): Promise<string> {
  if (!file) return "no picture";
  let size = 0;
  for await (const chunk of read(file)) size += chunk.length;
  return \`a picture of \${size} octets\`;
}

function form(name: string, picture?: Uint8Array<ArrayBuffer>): FormData {
  const data = new FormData();
  data.set("name", name);
  if (picture) data.set("pic", new Blob([picture], { type: "image/png" }), "pic.png");
  return data;
}

async function seen(response: Response): Promise<object> {
  const { status, headers } = response;
  return { status, hook: headers.get("x-hook"), body: await response.json() };
}

const waybill: Waybill = await createWaybill({
  document: "profiles.openapi.yaml",
  data: ":memory:",
  operations,
});
const server = createServer(waybill.node).on("checkContinue", waybill.checkContinue);
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = server.address();
if (address === null || typeof address === "string") throw new Error("no port");

const path = "/api/v1/profiles/";
const served = \`http://127.0.0.1:\${address.port}\${path}\`;
const web = \`http://web.example\${path}\`;
const picture = new Uint8Array(await readFile("pic.png"));
const post = (body: FormData): RequestInit => ({ method: "POST", body });

const results = {
  node: await seen(await fetch(served, post(form("node", picture)))),
  web: await seen(await waybill.fetch(new Request(web, post(form("web"))))),
  instead: await seen(await fetch(served)),
  refused: await seen(await waybill.fetch(new Request(web, post(form("taken"))))),
};
console.log(JSON.stringify(results));
server.closeAllConnections();
server.close();
await waybill.close();
`;

const wrongProgram = `import { createWaybill } from "waybill";
await createWaybill({ data: ":memory:" });
await createWaybill({ document: "a.yaml", operations: { upload: { instead: () => undefined } } });
`;
