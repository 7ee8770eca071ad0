// The README's curl lines, run in order against the examples as they are served.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWaybill } from "../../src/index.js";

const run = promisify(execFile);
const root = new URL("../../", import.meta.url);
const readme = await readFile(new URL("README.md", root), "utf8");
const lines = [...readme.matchAll(/^```bash\n(.*?)^```/gms)].flatMap(([, block = ""]) =>
  block.trim().split("\n"),
);

const examples = [
  [8080, "examples/profiles.yaml"],
  [8081, "examples/passports.yaml"],
  // Takes files by URL, from the first.
  [8082, "examples/profiles.yaml"],
] as const;

async function serve(
  example: string,
  { folder, urls }: { folder: string; urls: readonly string[] },
): Promise<{ url: string; close(): Promise<void> }> {
  const waybill = await createWaybill({
    document: new URL(example, root).pathname,
    data: await mkdtemp(join(folder, basename(example))),
    urls: { allow: urls, internal: ["localhost"] },
  });
  const listening = await waybill.listen({ port: 0, host: "localhost" });
  const close = async (): Promise<void> => {
    await listening.close(1000);
    await waybill.close();
  };
  return { url: listening.url, close };
}

describe("README", () => {
  let folder: string;
  const servers: { port: number; url: string; close(): Promise<void> }[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "waybill-readme-"));
    const picture = sharp({ create: { width: 20, height: 10, channels: 3, background: "red" } });
    await picture.png().toFile(join(folder, "pic.png"));
    for (const [port, example] of examples)
      servers.push({
        port,
        ...(await serve(example, { folder, urls: servers.map(({ url }) => url) })),
      });
  });

  afterAll(async () => {
    for (const { close } of servers) await close();
    await rm(folder, { recursive: true });
  });

  it("shows a line for every style", () => {
    expect(lines.length).toBeGreaterThan(12);
  });

  it.each(lines)("%s", async (line) => {
    // -f: an HTTP status of 400 or more fails the line.
    const here = servers.reduce(
      (text, { port, url }) => text.replaceAll(`http://localhost:${port}`, url),
      line,
    );
    const command = here.replaceAll("curl ", "curl -sSf ");
    await run("bash", ["-o", "pipefail", "-c", command], { cwd: folder });
  });

  it("quotes the example as it is", async () => {
    const example = await readFile(new URL("examples/profiles.yaml", root), "utf8");
    const shown = /^```yaml\n(openapi.*?)^```/ms.exec(readme)?.[1];
    expect(example).toContain(shown);
  });
});
