// What `waybill expand` prints passes the official schema of its version, and other tools can read it.
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const run = promisify(execFile);
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-tools-"));
  for (const name of ["package.json", "package-lock.json", "read-document.mjs"])
    await cp(join("test/tools", name), join(folder, name));
  await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
});
afterAll(() => rm(folder, { recursive: true }));

interface Findings {
  readonly schema: unknown[];
  readonly lint: string[];
  readonly operations: string[];
}

async function read(document: string): Promise<Findings> {
  const { stdout } = await run("node", ["dist/cli/main.js", "expand", document, "-f", "json"]);
  const expanded = join(folder, "expanded.json");
  await writeFile(expanded, stdout);
  const found = await run("node", [join(folder, "read-document.mjs"), expanded]);
  return JSON.parse(found.stdout) as Findings;
}

it.each(["profiles.yaml", "profiles.openapi.yaml", "upload.yaml"])("%s", async (name) => {
  const { schema, lint, operations } = await read(`examples/${name}`);
  expect({ schema, lint }).toEqual({ schema: [], lint: [] });
  expect(operations.length).toBeGreaterThan(name === "upload.yaml" ? 0 : 7);
});

it.each(["3.1.2", "3.2.0"])("a short form in %s, with files of every kind", async (openapi) => {
  const Album = {
    "x-resource": "/albums",
    required: ["name", "cover"],
    properties: {
      name: { type: "string", maxLength: 200 },
      secret: { type: "string", writeOnly: true },
      photos: { type: "array", maxItems: 9, items: { contentMediaType: "image/*" } },
      cover: { contentMediaType: "image/png, image/jpeg", maxLength: 5_000_000 },
    },
  };
  const document = join(folder, "short.json");
  const info = { title: "Albums", version: "1" };
  await writeFile(document, JSON.stringify({ openapi, info, components: { schemas: { Album } } }));
  const { schema, lint, operations } = await read(document);
  expect({ schema, lint }).toEqual({ schema: [], lint: [] });
  expect(operations).toContain("addAlbumPhotos");
});

it("one in 3.0, whose operations say nothing of errors", async () => {
  const schema = { type: "object", properties: { pic: { type: "string", format: "binary" } } };
  const post = {
    operationId: "addPic",
    requestBody: { content: { "multipart/form-data": { schema } } },
    responses: { 204: { description: "Done" } },
  };
  const document = join(folder, "old.json");
  const info = { title: "Pics", version: "1" };
  await writeFile(
    document,
    JSON.stringify({ openapi: "3.0.4", info, paths: { "/pics": { post } } }),
  );
  const found = await read(document);
  expect(found).toMatchObject({ schema: [], lint: [] });
  expect(found.operations).toContain("addPic");
});
