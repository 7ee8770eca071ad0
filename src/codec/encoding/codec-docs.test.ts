// The examples of docs/json.md and docs/encodings.md, run as they stand there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../base/limits.js";
import * as encoding from "../../encoding.js";
import * as json from "../../json.js";
import * as urlencoded from "../../urlencoded.js";
import * as xml from "../../xml.js";

const modules: Readonly<Record<string, object>> = {
  "waybill/encoding": encoding,
  "waybill/json": json,
  "waybill/urlencoded": urlencoded,
  "waybill/xml": xml,
};

function readDocs(name: string): string {
  return readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
}

function examplesOf(docs: string): string[] {
  return [...docs.matchAll(/^```js\n(.*?)^```/gms)].map(([, code = ""]) => code);
}

type Run = (imported: typeof modules, asserting: typeof assert) => Promise<void>;

/** Imports become what they import. */
async function run(code: string): Promise<void> {
  const body = code.replaceAll(
    /^import (\{.*?\}) from "(.*?)";$/gm,
    (_, names, name) => `const ${names} = modules[${JSON.stringify(name)}];`,
  );
  const example = new Function("modules", "assert", `return (async () => {${body}})()`) as Run;
  await example(modules, assert);
}

for (const name of ["json.md", "encodings.md"]) {
  describe(`docs/${name}`, () => {
    const examples = examplesOf(readDocs(name));
    it.each(examples.map((code, index) => [index, code] as const))("example %i runs", (_, code) =>
      run(code),
    );

    it("has four examples", () => expect(examples).toHaveLength(4));
  });
}

it("names limits with their defaults", () => {
  const rows = [...readDocs("json.md").matchAll(/^\| `(\w+Max)` \| (\d+)(?: (MiB|GiB))?/gm)];
  const units = ["", "KiB", "MiB", "GiB"];
  const shown = rows.map(([, name = "", number, unit = ""]) => [
    name,
    Number(number) * 1024 ** units.indexOf(unit),
  ]);
  const limits = new Map<string, number>(Object.entries(defaultLimits));
  expect(shown).toEqual(shown.map(([name]) => [name, limits.get(String(name))]));
  expect(shown).toHaveLength(5);
});
