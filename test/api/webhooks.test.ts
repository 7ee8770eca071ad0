// Webhooks from a whole server to a real receiver: what it gets, what happens when it does not take it, and what
// becomes of the rest.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSqliteDb } from "../../src/db/sqlite-db.js";
import {
  createWaybill,
  verifyWebhook,
  type Waybill,
  type WaybillOptions,
} from "../../src/index.js";
import { pictures } from "../system/http-scenario.js";
import { startReceiver, type Got, type Receiver, type Respond } from "../webhook-receiver.js";
import type { Db } from "../../src/db/db.js";

const soon = { timeout: 15_000 };
const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const otherSecret = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
const schemas = {
  Profile: {
    "x-resource": "/profiles",
    type: "object",
    required: ["name"],
    properties: { name: { type: "string" }, pic: { contentMediaType: "image/*" } },
  },
};
const document = (openapi = "3.1.1") => ({
  openapi,
  info: { title: "T", version: "1" },
  components: { schemas },
});

let folder: string;
let undo: (() => Promise<unknown>)[] = [];
let errors: unknown[];

beforeEach(async () => {
  errors = [];
  folder = await mkdtemp(join(tmpdir(), "waybill-webhooks-"));
  undo.push(() => rm(folder, { recursive: true }));
});
afterEach(async () => {
  for (const each of undo.splice(0).toReversed()) await each();
  undo = [];
});

async function receiver(respond?: Respond): Promise<Receiver> {
  const made = await startReceiver(respond);
  undo.push(() => made.close());
  return made;
}

type Hook = NonNullable<WaybillOptions["webhooks"]>[number];

async function start(...webhooks: Partial<Hook>[]): Promise<Waybill> {
  const waybill = await createWaybill({
    document: document(),
    data: folder,
    prune: { intervalMs: 20 },
    webhooks: webhooks.map((each) => ({
      url: "http://127.0.0.1:1/",
      secret,
      retryMs: 10,
      ...each,
    })),
    onError: (error) => errors.push(error),
  });
  undo.push(() => waybill.close());
  return waybill;
}

async function open(): Promise<Db> {
  const db = await createSqliteDb({ path: join(folder, "waybill.db") });
  undo.push(() => db.close());
  return db;
}

async function create(waybill: Waybill, name = "Ada"): Promise<void> {
  const pic = `data:image/png;base64,${pictures.red.toString("base64")}`;
  const request = new Request("http://api.test/profiles", {
    method: "POST",
    body: JSON.stringify({ name, pic }),
    headers: { "content-type": "application/json" },
  });
  expect((await waybill.fetch(request)).status).toBe(201);
}

const typeOf = ({ body }: Got): unknown => (JSON.parse(body) as { type: string }).type;
const statesOf = async (db: Db): Promise<unknown[]> =>
  (await db.all("SELECT state, attempts FROM delivery ORDER BY event_id, webhook_id")).map(
    ({ state, attempts }) => `${state} ${attempts}`,
  );

async function shown(openapi: string, webhooks?: Hook[]) {
  const waybill = await createWaybill({
    document: { ...document(openapi), ...(openapi < "3.1" ? { paths: {}, components: {} } : {}) },
    data: ":memory:",
    ...(webhooks ? { webhooks } : {}),
  });
  undo.push(() => waybill.close());
  const answer = await waybill.fetch(new Request("http://api.test/openapi.json"));
  return (await answer.json()) as { webhooks?: Record<string, unknown> };
}

