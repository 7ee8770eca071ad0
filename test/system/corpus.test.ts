// `npm run corpus` over documents of 3.0, 3.1 and 3.2, and those of examples/: nothing fails, nothing is passed over
// in silence, and every way to corrupt a body is refused.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { root } from "./server-process.js";

const run = promisify(execFile);

async function corpus(...args: string[]): Promise<{ lines: string[]; code: number }> {
  const script = join(root, "scripts/corpus.mjs");
  const { stdout, code } = await run(process.execPath, [script, ...args])
    .then(({ stdout: text }) => ({ stdout: text, code: 0 }))
    .catch((error: { stdout: string; code: number }) => error);
  return { lines: stdout.trimEnd().split("\n"), code };
}

it("counts what is in three small documents, and says what it passes over", async () => {
  const { lines, code } = await corpus(join(root, "test/system/corpus"), "--list");
  expect(lines).toEqual([
    "not usable: letters-3.0.json GET /letters: The version gives its method no body, or it has no media type.",
    "not usable: letters-3.0.json POST /scans: The reference #/nowhere names nothing.",
    "no value: orders-3.1.yaml PATCH /notes application/x-www-form-urlencoded: : The value must be string.",
    "3 documents, 8 operations with a body, 2 of them not usable",
    expect.stringMatching(
      /^13 media types \(form-data 3, json 3, raw 2, sequence 1, .*\), 1 without a generated value$/,
    ),
    expect.stringMatching(/^48 round trips, \d+ corrupted twins refused \(.*\)$/),
    "0 values that a form cannot carry, refused by the client",
    expect.stringMatching(/^\d+ passed, 0 failed$/),
  ]);
  for (const kind of ["base64", "colon", "cut", "delimiter", "missing", "type"])
    expect(lines.at(-3)).toMatch(new RegExp(`\\b${kind} [1-9]`));
  expect(code).toBe(0);
});

it("gives the same for the same seed", async () => {
  const folder = join(root, "test/system/corpus");
  const [first, second] = await Promise.all([corpus(folder), corpus(folder)]);
  expect(first).toEqual(second);
});

it("passes over the examples", async () => {
  const { lines, code } = await corpus(join(root, "examples"));
  expect(lines.at(-1)).toMatch(/^[1-9]\d+ passed, 0 failed$/);
  expect(code).toBe(0);
});

it("fails for a document that cannot be read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "waybill-corpus-"));
  try {
    await writeFile(join(folder, "old.json"), '{"swagger":"2.0"}');
    const { lines, code } = await corpus(folder);
    expect(lines[0]).toMatch(
      /^FAIL old\.json \(load\): .* is not an OpenAPI 3\.0, 3\.1 or 3\.2 document/,
    );
    expect(code).toBe(1);
  } finally {
    await rm(folder, { recursive: true });
  }
});
