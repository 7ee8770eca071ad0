// Two nodes in one process, over one Postgres and one Ceph: what begins on one goes on at the other, whatever the first
// is in the middle of. No state of a process is needed by another's request.
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createWaybill, type Waybill } from "../../src/server/create-waybill.js";
import { startCeph, type Ceph } from "../servers/ceph.js";
import { startPostgres, type PostgresServer } from "../servers/postgres.js";
import { startReceiver, type Receiver } from "../webhook-receiver.js";

const document = {
  openapi: "3.1.1",
  info: { title: "T", version: "1" },
  components: {
    schemas: {
      Thing: {
        "x-resource": "/things",
        type: "object",
        properties: { file: { contentMediaType: "*/*" } },
      },
    },
  },
};

let [postgres, ceph]: [PostgresServer?, Ceph?] = [];
let receiver: Receiver | undefined;
const nodes: Waybill[] = [];
beforeAll(async () => {
  [postgres, ceph] = await Promise.all([startPostgres(), startCeph()]);
  receiver = await startReceiver();
  Object.assign(process.env, ceph.environment);
  const webhooks = [
    {
      url: receiver.url,
      secret: `whsec_${randomBytes(24).toString("base64")}`,
      events: ["resource.created"],
    },
  ] as const;
  const places = { document, db: postgres.url, store: ceph.url, webhooks };
  // At once, on an empty database.
  nodes.push(...(await Promise.all([createWaybill(places), createWaybill(places)])));
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.close()));
  await Promise.all([postgres?.stop(), ceph?.stop(), receiver?.close()]);
});

interface Message {
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array | ReadableStream | string;
}

const send = (node: 0 | 1, method: string, path: string, { headers = {}, body }: Message = {}) =>
  nodes[node]!.fetch(
    new Request(new URL(path, "http://api.test"), {
      method,
      headers,
      ...(body === undefined ? {} : { body, duplex: "half" }),
    } as RequestInit),
  );

const tus = { "tus-resumable": "1.0.0" };
const octets = { ...tus, "content-type": "application/offset+octet-stream" };
const json = { "content-type": "application/json" };
const bytes = randomBytes(300_000);

async function create(
  node: 0 | 1,
  size: number,
  headers = {},
): Promise<[path: string, token: string]> {
  const made = await send(node, "POST", "/uploads", {
    headers: { ...tus, "upload-length": String(size), ...headers },
  });
  expect(made.status).toBe(201);
  const { pathname } = new URL(made.headers.get("location") ?? "", "http://api.test");
  return [pathname, made.headers.get("upload-token") ?? ""];
}

const patch = (node: 0 | 1, path: string, offset: number, body: Message["body"]) =>
  send(node, "PATCH", path, {
    headers: { ...octets, "upload-offset": String(offset) },
    ...(body === undefined ? {} : { body }),
  });

/** A body that stays open after what it is given, unless an answer that comes first cancels it. */
function open(): { stream: ReadableStream; push(chunk: Uint8Array): void; end(): void } {
  let control: ReadableStreamDefaultController | undefined;
  const stream = new ReadableStream({
    start: (given) => void (control = given),
    cancel: () => void (control = undefined),
  });
  return { stream, push: (chunk) => control?.enqueue(chunk), end: () => control?.close() };
}

async function attach(node: 0 | 1, upload: string): Promise<string> {
  const body = JSON.stringify({ file: { upload } });
  const made = await send(node, "POST", "/things", { headers: json, body });
  expect([made.status, await made.clone().text()]).toMatchObject([201, expect.any(String)]);
  return new URL(made.headers.get("location") ?? "", "http://api.test").pathname;
}

async function digestOf(node: 0 | 1, path: string): Promise<string> {
  const answer = await send(node, "GET", `${path}/file`);
  return createHash("sha256")
    .update(Buffer.from(await answer.arrayBuffer()))
    .digest("hex");
}

const sha256 = (what: Uint8Array): string => createHash("sha256").update(what).digest("hex");

