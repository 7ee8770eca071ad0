// Azurite, Microsoft's own emulator of Azure Blob Storage, as a process on a free port, its data in a folder of its own.
// It ends with the process that started it: its input is a pipe from here.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Azurite {
  /** Of a fresh container, for `--store`; its key is in the environment. */
  readonly url: string;
  /** `AZURE_STORAGE_KEY`: the account key that the emulator is known for. */
  readonly environment: Readonly<Record<string, string>>;
  /** What requests go to, with the account's name in it. */
  readonly endpoint: string;
  /** Makes one more container; resolves to its URL. */
  createContainer(): Promise<string>;
  stop(): Promise<void>;
}

export interface AzuriteOptions {
  /** For HTTPS, which is needed for tokens. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

export const azuriteAccount = "devstoreaccount1";
/** Published by Microsoft, the same everywhere: no secret. */
export const azuriteKey =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const main = fileURLToPath(
  new URL("../azurite/node_modules/azurite/dist/src/blob/main.js", import.meta.url),
);

const held = `process.stdin.on("end", () => process.exit()).resume(); require(process.argv[1])`;

export async function startAzurite({ certificate }: AzuriteOptions = {}): Promise<Azurite> {
  const folder = await mkdtemp(join(tmpdir(), "waybill-azurite-"));
  // The SDK's version of the service is newer than the emulator's, by months as a rule.
  const common = ["--skipApiVersionCheck", "--disableTelemetry", "--location", folder];
  const secure = certificate
    ? ["--cert", certificate.cert, "--key", certificate.key, "--oauth", "basic"]
    : [];
  const flags = ["--blobPort", "0", "--silent", ...common, ...secure];
  const child = spawn(process.execPath, ["-e", held, main, ...flags], { cwd: folder });
  const closed = once(child, "close");
  const endpoint = await new Promise<string>((resolve, reject) => {
    let printed = "";
    const listen = (text: string): void => {
      printed += text;
      const found = /successfully listens on (https?:\/\/\S+)/.exec(printed)?.[1];
      if (found !== undefined) resolve(`${found}/${azuriteAccount}`);
    };
    child.stdout.setEncoding("utf8").on("data", listen);
    child.stderr.setEncoding("utf8").on("data", listen);
    child.on("error", reject);
    child.on("close", (code) => reject(new Error(`Azurite ended with ${code}:\n${printed}`)));
  });
  const createContainer = async () => {
    const name = `c-${randomUUID()}`;
    const { BlobServiceClient, StorageSharedKeyCredential } = await import("@azure/storage-blob");
    const credential = new StorageSharedKeyCredential(azuriteAccount, azuriteKey);
    await new BlobServiceClient(endpoint, credential).createContainer(name);
    const query = new URLSearchParams({ account: azuriteAccount, endpoint });
    return `azure://${name}/?${query}`;
  };
  return {
    url: await createContainer(),
    environment: { AZURE_STORAGE_KEY: azuriteKey },
    endpoint,
    createContainer,
    async stop() {
      child.kill("SIGKILL");
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
