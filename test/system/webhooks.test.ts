// Webhooks of a real server that is killed between its commit and the delivery, with its secret from the environment.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it } from "vitest";
import { verifyWebhook } from "../../src/index.js";
import { startReceiver, type Receiver } from "../webhook-receiver.js";
import { root, startServer, type ServerProcess } from "./server-process.js";

const secret = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;

let folder: string;
let server: ServerProcess | undefined;
let receiver: Receiver;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-webhooks-"));
});
afterEach(async () => {
  await server?.stop();
  await receiver.close().catch(() => undefined);
  await rm(folder, { recursive: true });
});

async function start(): Promise<ServerProcess> {
  server = await startServer({
    document: "examples/profiles.yaml",
    data: join(folder, "data"),
    args: ["--config", join(folder, "waybill.yaml")],
    env: { HOOK_SECRET: secret },
  });
  return server;
}

function configure(hook: object): Promise<void> {
  const webhooks = [{ ...hook, secret: "$HOOK_SECRET" }];
  return writeFile(join(folder, "waybill.yaml"), JSON.stringify({ webhooks }));
}

async function create({ url }: ServerProcess, name: string): Promise<void> {
  const answer = await fetch(`${url}/api/v1/profiles/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name }),
  });
  expect(answer.status).toBe(201);
}

it("delivers what was committed before it was killed", async () => {
  // Whatever it is told before the kill, it never answers.
  receiver = await startReceiver(() => undefined);
  const { port, url } = receiver;
  await configure({ url: `${url}/hook`, events: ["resource.*"], timeoutMs: 100 });
  const first = await start();
  const names = ["Ada", "Grace", "Edsger"];
  for (const name of names) await create(first, name);
  await first.stop("SIGKILL");
  await receiver.close();
  receiver = await startReceiver(undefined, port);
  // One that is not answered in time is sent twice.
  await configure({ url: `${url}/hook`, events: ["resource.*"], timeoutMs: 30_000 });
  const again = await start();
  const got = await receiver.received(names.length);
  const payloads = got.map(({ headers, body }) => verifyWebhook(headers, body, secret));
  expect(payloads.map(({ data }) => data["resource"])).toEqual(
    expect.arrayContaining(["1", "2", "3"].map((id) => ({ collection: "/api/v1/profiles", id }))),
  );
  expect(again.logged()).not.toContain("whsec_");
});

it("is received as the page about it shows", async () => {
  receiver = await startReceiver();
  await receiver.close(); // for a port that is free
  const page = await readFile(join(root, "docs/webhooks.md"), "utf8");
  const code = /^```js\n(.*?)^```/ms.exec(page)?.[1] ?? "";
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    cwd: root, // where "waybill" is this package
    env: { ...process.env, PORT: String(receiver.port), HOOK_SECRET: secret },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await configure({ url: receiver.url, retryMs: 100 });
    await create(await start(), "Ada");
    for await (const line of createInterface(child.stdout)) {
      expect(line).toBe('resource.created {"resource":{"collection":"/api/v1/profiles","id":"1"}}');
      return;
    }
    expect.unreachable("It ended.");
  } finally {
    child.kill();
  }
});