describe("what a receiver gets", () => {
  it("is signed, for its events alone, and says what happened", async () => {
    const files = await receiver();
    const all = await receiver();
    const waybill = await start(
      { url: `${files.url}/in?key=1`, events: ["file.*"] },
      { url: all.url, secret: [otherSecret, secret] },
    );
    await create(waybill);
    const [got] = await files.received(1);
    const payload = verifyWebhook(got?.headers ?? {}, got?.body ?? "", secret);
    expect(got?.path).toBe("/in?key=1");
    expect(got?.headers["content-type"]).toBe("application/json");
    expect(payload).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: "file.attached",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      data: {
        file: {
          id: expect.any(String),
          mediaType: "image/png",
          size: pictures.red.length,
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
        resource: { collection: "/profiles", id: "1" },
        property: "/pic",
        position: 0,
      },
    });
    expect((await all.received(2)).map(typeOf).sort()).toEqual([
      "file.attached",
      "resource.created",
    ]);
    for (const each of all.got)
      for (const key of [secret, otherSecret]) verifyWebhook(each.headers, each.body, key);
    expect(files.got.length).toBe(1);
    expect(errors).toEqual([]);
  });

  it("is sent again after a 500 and after a cut connection, under the same id", async () => {
    const made = await receiver((response, _, count) => {
      if (count === 1) response.writeHead(500).end("no");
      else if (count === 2) response.destroy();
      else response.writeHead(200).end();
    });
    const db = await open();
    await create(await start({ url: made.url, events: ["file.attached"] }));
    const got = await made.received(3);
    expect(new Set(got.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(got.map(({ body }) => body)).size).toBe(1);
    await expect.poll(() => statesOf(db), soon).toEqual(["delivered 3"]);
    expect(errors).toEqual([]);
  });

  it("is no redirect's to take elsewhere", async () => {
    const elsewhere = await receiver();
    const made = await receiver((response, _, count) =>
      response.writeHead(count === 1 ? 307 : 204, { location: elsewhere.url }).end(),
    );
    await create(await start({ url: made.url, events: ["file.attached"] }));
    await made.received(2);
    expect(elsewhere.got).toEqual([]);
  });
});

describe("a receiver that does not take it", () => {
  it("is given up in the end, and that is told", async () => {
    const made = await receiver((response) => response.writeHead(503).end());
    const db = await open();
    const events = ["file.attached"];
    await create(await start({ url: `${made.url}/secret`, events, giveUpMs: 1200 }));
    await expect
      .poll(() => errors.map(String), soon)
      .toEqual([
        expect.stringMatching(
          /The webhook webhooks\[0\] at http:\/\/[\d.:]+ was not told of file\.attached .* It answered 503\.$/,
        ),
      ]);
    expect(await statesOf(db)).toEqual([`dead ${made.got.length}`]);
    expect(made.got.length).toBeGreaterThan(1);
  });

  it("and answers 410 gets nothing more, now and after a restart", async () => {
    const gone = await receiver((response) => response.writeHead(410).end());
    const db = await open();
    const first = await start({ url: gone.url });
    await create(first);
    const states = async () => (await statesOf(db)).map((each) => String(each).split(" ")[0]);
    await expect.poll(states, soon).toEqual(["dead", "dead"]);
    const { length } = gone.got;
    expect(errors.map(String)).toEqual([expect.stringContaining("is disabled: It answered 410.")]);
    await create(first);
    await first.close();
    await create(await start({ url: gone.url }));
    expect(await states()).toEqual(["dead", "dead"]);
    expect(gone.got.length).toBe(length);
  });

  it("in time is cut off and tried again, and holds up nobody else", async () => {
    const slow = await receiver((response, _, count) => {
      if (count > 1) response.writeHead(204).end();
    });
    const quick = await receiver();
    const events = ["file.attached"];
    const waybill = await start(
      { url: slow.url, events, timeoutMs: 50 },
      { url: quick.url, events },
    );
    await create(waybill);
    await Promise.all([slow.received(2), quick.received(1)]);
    const [first, second] = slow.got;
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  });

  it("and others with it, many at once, are no leak to Node", async () => {
    const warned: string[] = [];
    const onWarning = ({ name }: Error): number => warned.push(name);
    process.on("warning", onWarning);
    undo.push(async () => process.off("warning", onWarning));
    const silent = await receiver(() => undefined);
    const hooks = [1, 2, 3, 4, 5].map((i) => ({ url: `${silent.url}/${i}` }));
    const waybill = await start(...hooks);
    await create(waybill);
    await create(waybill);
    await silent.received(20); // two events each
    await waybill.close();
    expect(warned).toEqual([]);
  });

  it("is left alone when it is taken out of the configuration", async () => {
    const db = await open();
    const first = await start({ retryMs: 1e6, events: ["file.attached"] });
    await create(first);
    await expect.poll(() => statesOf(db), soon).toEqual(["waiting 1"]);
    await first.close();
    const second = await start();
    await create(second);
    await expect.poll(() => statesOf(db), soon).toEqual(["dead 1"]);
  });
});

