// The whole test suite of the codecs once more where there is no Buffer: each codec chooses its roads when it
// is loaded, so it is loaded without, and its tests find it loaded.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";

const folder = fileURLToPath(new URL("../../src/codec", import.meta.url));
const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(folder, name));
const suites = sources.filter((name) => name.endsWith(".test.ts"));

vi.resetModules();
const native = globalThis.Buffer;
Reflect.deleteProperty(globalThis, "Buffer");
try {
  for (const source of sources) if (!/\.(test|cases)\.ts$/.test(source)) await import(source);
} finally {
  globalThis.Buffer = native;
}

afterAll(() => {
  vi.resetModules();
});

it("loads the roads that need no Buffer", async () => {
  const { viewOctets } = await import("../../src/codec/encoding/octet-view.js");
  const { readLatin1, readLatin1Portably } = await import("../../src/codec/multipart/latin1.js");
  expect(Buffer.isBuffer(viewOctets(new Uint8Array(1)))).toBe(false);
  expect(readLatin1).toBe(readLatin1Portably);
});

it("finds the suites", () => {
  expect(suites.length).toBeGreaterThan(10);
});

describe("without Buffer", async () => {
  for (const suite of suites) await import(suite);
});
