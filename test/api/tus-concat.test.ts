// tus 1.0 "Concatenation" through the whole engine: parts, what is made of them, and what becomes of both.
import { createHash, randomBytes } from "node:crypto";
import { afterEach, expect, it } from "vitest";
import { openRows } from "./data-under-test.js";
import {
  answerOf,
  attach,
  create,
  offsetOf,
  patch,
  start,
  undo,
  undoAll,
  type Api,
} from "./tus-api.js";

afterEach(undoAll);

const bytes = randomBytes(300_000);
const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 200_000), bytes.subarray(200_000)];
const sha256 = createHash("sha256").update(bytes).digest("hex");
const partial = { "upload-concat": "partial" };

async function createPart(api: Api, piece: Uint8Array, headers = {}): Promise<string> {
  const [url] = await create(api, piece.length, { ...partial, ...headers });
  await patch(api, url, 0, piece);
  return url;
}

function joinParts({ send }: Api, urls: readonly string[], headers = {}): Promise<Response> {
  const concat = `final;${urls.join(" ")}`;
  return send("POST", "/uploads", { headers: { "upload-concat": concat, ...headers } });
}

const pathOf = (url: string): string => new URL(url).pathname;

async function shown({ send }: Api, url: string): Promise<Record<string, unknown>> {
  return (await (await send("GET", url)).json()) as Record<string, unknown>;
}

it("makes one of many, in their order, and a resource takes it", async () => {
  const api = await start();
  const urls = await Promise.all(pieces.map((piece) => createPart(api, piece)));
  const head = await api.send("HEAD", urls[0] ?? "");
  expect([head.headers.get("upload-concat"), answerOf(head)]).toEqual(["partial", "200 1"]);
  // Absolute and relative ones.
  const named = urls.map((url, i) => (i === 1 ? pathOf(url) : url));
  const name = Buffer.from("ü.bin").toString("base64");
  const made = await joinParts(api, named, { "upload-metadata": `filename ${name}` });
  expect(answerOf(made)).toBe("201 300000");
  const url = made.headers.get("location") ?? "";
  const { headers } = await api.send("HEAD", url);
  expect([headers.get("upload-offset"), headers.get("upload-length")]).toEqual([
    "300000",
    "300000",
  ]);
  expect(headers.get("upload-concat")).toBe(`final;${named.join(" ")}`);
  const created = await attach(api, made.headers.get("upload-token") ?? "");
  expect(await created.json()).toMatchObject({ any: { sha256, size: 300_000, filename: "ü.bin" } });
  const file = await api.send("GET", "/profiles/1/any");
  expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
});

it("a final takes no octets, and stays as it is", async () => {
  const api = await start();
  const urls = await Promise.all(pieces.map((piece) => createPart(api, piece)));
  const url = (await joinParts(api, urls)).headers.get("location") ?? "";
  for (const offset of [0, 300_000]) {
    expect((await patch(api, url, offset, "more")).status).toBe(403);
    expect((await patch(api, url, offset, undefined)).status).toBe(403);
  }
  expect(await shown(api, url)).toMatchObject({ state: "verified", sha256, size: 300_000 });
  for (const each of urls) expect((await api.send("HEAD", each)).status).toBe(200);
});

it("one part may be in it several times, and in several", async () => {
  const api = await start();
  const url = await createPart(api, Buffer.from("ab"));
  const empty = await createPart(api, Buffer.alloc(0));
  for (const urls of [[url, empty, url, url], [url]]) {
    const made = await joinParts(api, urls);
    const want = "ab".repeat(urls.filter((each) => each === url).length);
    expect(await shown(api, made.headers.get("location") ?? "")).toMatchObject({
      sha256: createHash("sha256").update(want).digest("hex"),
    });
  }
});

it("a part is no file: it has no token, and is never made a blob of", async () => {
  const api = await start({ prune: { intervalMs: 5 } });
  const made = await api.send("POST", "/uploads", {
    headers: {
      ...partial,
      "upload-length": "5",
      "content-type": "application/offset+octet-stream",
    },
    body: "hello",
  });
  expect([answerOf(made), made.headers.get("upload-token")]).toEqual(["201 5", null]);
  const url = made.headers.get("location") ?? "";
  // Told again to whoever has not heard of it.
  expect(answerOf(await patch(api, url, 5, undefined))).toBe("204 5");
  const { state, sha256: digest } = await shown(api, url);
  expect([state, digest]).toEqual(["stored", undefined]);
});

it.each([
  ["a part that is not whole", 409],
  ["an upload that is no part", 404],
  ["a part that was given up", 410],
  ["nobody's", 404],
  ["another place", 400],
  ["nothing", 400],
])("of %s nothing is made", async (what, status) => {
  const api = await start();
  const good = await createPart(api, Buffer.from("good"));
  const [half] = await create(api, 10, partial);
  const [ordinary] = await create(api, 0);
  const gone = await createPart(api, Buffer.from("gone"));
  await api.send("DELETE", gone);
  const urls: Record<string, string> = {
    "a part that is not whole": half,
    "an upload that is no part": ordinary,
    "a part that was given up": gone,
    "nobody's": good.replace(/[^/]+$/, "01900000-0000-7000-8000-000000000000"),
    "another place": good.replace("/uploads/", "/elsewhere/"),
    nothing: "",
  };
  const before = await api.stored();
  const refused = await joinParts(api, what === "nothing" ? [] : [good, urls[what] ?? ""]);
  expect([refused.status, refused.headers.get("tus-resumable")]).toEqual([status, "1.0.0"]);
  expect(await api.stored()).toEqual(before);
  expect(await offsetOf(api, good)).toBe("200 4");
});