it("is written on one, and taken over on the other while that one still writes", async () => {
  const [path, token] = await create(0, bytes.length);
  expect((await patch(0, path, 0, bytes.subarray(0, 100_000))).status).toBe(204);
  const body = open();
  const first = patch(0, path, 100_000, body.stream);
  body.push(randomBytes(50_000));
  // The other one knows what is committed, goes on from there, and is heard alone.
  const head = await send(1, "HEAD", path, { headers: tus });
  expect(head.headers.get("upload-offset")).toBe("100000");
  const rest = await patch(1, path, 100_000, bytes.subarray(100_000));
  expect([rest.status, rest.headers.get("upload-offset")]).toEqual([204, String(bytes.length)]);
  body.end();
  expect((await first).status).not.toBe(204);
  const thing = await attach(0, token);
  for (const node of [0, 1] as const) expect(await digestOf(node, thing)).toBe(sha256(bytes));
});

it("is verified once, though both are asked at once", async () => {
  const [path, token] = await create(0, bytes.length);
  expect((await patch(0, path, 0, bytes.subarray(0, 1000))).status).toBe(204);
  const last = patch(1, path, 1000, bytes.subarray(1000));
  const heads = [0, 1, 0, 1].map((node) => send(node as 0 | 1, "HEAD", path, { headers: tus }));
  await Promise.allSettled([last, ...heads]);
  const offsets = await Promise.all(
    ([0, 1] as const).map((node) => send(node, "HEAD", path, { headers: tus })),
  );
  if (offsets.every((each) => each.headers.get("upload-offset") !== String(bytes.length)))
    expect((await patch(0, path, 1000, bytes.subarray(1000))).status).toBe(204);
  expect(await digestOf(1, await attach(1, token))).toBe(sha256(bytes));
});

it("is given up on one while the other writes, which leaves nothing", async () => {
  const [path] = await create(0, bytes.length);
  const body = open();
  const writing = patch(0, path, 0, body.stream);
  body.push(bytes.subarray(0, 1000));
  expect((await send(1, "DELETE", path, { headers: tus })).status).toBe(204);
  body.end();
  expect((await writing).status).toBeGreaterThanOrEqual(400);
  expect((await send(0, "HEAD", path, { headers: tus })).status).toBe(410);
});

it("is one of parts that came by both", async () => {
  const [one] = await create(0, 100_000, { "upload-concat": "partial" });
  const [two] = await create(1, 200_000, { "upload-concat": "partial" });
  expect((await patch(1, one, 0, bytes.subarray(0, 100_000))).status).toBe(204);
  expect((await patch(0, two, 0, bytes.subarray(100_000))).status).toBe(204);
  const headers = { ...tus, "upload-concat": `final;${one} ${two}` };
  const made = await send(1, "POST", "/uploads", { headers });
  expect(made.status).toBe(201);
  const thing = await attach(0, made.headers.get("upload-token") ?? "");
  expect(await digestOf(0, thing)).toBe(sha256(bytes));
});

it("is made once for one Idempotency-Key, on whichever it is retried while the first is under way", async () => {
  const headers = { ...json, "idempotency-key": randomUUID() };
  const body = JSON.stringify({ file: bytes.toString("base64") });
  const both = await Promise.all(
    ([0, 1] as const).map((node) => send(node, "POST", "/things", { headers, body })),
  );
  const made = both.filter(({ status }) => status === 201);
  expect(both.every(({ status }) => status === 201 || status === 409)).toBe(true);
  const again = await send(1, "POST", "/things", { headers, body });
  const places = [...made, again].map((each) => each.headers.get("location"));
  expect(new Set(places).size).toBe(1);
});

it("is told once, though both send webhooks", async () => {
  const made = await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      send((i % 2) as 0 | 1, "POST", "/things", { headers: json, body: "{}" }),
    ),
  );
  expect(made.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 201));
  const list = await send(0, "GET", "/things?page_size=1000");
  const { results } = (await list.json()) as { results: unknown[] };
  const ids = (await receiver!.received(results.length)).map(
    ({ headers }) => headers["webhook-id"],
  );
  expect([ids.length, new Set(ids).size]).toEqual([results.length, results.length]);
});
