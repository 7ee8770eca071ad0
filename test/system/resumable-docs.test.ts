// The blocks of docs/resumable-uploads.md, run one after the other in one shell; what stands under each is what it prints.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root, startServer, type ServerProcess } from "./server-process.js";

const run = promisify(execFile);
const blocks = [
  ...(await readFile(join(root, "docs/resumable-uploads.md"), "utf8")).matchAll(
    /^```bash\n(.*?)^```\n\n```text\n(.*?)^```/gms,
  ),
].map(([, script = "", printed = ""]) => ({ script, printed }));

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

it("what the page shows is what happens", async () => {
  expect(blocks.length).toBeGreaterThanOrEqual(8);
  const end = "-- end of block --";
  const script = blocks.map((each) => `${each.script}echo "${end}"\n`).join("");
  const here = script.replaceAll("http://localhost:8080", server.url);
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", here], { cwd: folder });
  const printed = stdout.replaceAll("\r", "").split(`${end}\n`).slice(0, -1);
  expect(printed).toEqual(blocks.map((each) => each.printed));
  expect(server.logged()).not.toContain('"level":50');
});
