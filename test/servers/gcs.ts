// A fake of Google Cloud Storage, since there is no server of it to be had, nor an emulator by its maker. It does what the
// bucket here asks of the service, and refuses what the documentation says that the service refuses: the JSON API with
// generations and preconditions (cloud.google.com/storage/docs/json_api/v1), uploads in one request and resumable ones
// (…/docs/performing-resumable-uploads), composing and rewriting, and of the XML API what signed URLs and POST policies
// reach (…/docs/xml-api), whose signatures it verifies (`gcs-signature.ts`). Tokens are those that the service account has
// signed itself (google.aip.dev/auth/4111). What it holds is in memory.
import { generateKeyPairSync, randomUUID, verify } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answerJson } from "./gcs-json.js";
import { createGcsObjects, type GcsObjects } from "./gcs-objects.js";
import { Refusal } from "./gcs-refusal.js";
import { sendJson, type GcsRequest } from "./gcs-request.js";
import type { Signer } from "./gcs-signature.js";
import { answerUpload } from "./gcs-uploads.js";
import { answerXml } from "./gcs-xml.js";

export interface Gcs {
  /** Of an empty bucket, for `--store`. */
  readonly url: string;
  /** What the SDK finds its credentials by: the key file of a service account. */
  readonly environment: { readonly GOOGLE_APPLICATION_CREDENTIALS: string };
  readonly endpoint: string;
  readonly objects: GcsObjects;
  /** Makes one more; resolves to its URL. */
  createBucket(): string;
  /** From now on it is so much later there. */
  advance(ms: number): void;
  stop(): Promise<void>;
}

const email = "waybill@test-project.iam.gserviceaccount.com";

export async function startGcs(port = 0): Promise<Gcs> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  let aheadMs = 0;
  const now = (): number => Date.now() + aheadMs;
  const objects = createGcsObjects(now);
  const server = createServer((message, response) => {
    const url = new URL(`http://${message.headers.host}${message.url}`);
    const request: GcsRequest = {
      message,
      response,
      method: message.method ?? "GET",
      url,
      headers: Object.fromEntries(
        Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
      ),
      objects,
      signer: { email, key: publicKey, nowMs: now() },
      authorize() {
        const token = /^Bearer (.+)$/.exec(message.headers.authorization ?? "")?.[1] ?? "";
        // Those of the test do not age with the clock that is put forward.
        if (!isToken(token, { ...request.signer, nowMs: Date.now() }))
          throw new Refusal(401, "authError", "Invalid Credentials");
      },
    };
    void answer(request).catch((error: unknown) => refuse(request, error));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === "object" ? address?.port : port}`;
  const folder = await mkdtemp(join(tmpdir(), "gcs-"));
  const keyFile = join(folder, "service-account.json");
  const account = {
    type: "service_account",
    project_id: "test-project",
    private_key_id: "1",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    client_email: email,
    client_id: "1",
  };
  await writeFile(keyFile, JSON.stringify(account), { mode: 0o600 });
  const createBucket = (): string => {
    const name = `b-${randomUUID()}`;
    objects.createBucket(name);
    return `gs://${name}/?${new URLSearchParams({ endpoint })}`;
  };
  return {
    url: createBucket(),
    environment: { GOOGLE_APPLICATION_CREDENTIALS: keyFile },
    endpoint,
    objects,
    createBucket,
    advance: (ms) => void (aheadMs += ms),
    async stop() {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answer(request: GcsRequest): Promise<void> {
  const { pathname } = request.url;
  if (pathname.startsWith("/storage/v1/")) return answerJson(request);
  if (pathname.startsWith("/upload/storage/v1/")) return answerUpload(request);
  return answerXml(request);
}

/** Signed with the key of the account, for the scope of the service, and in time (AIP-4111, RFC 7519). */
function isToken(token: string, { key, email: of, nowMs }: Signer): boolean {
  const [head = "", claims = "", signature = ""] = token.split(".");
  if (!verify("sha256", Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, "base64url")))
    return false;
  const said: Claims = JSON.parse(Buffer.from(claims, "base64url").toString());
  const scope = "https://www.googleapis.com/auth/devstorage.full_control";
  const isOurs = said.iss === of && said.sub === of && said.scope?.split(" ").includes(scope);
  return isOurs === true && (said.exp ?? 0) * 1000 > nowMs;
}

interface Claims {
  readonly iss?: string;
  readonly sub?: string;
  readonly scope?: string;
  readonly exp?: number;
}

/** In the one of the two formats that belongs to the path. */
function refuse(request: GcsRequest, error: unknown): void {
  const { response, url } = request;
  const { status, reason, message } =
    error instanceof Refusal ? error : new Refusal(500, "backendError", String(error));
  if (response.headersSent || response.destroyed) return void response.destroy();
  request.message.resume();
  if (/^\/(upload\/)?storage\/v1\//.test(url.pathname)) {
    const errors = [{ message, domain: "global", reason }];
    sendJson(request, status, { error: { code: status, message, errors } });
    return;
  }
  const text = `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${reason}</Code><Message>${message}</Message></Error>`;
  response.writeHead(status, { "content-type": "application/xml" }).end(text);
}
