// The README's curl lines, run in order against the example as it is served.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWaybill, type Listening, type Waybill } from "../../src/index.js";

const run = promisify(execFile);
const root = new URL("../../", import.meta.url);
const readme = await readFile(new URL("README.md", root), "utf8");
const lines = [...readme.matchAll(/^```bash\n(.*?)^```/gms)].flatMap(([, block = ""]) =>
  block.trim().split("\n"),
);

describe("README", () => {
  let folder: string;
  let waybill: Waybill;
  let listening: Listening;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "waybill-readme-"));
    const picture = sharp({ create: { width: 20, height: 10, channels: 3, background: "red" } });
    await picture.png().toFile(join(folder, "pic.png"));
    waybill = await createWaybill({
      document: new URL("examples/profiles.yaml", root).pathname,
      data: join(folder, "data"),
    });
    listening = await waybill.listen({ port: 0, host: "localhost" });
  });

  afterAll(async () => {
    await listening.close(1000);
    await waybill.close();
    await rm(folder, { recursive: true });
  });

  it("shows a line for every style", () => {
    expect(lines.length).toBeGreaterThan(12);
  });

  it.each(lines)("%s", async (line) => {
    // -f: an HTTP status of 400 or more fails the line.
    const command = line
      .replaceAll("http://localhost:8080", listening.url)
      .replaceAll("curl ", "curl -sSf ");
    await run("bash", ["-o", "pipefail", "-c", command], { cwd: folder });
  });

  it("quotes the example as it is", async () => {
    const example = await readFile(new URL("examples/profiles.yaml", root), "utf8");
    const shown = /^```yaml\n(openapi.*?)^```/ms.exec(readme)?.[1];
    expect(example).toContain(shown);
  });
});
