// What a process leaves on disk when it dies in mid-write or the disk is full: with real processes.
import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDiskStore } from "./disk-store.js";

const run = promisify(execFile);
/** In a name space of its own, where one may mount. */
const shell = (command: string) => run("unshare", ["-rm", "sh", "-c", command]);
let root: string;

// The child runs the very source, compiled: Node 20 does not read TypeScript.
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "waybill-crash-"));
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
    "bin",
    "tsc",
  );
  const source = join(import.meta.dirname, "disk-store.ts");
  const options =
    "--ignoreConfig --module nodenext --target es2023 --skipLibCheck --types node".split(" ");
  await writeFile(join(root, "package.json"), '{"type":"module"}');
  await run(process.execPath, [
    compiler,
    ...options,
    "--rootDir",
    join(import.meta.dirname, ".."),
    "--outDir",
    root,
    source,
  ]);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const preamble = `
  import { createDiskStore } from "./store/disk-store.js";
  import { createUuid } from "./base/id.js";
  const store = await createDiskStore({ folder: process.argv[2] });
`;

it("keeps every closed blob and no other, when killed in mid-write", async () => {
  await writeFile(
    join(root, "kill.js"),
    `${preamble}
    const piece = Buffer.alloc(100_000, 7);
    async function work(pieces) {
      for (;;) {
        const key = createUuid(Date.now());
        const writer = store.create(key);
        for (let i = 0; i < pieces; i++) await writer.write(piece);
        await writer.close();
        console.log(key + " " + pieces * 100_000);
      }
    }
    void work(1e9);
    for (const pieces of [0, 1, 9]) void work(pieces);`,
  );
  for (let round = 0; round < 3; round++) {
    const folder = await mkdtemp(join(root, "kill-"));
    const closed = await killAfter(20 + round * 7, folder);
    const store = await createDiskStore({ folder });
    expect(await store.sweep()).toBeGreaterThan(0);
    expect(await readdir(join(folder, "tmp"))).toEqual([]);
    const found = new Map<string, number>();
    for await (const { key, size } of store.list()) found.set(key, size);
    for (const [key, size] of closed) expect(found.get(key)).toBe(size);
    for (const size of found.values()) expect([0, 100_000, 900_000]).toContain(size);
  }
});

async function killAfter(lines: number, folder: string): Promise<Map<string, number>> {
  const child = spawn(process.execPath, [join(root, "kill.js"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = new Map<string, number>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [key = "", size] = line.split(" ");
    closed.set(key, Number(size));
    if (closed.size === lines) child.kill("SIGKILL");
  }
  return closed;
}

it("says that the disk is full, and leaves nothing", async (context) => {
  const folder = join(root, "full");
  await mkdir(folder);
  await writeFile(
    join(root, "full.js"),
    `${preamble}
    const codes = [];
    const left = async () => { let n = 0; for await (const _ of store.list()) n++; return n; };
    for (const size of [8_000_000, 3_000_000]) {
      const writer = store.create(createUuid(Date.now()));
      try {
        for (let i = 0; i < size; i += 50_000) await writer.write(Buffer.alloc(50_000, 1));
        await writer.close();
      } catch (error) {
        codes.push(error.code + ": " + error.message);
      }
      await writer.abort();
    }
    const { readdirSync } = await import("node:fs");
    const again = store.create(createUuid(Date.now()));
    await again.write(Buffer.alloc(500_000));
    await again.close();
    console.log(JSON.stringify({ codes, blobs: await left(), tmp: readdirSync(process.argv[2] + "/tmp") }));`,
  );
  const mount = `mount -t tmpfs -o size=2m none ${folder}`;
  const refused = await shell(mount).then(
    () => undefined,
    (error: Error) => error.message,
  );
  if (refused !== undefined) return context.skip(`no small disk can be mounted here: ${refused}`);
  const { stdout } = await shell(
    `${mount} && exec ${process.execPath} ${join(root, "full.js")} ${folder}`,
  );
  const full = "insufficient-storage: The storage is full.";
  expect(JSON.parse(stdout)).toEqual({ codes: [full, full], blobs: 1, tmp: [] });
});
