// The examples of docs/multipart.md, run as they stand there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../base/limits.js";
import * as waybill from "../../multipart.js";

const docs = readFileSync(new URL("../../../docs/multipart.md", import.meta.url), "utf8");
const examples = [...docs.matchAll(/^```js\n(.*?)^```/gms)].map(([, code = ""]) => code);

type Run = (modules: Readonly<Record<string, unknown>>, assert: unknown) => Promise<void>;

/** Imports become what they import: the package under test, or a module of the platform. */
async function run(code: string): Promise<void> {
  const modules: Record<string, unknown> = { "waybill/multipart": waybill };
  const body = code.replaceAll(/^import (\{.*?\}) from "(.*?)";$/gm, (_, names, module) => {
    return `const ${names} = modules[${JSON.stringify(module)}];`;
  });
  for (const [, name = ""] of code.matchAll(/from "(node:.*?)"/g))
    modules[name] = await import(name);
  const example = new Function("modules", "assert", `return (async () => {${body}})()`) as Run;
  await example(modules, assert);
}

describe("docs/multipart.md", () => {
  it.each(examples.map((code, index) => [index, code] as const))("example %i runs", (_, code) =>
    run(code),
  );

  it("has an example of each front", () => {
    const all = examples.join("");
    for (const name of ["decodeMultipart", "createMultipartDecoder", "createMultipartEncoder"]) {
      expect(all).toContain(`${name}(`);
    }
  });

  it("names every limit with its default", () => {
    const rows = [...docs.matchAll(/^\| `(\w+Max)` \| (\d+)(?: (KiB|MiB|GiB))?/gm)];
    const shown = rows.map(([, name, number, unit]) => [name, Number(number) * factor(unit)]);
    const limits = new Map<string, number>(Object.entries(defaultLimits));
    expect(shown).toEqual(shown.map(([name]) => [name, limits.get(String(name))]));
    expect(shown.length).toBe(9);
  });
});

function factor(unit: string | undefined): number {
  return 1024 ** ["", "KiB", "MiB", "GiB"].indexOf(unit ?? "");
}
