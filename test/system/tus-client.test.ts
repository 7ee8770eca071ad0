// What people do with tus-js-client, by the client itself in the versions that are in use, against `waybill serve`:
// every upload ends at a resource that takes it by its token.
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type ServerProcess } from "./server-process.js";
import { tusClient, type TusOptions, type TusUpload } from "./tus-client.js";

const document = {
  openapi: "3.1.1",
  info: { title: "Notes", version: "1" },
  components: {
    schemas: {
      Note: { "x-resource": "/notes", properties: { file: { contentMediaType: "*/*" } } },
    },
  },
};

const bytes = randomBytes(3_000_000);
const sha256 = createHash("sha256").update(bytes).digest("hex");

let folder: string;
let server: ServerProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-tus-client-"));
  await writeFile(join(folder, "api.json"), JSON.stringify(document));
  await writeFile(join(folder, "bytes.bin"), bytes);
  server = await start();
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

function start(args: readonly string[] = []): Promise<ServerProcess> {
  return startServer({ document: join(folder, "api.json"), data: join(folder, "data"), args });
}

interface Told {
  /** Of the last response that had one. */
  token: string;
  /** `PATCH 0`, `HEAD`, `POST partial`, … */
  readonly requests: string[];
}

type Watched = Told & Required<Pick<TusOptions, "onAfterResponse">>;

/** What a client is told, and what it sends. */
function watched(): Watched {
  const told: Watched = {
    token: "",
    requests: [],
    onAfterResponse(request, response) {
      told.token = response.getHeader("Upload-Token") ?? told.token;
      const offset = request.getHeader("Upload-Offset") ?? "";
      const concat = request.getHeader("Upload-Concat")?.split(";")[0] ?? "";
      told.requests.push(`${request.getMethod()} ${offset}${concat}`.trim());
    },
  };
  return told;
}

async function attached(upload: string): Promise<unknown> {
  const response = await fetch(`${server.url}/notes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ file: { upload } }),
  });
  return response.json();
}

const head = (url: string | null): Promise<Response> =>
  fetch(url ?? "", { method: "HEAD", headers: { "tus-resumable": "1.0.0" } });

describe.each(["4", "5"] as const)("tus-js-client %s", (version) => {
  const { Upload, FileUrlStorage } = tusClient(version);

  /** Resolves when it is whole. */
  function run(
    file: Uint8Array | Readable,
    options: Partial<TusOptions>,
    begin: (upload: TusUpload) => Promise<void> | void = (upload) => upload.start(),
  ): Promise<TusUpload> {
    return new Promise((resolve, reject) => {
      const endpoint = `${server.url}/uploads`;
      const upload: TusUpload = new Upload(file, {
        endpoint,
        onError: reject,
        onSuccess: () => resolve(upload),
        ...options,
      });
      Promise.resolve(begin(upload)).catch(reject);
    });
  }

  it.each<[name: string, options: Partial<TusOptions>, requests: readonly string[]]>([
    ["in one request", {}, ["POST", "PATCH 0"]],
    ["in pieces", { chunkSize: 2_000_000 }, ["POST", "PATCH 0", "PATCH 2000000"]],
    ["with its creation", { uploadDataDuringCreation: true }, ["POST"]],
    ["by POST that means PATCH", { overridePatchMethod: true }, ["POST", "POST 0"]],
  ])("uploads %s", async (_, options, requests) => {
    const told = watched();
    const { onAfterResponse } = told;
    const metadata = { filename: "ü.bin", nonlatin: "słońce" };
    await run(bytes, { ...options, onAfterResponse, metadata });
    expect(told.requests).toEqual(requests);
    expect(await attached(told.token)).toMatchObject({ file: { sha256, filename: "ü.bin" } });
  });

  it.each<[name: string, options: Partial<TusOptions>]>([
    ["whose length is known", { uploadSize: bytes.length, chunkSize: 700_000 }],
    ["whose length is not", { uploadLengthDeferred: true, chunkSize: 700_000 }],
  ])("uploads a stream %s", async (_, options) => {
    const told = watched();
    const pieces = [bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000)];
    const { onAfterResponse } = told;
    await run(Readable.from(pieces), { ...options, onAfterResponse });
    expect(await attached(told.token)).toMatchObject({ file: { sha256, size: bytes.length } });
  });

  it("uploads in parallel, and one file comes of it", async () => {
    const told = watched();
    const metadata = { filename: "ü.bin" };
    const { onAfterResponse } = told;
    const { url } = await run(bytes, {
      parallelUploads: 4,
      metadata,
      onAfterResponse,
    });
    expect(told.requests.filter((each) => each === "POST partial")).toHaveLength(4);
    expect(told.requests.at(-1)).toBe("POST final");
    expect((await head(url)).headers.get("upload-concat")).toMatch(/^final;http/);
    expect(await attached(told.token)).toMatchObject({ file: { sha256, filename: "ü.bin" } });
  });

  it.each([
    ["one after the other", 1],
    ["in parallel", 3],
  ])("goes on with an upload of before, in pieces %s", async (_, parallelUploads) => {
    const urlStorage = new FileUrlStorage(join(folder, `urls-${version}-${parallelUploads}.json`));
    const file = (): Readable => createReadStream(join(folder, "bytes.bin"));
    // Its token was told when it was made; only its URL was kept.
    const headers = { "Upload-Token": "renew" };
    const options = { urlStorage, parallelUploads, chunkSize: 400_000, headers };
    // What was begun is given up after its first piece.
    await new Promise<void>((resolve, reject) => {
      const upload: TusUpload = new Upload(file(), {
        ...options,
        endpoint: `${server.url}/uploads`,
        onError: reject,
        onChunkComplete: () => void upload.abort().then(resolve, reject),
      });
      upload.start();
    });
    const told = watched();
    const { onAfterResponse } = told;
    await run(file(), { ...options, onAfterResponse }, async (upload) => {
      const [previous] = await upload.findPreviousUploads();
      if (!previous) throw new Error("Nothing was kept of the upload before.");
      upload.resumeFromPreviousUpload(previous);
      upload.start();
    });
    const heads = Array<string>(parallelUploads).fill(
      parallelUploads > 1 ? "HEAD partial" : "HEAD",
    );
    expect(told.requests.slice(0, parallelUploads)).toEqual(heads);
    expect(await attached(told.token)).toMatchObject({ file: { sha256 } });
    expect(told.requests).not.toContain("POST");
  });

  it("is given up, whole or not, and gone", async () => {
    const { url, abort } = await run(bytes, {}).then((upload) => ({
      url: upload.url,
      abort: () => upload.abort(true),
    }));
    expect((await head(url)).headers.get("upload-offset")).toBe(String(bytes.length));
    await abort();
    expect((await head(url)).status).toBe(410);
  });

  it("survives a server that is killed half-way", async () => {
    const told = watched();
    const { onAfterResponse } = told;
    const port = new URL(server.url).port;
    let again: Promise<ServerProcess> | undefined;
    const upload = run(bytes, {
      onAfterResponse,
      chunkSize: 1_000_000,
      retryDelays: [100, 300, 1000, 3000, 10_000],
      onChunkComplete() {
        again ??= server.stop("SIGKILL").then(() => start(["--port", port]));
      },
    });
    const { url } = await upload;
    if (!again) throw new Error("The server was not killed.");
    server = await again;
    expect((await head(url)).headers.get("upload-offset")).toBe(String(bytes.length));
    expect(told.requests).toContain("HEAD");
    expect(await attached(told.token)).toMatchObject({ file: { sha256 } });
  });
});
