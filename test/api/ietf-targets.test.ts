// Operations that take a file, as targets of resumable uploads: the octets come in over several requests, and the last
// answer is the operation's own.
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { pictures } from "../system/http-scenario.js";
import type { WaybillOptions } from "../../src/server/create-waybill.js";
import { openRows } from "./data-under-test.js";
import { exchange, start, undo, undoAll, type Answer, type Api, type Sent } from "./ietf-client.js";

afterEach(undoAll);

const bytes = randomBytes(200_000);
const json = { "content-type": "application/json" };

async function thing({ send }: Api): Promise<void> {
  const made = await send("POST", "/things", { headers: json, body: "{}" });
  expect(made.status).toBe(201);
}

const put = (api: Api, path: string, complete: string, sent: Sent = {}): Promise<Answer> =>
  api.send(path === "/things/1/many" ? "POST" : "PUT", path, {
    ...sent,
    headers: {
      "upload-complete": complete,
      "content-type": "application/octet-stream",
      ...sent.headers,
    },
  });

const append = (
  { send }: Api,
  url: string,
  at: number,
  complete: string,
  body: Uint8Array,
  headers = {},
) =>
  send("PATCH", url, {
    headers: {
      "content-type": "application/partial-upload",
      "upload-offset": String(at),
      "upload-complete": complete,
      ...headers,
    },
    body,
  });

const stateOf = (answer: Answer): unknown[] => [answer.status, answer.headers["upload-complete"]];

async function isThere({ url }: Api, path: string, want: Uint8Array): Promise<void> {
  const got = await fetch(url + path);
  expect(got.status).toBe(200);
  expect(Buffer.from(await got.arrayBuffer()).equals(want)).toBe(true);
}

const limitOf = async (api: Api, path: string): Promise<unknown> =>
  (await api.send("OPTIONS", path)).headers["upload-limit"];

it("says its limits to OPTIONS, where it is offered", async () => {
  const api = await start();
  for (const path of ["/things/1/any", "/things/1/many"])
    expect(await limitOf(api, path)).toBe(`max-size=${8 * 2 ** 30}, max-age=86400`);
  for (const path of ["/things", "/things/1"]) expect(await limitOf(api, path)).toBeUndefined();
  const off = await start({ uploads: false });
  expect(await limitOf(off, "/things/1/any")).toBeUndefined();
});

it("takes it in one request that could be resumed, and answers as ever", async () => {
  const api = await start();
  await thing(api);
  const done = await put(api, "/things/1/any", "?1", { body: bytes });
  expect(stateOf(done)).toEqual([201, "?1"]);
  expect(done.interim[0]?.location).toMatch(/\/uploads\/[0-9a-f-]{36}$/);
  expect(JSON.parse(done.body)).toMatchObject({ id: 1, any: { size: 200_000 } });
  await isThere(api, "/things/1/any", bytes);
  const plain = await put(api, "/things/1/any", "", { body: bytes });
  expect([...Object.keys(done.headers), "-"].toSorted()).toEqual(
    [...Object.keys(plain.headers), "upload-complete", "-"].toSorted(),
  );
});

it.each(["/things/1/any", "/things/1/many"])("takes it in pieces: %s", async (path) => {
  const api = await start();
  await thing(api);
  const made = await put(api, path, "?0", {
    headers: { "content-disposition": 'inline; filename="a.bin"' },
    body: bytes.subarray(0, 1000),
  });
  expect(stateOf(made)).toEqual([201, "?0"]);
  const url = made.headers.location ?? "";
  expect(await (await fetch(`${api.url}/things/1`)).json()).toMatchObject({ id: 1, any: null });
  const done = await append(api, url, 1000, "?1", bytes.subarray(1000));
  expect(stateOf(done)).toEqual([201, "?1"]);
  const file = { size: 200_000, filename: "a.bin" };
  const want = path.endsWith("many") ? { many: [file] } : { any: file };
  expect(JSON.parse(done.body)).toMatchObject({ id: 1, ...want });
  expect(await api.stored()).toBe(1);
  const again = await append(api, url, 200_000, "?1", new Uint8Array());
  expect(JSON.parse(again.body)).toMatchObject({ title: "Completed upload" });
});

it("goes on after a break, where the interim response has told", async () => {
  const api = await start();
  await thing(api);
  const headers = { "content-length": String(bytes.length) };
  const sent = { headers, body: bytes.subarray(0, 50_000), breakOff: true };
  const told: string[] = [];
  const broken = put(api, "/things/1/any", "?1", {
    ...sent,
    onInterim: ({ location = "" }) => told.push(location),
  });
  await expect(broken).rejects.toThrow();
  const [url = ""] = told;
  const head = await api.send("HEAD", url);
  const at = Number(head.headers["upload-offset"]);
  const done = await append(api, url, at, "?1", bytes.subarray(at));
  expect(stateOf(done)).toEqual([201, "?1"]);
  await isThere(api, "/things/1/any", bytes);
});

const tus = { "tus-resumable": "1.0.0" };

