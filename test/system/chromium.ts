// Debian's Chromium as a real client. Quiet: nothing but what a test asks for leaves it.
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function launchChromium(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: await findChromium(), args: [...args, ...more] });
}

async function findChromium(): Promise<string> {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  for (const folder of [...folders, "/usr/bin"]) {
    const file = join(folder, "chromium");
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  throw new Error("There is no `chromium` on the PATH. On Debian: apt-get install chromium");
}
