// The examples of docs/client.md, run as they stand there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as client from "../client.js";

const docs = readFileSync(new URL("../../docs/client.md", import.meta.url), "utf8");
const examples = [...docs.matchAll(/^```js\n(.*?)^```/gms)].map(([, code = ""]) => code);

type Run = (modules: Readonly<Record<string, unknown>>, assert: unknown) => Promise<void>;

/** Imports become what they import: the package under test, or a module of the platform. */
async function run(code: string): Promise<void> {
  const modules: Record<string, unknown> = { "waybill/client": client };
  const body = code.replaceAll(
    /^import (\{.*?\}) from "(.*?)";$/gm,
    (_, names, name) => `const ${names} = modules[${JSON.stringify(name)}];`,
  );
  for (const [, name = ""] of code.matchAll(/from "(node:.*?)"/g))
    modules[name] = await import(name);
  const example = new Function("modules", "assert", `return (async () => {${body}})()`) as Run;
  await example(modules, assert);
}

describe("docs/client.md", () => {
  it.each(examples.map((code, index) => [index, code] as const))("example %i runs", (_, code) =>
    run(code),
  );

  it("has an example of each function", () => {
    const functions = Object.keys(client).filter((name) => /^(encode|plan|part|file)/.test(name));
    expect(functions.filter((name) => !examples.join("").includes(`${name}(`))).toEqual([]);
    expect(examples.length).toBe(4);
  });
});
