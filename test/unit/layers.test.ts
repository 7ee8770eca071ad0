// Holds the shape of the house: which folder imports which, and what no source file may have. Tests
// beside the source (*.test.ts, *.cases.ts) may import anything, and tables may be long.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const lines = { source: 400, table: 700 };

/** Which folders each folder of src may import beside itself; the composition roots may import all. */
const table: Readonly<Record<string, readonly string[] | "all">> = {
  base: [],
  codec: ["base"],
  net: ["base"],
  openapi: ["base", "net"],
  plan: ["base", "openapi"],
  body: ["base", "plan", "codec"],
  store: ["base"],
  db: ["base"],
  upload: ["base", "net", "store", "db"],
  resource: ["base", "plan", "upload", "db"],
  http: ["base", "plan", "body", "resource", "upload"],
  adapter: ["base", "http"],
  server: "all",
  cli: "all",
  client: ["base", "openapi", "plan", "codec"],
  conformance: [],
  ui: ["client"],
};

interface SourceFile {
  readonly name: string;
  /** The folder below src; empty for the entries. */
  readonly layer: string;
  readonly text: string;
}

const files = readSources();
const products = files.filter(({ name }) => !/\.(test|cases)\.ts$/.test(name));

describe("the import table", () => {
  it("sees every kind of import", () => {
    const text = [
      'import a from "./a.js";',
      'import type {\n  B,\n} from "../b/b.js";',
      'import "../c.js";',
      'export * from "./d.js";',
      'export { e } from "./e.js";',
      'const f = await import("./f.js");',
      'type G = import("./g.js").G;',
      'const text = "no import from here";',
    ].join("\n");
    expect(importsOf(text)).toEqual([
      "./a.js",
      "../b/b.js",
      "../c.js",
      "./d.js",
      "./e.js",
      "./f.js",
      "./g.js",
    ]);
  });

  it("names every folder of src", () => {
    const folders = [...new Set(files.map(({ layer }) => layer))].filter((layer) => layer !== "");
    expect(folders.length).toBeGreaterThan(8);
    expect(folders.filter((layer) => !(layer in table))).toEqual([]);
  });

  it("is kept by every source file", () => {
    expect(products.flatMap(strayImports)).toEqual([]);
  });

  it("leaves the entries to be re-exports and nothing else", () => {
    const entries = files.filter(({ layer }) => layer === "");
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.filter(({ text }) => !isReExports(text)).map(({ name }) => name)).toEqual([]);
  });
});

describe("a source file", () => {
  it("keeps no state of its module", () => {
    const stateful = products.filter(({ text }) => /^(export )?(declare )?(let|var) /m.test(text));
    expect(stateful.map(({ name }) => name)).toEqual([]);
  });

  it("does no I/O in codec", () => {
    const codecs = products.filter(({ layer }) => layer === "codec");
    expect(codecs.length).toBeGreaterThan(0);
    const modules = codecs.flatMap(({ name, text }) =>
      importsOf(text)
        .filter((specifier) => !specifier.startsWith("."))
        .map((specifier) => `${name}: ${specifier}`),
    );
    // The tokenizer of XML takes texts and calls back: it does no I/O either.
    expect(modules.filter((each) => !each.endsWith(": saxes"))).toEqual([]);
  });

  it("is short", () => {
    const long = files.filter((file) => {
      const count = file.text.trimEnd().split("\n").length;
      return count > (products.includes(file) ? lines.source : lines.table);
    });
    expect(long.map(({ name }) => name)).toEqual([]);
  });
});

describe("package.json", () => {
  const { exports, bin } = readPackage();
  const entries = files.filter(({ layer }) => layer === "").map(({ name }) => name);

  it("exports every entry, and nothing else", () => {
    const exported = Object.values(exports).flatMap(sourcesOf);
    expect(exported.filter((name) => !existsSync(join(root, "src", name)))).toEqual([]);
    expect([...new Set(exported)].toSorted()).toEqual(entries.toSorted());
  });

  it("names a command that is there", () => {
    expect(Object.keys(bin)).toEqual(["waybill"]);
    expect(Object.values(bin).flatMap(sourcesOf)).toEqual(["cli/main.ts"]);
  });
});

function readSources(): SourceFile[] {
  const folder = join(root, "src");
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = relative(folder, path).replaceAll("\\", "/");
      const layer = name.includes("/") ? (name.split("/")[0] ?? "") : "";
      return { name, layer, text: readFileSync(path, "utf8") };
    });
}

function importsOf(text: string): string[] {
  const pattern =
    /^(?:import|export)\s(?:[^"';=()]*?\sfrom\s)?\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? "");
}

function strayImports({ name, layer, text }: SourceFile): string[] {
  const allowed = table[layer];
  if (layer === "" || allowed === "all") return [];
  return importsOf(text)
    .filter((specifier) => specifier.startsWith("."))
    .filter((specifier) => {
      const target = join(dirname(name), specifier).replaceAll("\\", "/").split("/")[0] ?? "";
      return target !== layer && !allowed?.includes(target);
    })
    .map((specifier) => `${name} imports ${specifier}`);
}

function isReExports(text: string): boolean {
  const rest = text
    .replaceAll(/^\/\/.*$/gm, "")
    .replaceAll(/^export (type )?(\*|\{[^}]*\}) from "[^"]+";$/gm, "");
  return rest.trim() === "";
}

interface PackageFile {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin: Readonly<Record<string, string>>;
}

function readPackage(): PackageFile {
  const file: PackageFile = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return file;
}

/** The source files that built files come from. */
function sourcesOf(target: string | Readonly<Record<string, string>>): string[] {
  const names = typeof target === "string" ? [target] : Object.values(target);
  return names.flatMap((name) => {
    const built = /^\.\/dist\/(.+?)(?:\.d\.ts|\.js)$/.exec(name)?.[1];
    return built === undefined ? [] : [`${built}.ts`];
  });
}