it.each([
  ["a length", { "upload-length": "4" }],
  ["a length for later", { "upload-defer-length": "1" }],
  ["another word", { "upload-concat": "finally;x" }],
])("%s with it is refused", async (_, headers) => {
  const api = await start();
  const url = await createPart(api, Buffer.from("good"));
  expect((await joinParts(api, [url], headers)).status).toBe(400);
});

it("parts are their principal's alone", async () => {
  const api = await start({
    authenticate: ({ headers }) => headers["authorization"] ?? null,
  });
  const ada = { authorization: "ada" };
  const made = await api.send("POST", "/uploads", {
    headers: { ...partial, ...ada, "upload-length": "0" },
  });
  const url = made.headers.get("location") ?? "";
  expect((await joinParts(api, [url], { authorization: "eve" })).status).toBe(404);
  expect((await joinParts(api, [url], ada)).status).toBe(201);
});

it("parts together may be no larger than a file", async () => {
  const api = await start({ limits: { fileBytesMax: 100 } });
  const url = await createPart(api, bytes.subarray(0, 60));
  expect((await joinParts(api, [url, url])).status).toBe(413);
});

it("what is not what was promised is refused, and its bytes are gone; the parts stay", async () => {
  const api = await start();
  const url = await createPart(api, Buffer.from("hello"));
  const promised = Buffer.from("0".repeat(64)).toString("base64");
  const refused = await joinParts(api, [url], { "upload-metadata": `sha256 ${promised}` });
  expect([refused.status, await offsetOf(api, url)]).toEqual([410, "200 5"]);
  const expires = (await api.send("HEAD", url)).headers.get("upload-expires") ?? "";
  expect(Date.parse(expires) - Date.now()).toBeGreaterThan(600_000);
  expect(await api.stored()).toHaveLength(1);
});

it("sent again with its Idempotency-Key it is the one that was made", async () => {
  const api = await start();
  const [url, other] = [await createPart(api, bytes), await createPart(api, bytes)];
  const key = { "idempotency-key": "k1" };
  const first = await joinParts(api, [url], key);
  const again = await joinParts(api, [url], key);
  expect([first.status, answerOf(again)]).toEqual([201, "201 300000"]);
  expect(again.headers.get("location")).toBe(first.headers.get("location"));
  expect((await attach(api, first.headers.get("upload-token") ?? "")).status).toBe(400);
  expect((await attach(api, again.headers.get("upload-token") ?? "")).status).toBe(201);
  expect((await joinParts(api, [other], key)).status).toBe(422);
});

it("used parts go ten minutes later at the latest, others when their time is over", async () => {
  const api = await start();
  const [used, unused] = [await createPart(api, bytes), await createPart(api, bytes)];
  const made = await joinParts(api, [used]);
  const expiry = async (url: string) =>
    Date.parse((await api.send("HEAD", url)).headers.get("upload-expires") ?? "") - Date.now();
  expect(await expiry(used)).toBeLessThanOrEqual(600_000);
  expect(await expiry(unused)).toBeGreaterThan(600_000);
  await api.waybill.close();
  const db = await openRows(api.folder);
  await db.run("UPDATE upload SET expires_at = $1 WHERE role = 'part'", [Date.now() - 1]);
  await db.close();
  const again = await start({ prune: { intervalMs: 5 } }, api.folder);
  await expect.poll(again.stored).toEqual(["blobs"]);
  expect(await shown(again, made.headers.get("location") ?? "")).toMatchObject({ sha256 });
  expect(await offsetOf(again, used)).toBe("410 null");
});

it("one whose making was cut off tells no offset, and goes when its time is over", async () => {
  const api = await start();
  const made = await joinParts(api, [await createPart(api, bytes)]);
  const url = made.headers.get("location") ?? "";
  await api.waybill.close();
  // As a crash within the copy leaves it.
  const db = await openRows(api.folder);
  await db.run(
    "UPDATE upload SET state = 'receiving', received = 0, blob_id = NULL WHERE role = 'joined'",
  );
  await db.run("DELETE FROM blob");
  await db.close();
  const again = await start({}, api.folder);
  const head = await again.send("HEAD", url);
  expect([answerOf(head), head.headers.get("upload-length")]).toEqual(["200 null", "300000"]);
  expect((await patch(again, url, 0, bytes)).status).toBe(403);
  expect((await again.send("DELETE", url)).status).toBe(204);
  await expect.poll(again.stored).toHaveLength(1);
});

it("copies in constant memory", async () => {
  const api = await start();
  const url = await createPart(api, Buffer.alloc(8 << 20, 7));
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 5);
  undo.push(async () => clearInterval(watch));
  const made = await joinParts(
    api,
    Array.from({ length: 24 }, () => url),
  );
  clearInterval(watch);
  expect(answerOf(made)).toBe(`201 ${192 << 20}`);
  expect(most - before).toBeLessThan(64 << 20);
});