it("is complete when it is done, and not before: what broke off in between is done by an empty append", async () => {
  const folder = await mkdtemp(join(tmpdir(), "waybill-ietf-"));
  undo.push(() => rm(folder, { recursive: true }));
  const first = await start({ data: folder });
  await thing(first);
  const made = await put(first, "/things/1/any", "?0", { body: bytes.subarray(0, 1000) });
  const { pathname } = new URL(made.headers.location ?? "");
  const over = { ...tus, "content-type": "application/offset+octet-stream" };
  const byTus = await first.send("PATCH", pathname, {
    headers: { ...over, "upload-offset": "1000" },
    body: bytes.subarray(1000),
  });
  const seen = await first.send("HEAD", pathname, { headers: tus });
  expect([byTus.status, seen.status, seen.headers["upload-offset"]]).toEqual([403, 403, undefined]);
  // As a crash between the commit of the last octet and the operation leaves it.
  const later = await append(first, pathname, 1000, "?0", bytes.subarray(1000));
  expect(stateOf(later)).toEqual([204, "?0"]);
  await first.close();
  const db = await openRows(folder);
  await db.run("UPDATE upload SET state = 'stored', size = received");
  await db.close();
  const api = await start({ data: folder });
  const head = await api.send("HEAD", pathname);
  expect([...stateOf(head), head.headers["upload-offset"]]).toEqual([204, "?0", "200000"]);
  expect((await api.send("GET", "/things/1/any")).status).toBe(404);
  const done = await append(api, pathname, 200_000, "?1", new Uint8Array());
  expect(stateOf(done)).toEqual([201, "?1"]);
  await isThere(api, "/things/1/any", bytes);
  expect(stateOf(await api.send("HEAD", pathname))).toEqual([204, "?1"]);
});

it("refuses before the first octet what the operation would refuse then", async () => {
  const api = await start();
  expect((await put(api, "/things/1/any", "?1", { body: bytes })).status).toBe(404);
  await thing(api);
  const headers = { "if-match": '"other"' };
  const refused = await put(api, "/things/1/any", "?0", { headers, body: bytes });
  expect([refused.status, refused.interim]).toEqual([412, []]);
  expect(await api.stored()).toBe(0);
});

it("holds the conditions of the first request at the last", async () => {
  const api = await start();
  await thing(api);
  const headers = { "if-none-match": "*" };
  const made = await put(api, "/things/1/any", "?0", { headers });
  await put(api, "/things/1/any", "", { body: "sooner" });
  const late = await append(api, made.headers.location ?? "", 0, "?1", bytes);
  expect(stateOf(late)).toEqual([412, "?1"]);
  await isThere(api, "/things/1/any", Buffer.from("sooner"));
});

it("checks the file as ever, once it is whole", async () => {
  const api = await start();
  await thing(api);
  const made = await put(api, "/things/1/pic", "?0", { headers: { "content-type": "image/png" } });
  const url = made.headers.location ?? "";
  const wrong = await append(api, url, 0, "?1", Buffer.from("no picture"));
  expect(stateOf(wrong)).toEqual([400, "?1"]);
  expect(wrong.body).toContain("not-an-image");
  expect(await (await fetch(`${api.url}/things/1`)).json()).toMatchObject({ pic: null });
  const right = await put(api, "/things/1/pic", "?0", { headers: { "content-type": "image/png" } });
  const done = await append(api, right.headers.location ?? "", 0, "?1", pictures.red);
  expect(stateOf(done)).toEqual([201, "?1"]);
});

it("is the ordinary way for a form, which must come whole", async () => {
  const api = await start();
  await thing(api);
  const headers = { "content-type": "multipart/form-data; boundary=b" };
  const body =
    '--b\r\nContent-Disposition: form-data; name="any"; filename="a"\r\n\r\nx\r\n--b--\r\n';
  expect((await put(api, "/things/1/any", "?0", { headers, body })).status).toBe(501);
  const whole = await put(api, "/things/1/any", "?1", { headers, body });
  expect([whole.status, whole.interim]).toEqual([201, []]);
  await isThere(api, "/things/1/any", Buffer.from("x"));
});

it("is the ordinary way where uploads are turned off", async () => {
  const api = await start({ uploads: false });
  await thing(api);
  expect((await put(api, "/things/1/any", "?0", { body: bytes })).status).toBe(501);
  const whole = await put(api, "/things/1/any", "?1", { body: bytes });
  expect([whole.status, whole.interim]).toEqual([201, []]);
});

const authenticate: WaybillOptions["authenticate"] = ({ headers }) => headers["x-who"];

it("asks who it is with the last request, and does it for them", async () => {
  const api = await start({ authenticate });
  await api.send("POST", "/things", { headers: json, body: "{}" });
  const made = await put(api, "/things/1/any", "?0", { headers: { "x-who": "ada" } });
  const url = made.headers.location ?? "";
  expect((await append(api, url, 0, "?1", bytes, { "x-who": "eve" })).status).toBe(404);
  const done = await append(api, url, 0, "?1", bytes, { "x-who": "ada" });
  expect(stateOf(done)).toEqual([201, "?1"]);
  expect((await exchange("GET", new URL("/things/1/any", api.url), {})).status).toBe(200);
});
