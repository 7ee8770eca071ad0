// `waybill serve` that is told to end, as a balancer and its clients see it: readiness first, then what can go on at
// another server is cut off with what is durable, and what cannot is carried out.
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { request, type ClientRequest, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startServer, type ServerProcess } from "./server-process.js";

const document = "examples/upload.yaml";
let folder = "";
let server: ServerProcess;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-drain-"));
});
afterEach(async () => {
  await server.stop("SIGKILL");
  await rm(folder, { recursive: true });
});

const start = async (config?: object): Promise<void> => {
  const file = join(folder, "config.json");
  await writeFile(file, JSON.stringify(config ?? {}));
  const args = ["--config", file];
  server = await startServer({ document, data: join(folder, "data"), args });
};

const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
const half = bytes.subarray(0, 150_000);
const rest = bytes.subarray(150_000);

interface Sending {
  readonly request: ClientRequest;
  readonly informed: { readonly status: number; readonly offset: string | undefined }[];
  readonly answer: Promise<IncomingMessage>;
}

/** Sends a request with the first half of its body, and leaves it open. */
function begin(method: string, path: string, headers: Record<string, string | number>): Sending {
  const sent = request(new URL(path, server.url), { method, headers });
  const informed: Sending["informed"] = [];
  sent.on("information", ({ statusCode, headers: { "upload-offset": offset } }) =>
    informed.push({ status: statusCode, offset: offset?.toString() }),
  );
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on("response", resolve).on("error", reject);
  });
  answer.catch(() => undefined);
  return { request: sent, informed, answer };
}

/** Octets of all resumable uploads that are not whole. */
async function unfinished(): Promise<number> {
  let total = 0;
  const place = join(folder, "data/files/partial");
  for (const each of await readdir(place)) total += (await stat(join(place, each))).size;
  return total;
}

const tus = { "tus-resumable": "1.0.0" };
const octets = { ...tus, "content-type": "application/offset+octet-stream" };

async function createByTus(): Promise<string> {
  const headers = { ...tus, "upload-length": String(bytes.length) };
  const made = await fetch(`${server.url}/uploads`, { method: "POST", headers });
  return new URL(made.headers.get("location") ?? "").pathname;
}

it("says that it is not ready and goes on, until its time is over", async () => {
  await start({ drain: { readyMs: 600_000 } });
  const ready = (): Promise<Response> => fetch(`${server.url}/readyz`);
  expect((await ready()).status).toBe(200);
  server.child.kill("SIGTERM");
  await expect.poll(async () => (await ready()).status).toBe(503);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  const path = await createByTus();
  const sent = { method: "PATCH", headers: { ...octets, "upload-offset": "0" }, body: bytes };
  expect((await fetch(server.url + path, sent)).status).toBe(204);
  expect(await server.stop()).toBe(1); // a second signal does not wait
});

it("cuts off what is resumable with what it has, and lets what is not come to its end", async () => {
  await start();
  const path = await createByTus();
  const piece = begin("PATCH", path, {
    ...octets,
    "upload-offset": "0",
    "content-length": bytes.length,
  });
  piece.request.write(half);
  const drafted = begin("POST", "/uploads", {
    "upload-draft-interop-version": "8",
    "upload-complete": "?1",
    "content-length": bytes.length,
  });
  drafted.request.write(half);
  // Nobody has told this one's client where it could go on.
  const created = begin("POST", "/uploads", {
    ...octets,
    "upload-length": String(bytes.length),
    "content-length": bytes.length,
  });
  created.request.write(half);
  const single = begin("POST", "/uploads", {
    expect: "100-continue",
    "content-length": bytes.length,
  });
  single.request.flushHeaders();
  await once(single.request, "continue");
  single.request.write(half);
  await expect.poll(unfinished).toBe(3 * half.length);

  server.child.kill("SIGTERM");
  const cut = await Promise.all([piece.answer, drafted.answer]);
  expect(cut.map(({ statusCode, headers }) => [statusCode, headers["retry-after"]])).toEqual([
    [503, "5"],
    [503, "5"],
  ]);
  expect(drafted.informed.at(-1)).toEqual({ status: 104, offset: String(half.length) });
  for (const { request: open } of [created, single]) open.end(rest);
  for (const { answer } of [created, single]) {
    const response = await answer;
    expect([response.statusCode, response.headers.connection]).toEqual([201, "close"]);
    await text(response);
  }
  for (const { request: open } of [piece, drafted]) open.destroy();
  if (server.child.exitCode === null) await once(server.child, "close");
  expect(server.child.exitCode).toBe(0);

  await start();
  const head = await fetch(server.url + path, { method: "HEAD", headers: tus });
  expect(head.headers.get("upload-offset")).toBe(String(half.length));
  const last = await fetch(server.url + path, {
    method: "PATCH",
    headers: { ...octets, "upload-offset": String(half.length) },
    body: rest,
  });
  expect([last.status, last.headers.get("upload-offset")]).toEqual([204, String(bytes.length)]);
});
