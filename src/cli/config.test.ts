import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWaybill } from "../server/create-waybill.js";
import { optionNames, readConfig, type ServeConfig } from "./config.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-config-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(yaml: string): Promise<ServeConfig> {
  const config = join(folder, "waybill.yaml");
  await writeFile(config, yaml);
  return readConfig({ config }, {});
}

describe("references in the configuration", () => {
  it("are lists of texts", async () => {
    const { references } = await read("references: {allow: [a.test], internal: [b.test]}");
    expect(references).toEqual({ allow: ["a.test"], internal: ["b.test"] });
  });

  it("are the same for files by URL, beside what the command line allows", async () => {
    const config = join(folder, "urls.yaml");
    await writeFile(config, "urls: {allow: [a.test]}");
    const flags = { allowUrls: ["https://b.test/x/"], allowInternalUrls: ["c.test"] };
    const { urls } = await readConfig({ config, ...flags }, {});
    expect(urls).toEqual({ allow: ["https://b.test/x/", "a.test"], internal: ["c.test"] });
  });

  it.each([
    { given: "urls: {allow: a.test}", want: "urls.allow must be a list" },
    { given: "batch: {path: batch}", want: "batch.path must be a path" },
    { given: "limits: {", want: "waybill.yaml is no YAML" },
    { given: "limits: 5", want: "limits must be an object" },
    { given: "limits: {fileByteMax: 5}", want: "limits: there is no option fileByteMax" },
    { given: "body: {readOnly: strip}", want: "body: there is no option readOnly" },
    { given: "body: [applyDefaults]", want: "body must be an object" },
    { given: "publicUrl: nonsense", want: "publicUrl must be an http or https URL" },
    { given: "publicUrl: 'ftp://a.test'", want: "publicUrl must be an http or https URL" },
    { given: "publicUrl: 5", want: "publicUrl must be an http or https URL" },
    { given: "tls: {keys: a.pem}", want: "tls: there is no option keys" },
    { given: "tls: {}", want: "tls.key must be a text" },
    { given: "credentials: {}", want: "credentials must be a list" },
    { given: "references: a.test", want: "references must be an object" },
    { given: "references: {allow: a.test}", want: "references.allow must be a list" },
    { given: "references: {internal: {a: b}}", want: "references.internal must be a list" },
    { given: "references: {allow: [1]}", want: "references.allow[0] must be a text" },
    { given: "references: {alow: [a.test]}", want: "references: there is no option alow" },
  ])("$given is refused", async ({ given, want }) => {
    await expect(read(given)).rejects.toThrow(want);
  });

  it("are as if they were not there with all that is in them commented out", async () => {
    const names = [...optionNames].map((name) => `${name}:\n  # x: 1\n`);
    expect(await read(names.join(""))).toEqual(await read(""));
  });
});

it("the page of options has each of them", async () => {
  const page = await readFile(new URL("../../docs/options.md", import.meta.url), "utf8");
  const first = [...page.matchAll(/^\| `([^`.]+)/gm)].map(([, name]) => name);
  expect(new Set(first)).toEqual(new Set(optionNames));
});

it("a public URL that is none is refused by the library too", async () => {
  const document = { openapi: "3.1.1", info: {}, paths: {} };
  const start = createWaybill({ document, data: ":memory:", publicUrl: "nonsense" });
  await expect(start).rejects.toThrow("publicUrl must be");
});
