// The blocks of the pages about resumable uploads, each page's run one after the other in one shell; what stands under
// each is what it prints.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root, startServer, type ServerProcess } from "./server-process.js";

const run = promisify(execFile);

async function blocksOf(page: string): Promise<{ script: string; printed: string }[]> {
  const text = await readFile(join(root, "docs", page), "utf8");
  const found = text.matchAll(/^```bash\n(.*?)^```\n\n```text\n(.*?)^```/gms);
  return [...found].map(([, script = "", printed = ""]) => ({ script, printed }));
}

let folder: string;
let server: ServerProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-resumable-"));
  const picture = sharp({ create: { width: 20, height: 10, channels: 3, background: "red" } });
  await picture.png().toFile(join(folder, "pic.png"));
  server = await startServer({ document: "examples/profiles.yaml", data: join(folder, "data") });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

it.each([
  ["resumable-uploads.md", 8],
  ["tus.md", 4],
])("what %s shows is what happens", async (page, least) => {
  const blocks = await blocksOf(page);
  expect(blocks.length).toBeGreaterThanOrEqual(least);
  const end = "-- end of block --";
  const script = blocks.map((each) => `${each.script}echo "${end}"\n`).join("");
  const here = script.replaceAll("http://localhost:8080", server.url);
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", here], { cwd: folder });
  const printed = stdout.replaceAll("\r", "").split(`${end}\n`).slice(0, -1);
  expect(printed).toEqual(blocks.map((each) => each.printed));
  expect(server.logged()).not.toContain('"level":50');
});
