// The black-box suite of upload protocols against `waybill serve`, which passes it whole, and against another server of
// tus; docs/conformance-uploads.md has both scores. `CONFORMANCE=write` writes it anew.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, startServer, type ServerProcess } from "./server-process.js";

const run = promisify(execFile);
const page = join(root, "docs/conformance-uploads.md");
const expiresMs = 8000;
const peer = "@tus/server 2.4.5 with @tus/file-store 2.1.1";

const thing = { type: "object", properties: { any: { contentMediaType: "*/*" } } };
const document = {
  openapi: "3.1.1",
  info: { title: "Things", version: "1" },
  components: { schemas: { Thing: { "x-resource": "/things", ...thing } } },
};
const config = { uploads: { expiresMs }, prune: { intervalMs: 500 } };

interface Ran {
  readonly lines: readonly string[];
  /** The section of the page. */
  readonly section: string;
}

let folder: string;
let written: string;
let server: ServerProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-conformance-"));
  await writeFile(join(folder, "things.json"), JSON.stringify(document));
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  written = process.env["CONFORMANCE"] === "write" ? page : join(folder, "page.md");
  if (written !== page) await copyFile(page, written);
  server = await startServer({
    document: join(folder, "things.json"),
    data: join(folder, "data"),
    args: ["--config", join(folder, "config.json")],
  });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** Both the lines that people see and the page; that something fails is no error of the command. */
async function conformance(name: string, args: readonly string[]): Promise<Ran> {
  const command = [
    join(root, "scripts/conformance.mjs"),
    ...args,
    "--write",
    written,
    "--name",
    name,
  ];
  const { stdout } = await run(process.execPath, command, { cwd: root }).catch(
    (error: { code?: unknown; stdout?: string }) => {
      if (error.code !== 1) throw error;
      return { stdout: error.stdout ?? "" };
    },
  );
  return {
    lines: stdout.trim().split("\n"),
    section: sectionOf(await readFile(written, "utf8"), name),
  };
}

function sectionOf(text: string, name: string): string {
  return (
    text
      .split(/^(?=## )/m)
      .find((part) => part.startsWith(`## ${name}\n`))
      ?.trim() ?? ""
  );
}

const casesIn = (section: string): string[] =>
  [...section.matchAll(/^\| ([a-z0-9-]+) \|/gm)]
    .map(([, id = ""]) => id)
    .filter((id) => id !== "case");

describe("the suite of upload protocols", () => {
  it("is passed by waybill serve, with nothing left out, and the page says so", async () => {
    const before = sectionOf(await readFile(page, "utf8"), "Waybill");
    const { lines, section } = await conformance("Waybill", [
      server.url,
      "--attach",
      "/things:any",
    ]);
    expect(lines.filter((line) => !line.startsWith("ok "))).toEqual([
      expect.stringMatching(/^\d+ passed, 0 failed$/),
    ]);
    if (written !== page) expect(section).toBe(before);
    expect(server.logged()).not.toContain('"level":50');
  });

  it("runs against another server, and the page has what came of it", async () => {
    const files = join(folder, "files");
    await mkdir(files);
    const child = spawn(
      process.execPath,
      [join(root, "test/upload-peer/serve.mjs"), files, String(expiresMs)],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    const exited = once(child, "exit");
    try {
      const [url = ""] = await once(createInterface({ input: child.stdout }), "line");
      const { lines, section } = await conformance(peer, [url, "--path", "/files"]);
      expect(lines.at(-1)).toMatch(/^\d+ passed, \d+ failed$/);
      const recorded = await readFile(page, "utf8");
      // What such a run comes to may change with the machine; which cases it has may not.
      expect(casesIn(section)).toEqual(casesIn(sectionOf(recorded, "Waybill")));
      expect(casesIn(sectionOf(recorded, peer))).toEqual(casesIn(section));
    } finally {
      child.kill();
      await exited;
    }
  });
});