describe("what waits", () => {
  it("is delivered after a restart", async () => {
    const db = await open();
    const late = await receiver();
    const { port } = late;
    await late.close();
    const url = `http://127.0.0.1:${port}/`;
    const first = await start({ url, retryMs: 1e6, events: ["file.attached"] });
    await create(first);
    await expect.poll(() => statesOf(db), soon).toEqual(["waiting 1"]);
    await first.close();
    await db.run("UPDATE delivery SET next_at = 0"); // as if the time had come
    const made = await startReceiver(undefined, port);
    undo.push(() => made.close());
    await start({ url, events: ["file.attached"] });
    await made.received(1);
    await expect.poll(() => statesOf(db), soon).toEqual(["delivered 2"]);
  });

  it("goes out once, whoever looks", async () => {
    const made = await receiver();
    const waybill = await start({ url: made.url, events: ["resource.created"] });
    const db = await open();
    const { startWebhooks } = await import("../../src/upload/webhooks.js");
    const { postWebhook } = await import("../../src/server/post-webhook.js");
    const { webhookOptionsOf } = await import("../../src/server/webhook-options.js");
    const endpoints = webhookOptionsOf([{ url: made.url, secret, events: ["resource.created"] }]);
    const onError = (error: Error) => errors.push(error);
    const clock = { now: () => Date.now() };
    const other = await startWebhooks({ db, clock, endpoints, post: postWebhook, onError });
    const names = Array.from({ length: 60 }, (_, i) => `n${i}`);
    await Promise.all(names.map((name) => create(waybill, name)));
    await expect
      .poll(async () => new Set(await statesOf(db)), soon)
      .toEqual(new Set(["delivered 1"]));
    await other.stop();
    expect(new Set(made.got.map(({ headers }) => headers["webhook-id"])).size).toBe(60);
    expect(made.got.length).toBe(60);
    expect(errors).toEqual([]);
  });
});

describe("the document", () => {
  const hook = { url: "https://hooks.test/", secret, events: ["file.*", "upload.expired"] };

  it("lists the events that somebody is told of, where its version can", async () => {
    const found = await shown("3.1.1", [hook]);
    expect(Object.keys(found.webhooks ?? {})).toEqual([
      "file.replaced",
      "file.attached",
      "file.detached",
      "upload.expired",
    ]);
    expect(found.webhooks?.["file.attached"]).toMatchObject({
      post: {
        requestBody: {
          content: {
            "application/json": { schema: { properties: { type: { const: "file.attached" } } } },
          },
        },
      },
    });
    expect((await shown("3.1.1")).webhooks).toBeUndefined();
    expect((await shown("3.0.3", [hook])).webhooks).toBeUndefined();
  });
});

describe("options", () => {
  const url = "https://hooks.test/";
  it.each<[unknown, string]>([
    [{}, "webhooks must be a list"],
    [[7], "webhooks[0] must be an object"],
    [[{ url, secret, event: [] }], "webhooks[0]: there is no option event"],
    [[{ url: "ftp://x/", secret }], "webhooks[0].url"],
    [[{ url: "https://a:b@x/", secret }], "webhooks[0].url"],
    [[{ url }], "webhooks[0].secret"],
    [[{ url, secret: "hush" }], "webhooks[0].secret"],
    [[{ url, secret, events: [] }], "webhooks[0].events"],
    [[{ url, secret, events: ["file.eaten"] }], "webhooks[0].events: there is no file.eaten"],
    [[{ url, secret, timeoutMs: 0 }], "webhooks[0].timeoutMs"],
    [
      [
        { url, secret },
        { url, secret },
      ],
      "webhooks[1]: its url is there twice",
    ],
  ])("refuses %j", async (webhooks, want) => {
    const made = createWaybill({ document: document(), data: ":memory:", webhooks } as never);
    await expect(made).rejects.toThrow(want);
    await expect(made).rejects.not.toThrow("hush");
  });
});
