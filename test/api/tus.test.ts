// tus 1.0 through the whole engine, and the failures that other servers are known for.
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { WaybillOptions } from "../../src/server/create-waybill.js";
import { pictures } from "../system/http-scenario.js";
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
  octets,
} from "./tus-api.js";

afterEach(undoAll);

const bytes = randomBytes(300_000);
const sha256 = createHash("sha256").update(bytes).digest("hex");
const checksum = (name: string, data: Uint8Array) =>
  `${name} ${createHash(name).update(data).digest("base64")}`;

/** A body that sends this much, and then what its end says. */
function slowly(first: Uint8Array): {
  body: ReadableStream;
  push(next: Uint8Array): void;
  fail(): void;
  end(): void;
} {
  let controller: ReadableStreamDefaultController | undefined;
  const body = new ReadableStream({
    start(made) {
      controller = made;
      made.enqueue(first);
    },
  });
  return {
    body,
    push: (next) => controller?.enqueue(next),
    fail: () => controller?.error(new Error("gone")),
    end: () => controller?.close(),
  };
}

describe("tus 1.0", () => {
  it("says what it can", async () => {
    const api = await start();
    const { status, headers } = await api.send("OPTIONS", "/uploads");
    expect([status, headers.get("tus-version"), headers.get("tus-checksum-algorithm")]).toEqual([
      204,
      "1.0.0",
      "sha1,sha256,crc32c",
    ]);
    expect(headers.get("tus-extension")).toContain("creation-defer-length");
    expect(headers.get("tus-max-size")).toBe(String(8 * 2 ** 30));
  });

  it("takes an upload in pieces, and a resource takes it by its token", async () => {
    const api = await start();
    const name = Buffer.from("ü.bin").toString("base64");
    const [url, token] = await create(api, bytes.length, { "upload-metadata": `filename ${name}` });
    expect(await offsetOf(api, url)).toBe("200 0");
    expect(answerOf(await patch(api, url, 0, bytes.subarray(0, 100_000)))).toBe("204 100000");
    expect(await api.stored()).toEqual(["partial"]);
    expect((await attach(api, token)).status).toBe(400);
    const head = await api.send("HEAD", url);
    expect(head.headers.get("upload-length")).toBe("300000");
    expect(head.headers.get("upload-metadata")).toBe(`filename ${name}`);
    expect(head.headers.get("cache-control")).toBe("no-store");
    expect(Date.parse(head.headers.get("upload-expires") ?? "")).toBeGreaterThan(Date.now());
    expect(answerOf(await patch(api, url, 100_000, bytes.subarray(100_000)))).toBe("204 300000");
    expect(await api.stored()).toEqual(["blobs"]);
    // Told again to whoever has not heard of it.
    expect(await offsetOf(api, url)).toBe("200 300000");
    expect(answerOf(await patch(api, url, 300_000, undefined))).toBe("204 300000");
    const made = await attach(api, token);
    expect(await made.json()).toMatchObject({ any: { sha256, size: 300_000, filename: "ü.bin" } });
    expect(await offsetOf(api, url)).toBe("200 300000");
    const file = await api.send("GET", "/profiles/1/any");
    expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
    expect(await api.stored()).toEqual(["blobs"]);
  });

  it("takes it with its creation, also an empty one, and with its length later", async () => {
    const api = await start();
    const whole = await api.send("POST", "/uploads", {
      headers: { ...octets, "upload-length": "300000" },
      body: bytes,
    });
    expect(answerOf(whole)).toBe("201 300000");
    const [empty, token] = await create(api, 0);
    expect(await offsetOf(api, empty)).toBe("200 0");
    expect(await (await attach(api, token)).json()).toMatchObject({ any: { size: 0 } });
    const [later] = await create(api, undefined);
    expect((await api.send("HEAD", later)).headers.get("upload-defer-length")).toBe("1");
    await patch(api, later, 0, bytes.subarray(0, 10));
    expect((await patch(api, later, 10, "x", { "upload-length": "5" })).status).toBe(409);
    const last = await patch(api, later, 10, bytes.subarray(10, 20), { "upload-length": "20" });
    expect(answerOf(last)).toBe("204 20");
    expect(await (await api.send("GET", later)).json()).toMatchObject({ state: "verified" });
  });

  it.each([
    ["another offset", 5, {}, 409],
    ["no offset", 0, { "upload-offset": "" }, 400],
    ["another type", 0, { "content-type": "text/plain" }, 415],
    ["another version", 0, { "tus-resumable": "0.2.2" }, 412],
    ["an unknown checksum", 0, { "upload-checksum": "md5 AAAA" }, 400],
  ])("%s is refused, and nothing moves", async (_, offset, headers, status) => {
    const api = await start();
    const [url] = await create(api, 10);
    const refused = await patch(api, url, offset, "hello", headers);
    expect([refused.status, refused.headers.get("tus-version")]).toEqual([status, "1.0.0"]);
    expect(await offsetOf(api, url)).toBe("200 0");
  });

  it("more than its length, or than is allowed, is refused", async () => {
    const api = await start({ limits: { fileBytesMax: 100 } });
    const [url] = await create(api, 10);
    const beyond = await patch(api, url, 0, "hello world");
    expect(beyond.status).toBe(413);
    const { errors } = (await beyond.json()) as { errors: object[] };
    expect(errors).toEqual([
      { code: "file-too-large", detail: "The upload ends at octet 10: that is its Upload-Length." },
    ]);
    for (const length of ["101", "99999999999999999999", "9".repeat(400)]) {
      const headers = { "upload-length": length };
      expect((await api.send("POST", "/uploads", { headers })).status).toBe(413);
      expect((await patch(api, url, 0, "hello", headers)).status).toBe(413);
    }
    expect((await patch(api, url, Number.MAX_SAFE_INTEGER, "hello")).status).toBe(409);
    const [open] = await create(api, undefined);
    expect((await patch(api, open, 0, bytes.subarray(0, 101))).status).toBe(413);
  });

  it("what is whole takes no octets: only an empty piece is one sent again", async () => {
    const api = await start();
    for (const headers of [{}, { "upload-concat": "partial" }]) {
      const [url] = await create(api, 5, headers);
      await patch(api, url, 0, "hello");
      expect((await patch(api, url, 5, "more")).status).toBe(413);
      expect((await patch(api, url, 5, undefined, { "upload-length": "6" })).status).toBe(409);
      const wrong = { "upload-checksum": checksum("sha1", bytes) };
      expect((await patch(api, url, 5, undefined, wrong)).status).toBe(460);
      const right = { "upload-checksum": checksum("sha1", Buffer.alloc(0)) };
      expect(answerOf(await patch(api, url, 5, undefined, right))).toBe("204 5");
    }
  });

  it("what was too much is in no digest", async () => {
    const api = await start();
    const promised = Buffer.from(createHash("sha256").update("abcdefghij").digest("hex"));
    const metadata = { "upload-metadata": `sha256 ${promised.toString("base64")}` };
    const [url] = await create(api, 10, metadata);
    await patch(api, url, 0, "abc");
    const tooMuch = slowly(Buffer.from("XXXX"));
    const refused = patch(api, url, 3, tooMuch.body);
    tooMuch.push(Buffer.from("YYYYYYYYYY"));
    expect([(await refused).status, await offsetOf(api, url)]).toEqual([413, "200 3"]);
    expect(answerOf(await patch(api, url, 3, "defghij"))).toBe("204 10");
  });

  it("a checksum that does not fit moves no offset, in every algorithm", async () => {
    const api = await start();
    const [url] = await create(api, 18);
    const piece = Buffer.from("123456789");
    for (const said of [checksum("sha1", bytes), checksum("sha256", bytes), "crc32c AAAAAA=="]) {
      const refused = await patch(api, url, 0, piece, { "upload-checksum": said });
      expect([refused.status, await offsetOf(api, url)]).toEqual([460, "200 0"]);
    }
    const wrong = `sha-256=:${createHash("sha256").update("x").digest("base64")}:`;
    const digest = await patch(api, url, 0, piece, { "content-digest": wrong });
    expect([digest.status, await offsetOf(api, url)]).toEqual([400, "200 0"]);
    // E3069283 is the check value of CRC-32C.
    const crc = `crc32c ${Buffer.from("e3069283", "hex").toString("base64")}`;
    expect(answerOf(await patch(api, url, 0, piece, { "upload-checksum": crc }))).toBe("204 9");
    const sha = checksum("sha1", piece);
    expect(answerOf(await patch(api, url, 9, piece, { "upload-checksum": sha }))).toBe("204 18");
    const whole = createHash("sha256").update(piece).update(piece).digest("hex");
    expect(await (await api.send("GET", url)).json()).toMatchObject({ sha256: whole });
  });

  it("is given up: its bytes are gone", async () => {
    const api = await start();
    const [url, token] = await create(api, 10);
    await patch(api, url, 0, "hello");
    const gone = await api.send("DELETE", url);
    expect([gone.status, gone.headers.get("tus-resumable")]).toEqual([204, "1.0.0"]);
    expect([await api.stored(), await offsetOf(api, url)]).toEqual([[], "410 null"]);
    expect((await patch(api, url, 5, "world")).status).toBe(410);
    expect((await attach(api, token)).status).toBe(400);
  });

  it("the checks of the resource are those of bytes that come inline", async () => {
    const api = await start();
    const [url, token] = await create(api, pictures.none.length);
    await patch(api, url, 0, pictures.none);
    const refused = await attach(api, token, "pic");
    expect(await refused.json()).toMatchObject({
      errors: [{ code: "not-an-image", pointer: "/pic" }],
    });
  });
});

const byHeader: WaybillOptions["authenticate"] = ({ headers }) => headers["authorization"] ?? null;

describe("what the protocol says beside it", () => {
  it("the method that is meant stands in a header, where clients can send no other", async () => {
    const api = await start();
    const [url] = await create(api, 5);
    const meant = (method: string, headers = {}, body?: string) =>
      api.send("POST", url, {
        headers: { "x-http-method-override": method, ...headers },
        ...(body === undefined ? {} : { body }),
      });
    const patched = await meant("PATCH", { ...octets, "upload-offset": "0" }, "hello");
    expect(answerOf(patched)).toBe("204 5");
    expect(answerOf(await meant("HEAD"))).toBe("200 5");
    const unknown = await meant("SHOUT");
    expect([unknown.status, unknown.headers.get("tus-resumable")]).toEqual([405, "1.0.0"]);
    expect((await meant("DELETE")).status).toBe(204);
    expect(await offsetOf(api, url)).toBe("410 null");
    // Elsewhere, and without tus, a method is what it says.
    const [other] = await create(api, 5);
    const init = { method: "POST", headers: { "x-http-method-override": "DELETE" } };
    expect((await api.waybill.fetch(new Request(other, init))).status).toBe(405);
    const list = await api.send("GET", "/profiles", {
      headers: { "x-http-method-override": "DELETE" },
    });
    expect(list.status).toBe(200);
    expect(await offsetOf(api, other)).toBe("200 0");
  });

  it("metadata comes back as it came, octet by octet", async () => {
    const api = await start();
    const said = "nonlatin c8WCb8WEY2U=,empty,spaced , filename YS50eHQ=,filetype dGV4dA==";
    const [url] = await create(api, 5, { "upload-metadata": said });
    expect((await api.send("HEAD", url)).headers.get("upload-metadata")).toBe(said);
    for (const bad of ["a YQ==,a Yg==", "a !", "a b c"]) {
      const headers = { "upload-length": "5", "upload-metadata": bad };
      const { status } = await api.send("POST", "/uploads", { headers });
      expect([bad, status]).toEqual([bad, 400]);
    }
  });

  it("another version ends nothing", async () => {
    const api = await start();
    const [url] = await create(api, 5);
    const other = { headers: { "tus-resumable": "0.2.2" } };
    for (const method of ["DELETE", "HEAD"]) {
      const refused = await api.send(method, url, other);
      expect([refused.status, refused.headers.get("tus-version")]).toEqual([412, "1.0.0"]);
    }
    expect((await api.send("POST", "/uploads", other)).status).toBe(412);
    expect(await offsetOf(api, url)).toBe("200 0");
    // OPTIONS alone is for every version.
    expect((await api.send("OPTIONS", "/uploads", other)).status).toBe(204);
  });

  it.each([
    ["neither length nor its deferral", {}],
    ["both", { "upload-length": "5", "upload-defer-length": "1" }],
    ["a deferral that is not 1", { "upload-defer-length": "0" }],
    ["a length that is none", { "upload-length": "-1" }],
    ["a length with a fraction", { "upload-length": "1.5" }],
  ])("%s makes nothing", async (_, headers) => {
    const api = await start();
    expect((await api.send("POST", "/uploads", { headers })).status).toBe(400);
  });

  it("a length that came late stays, and ends what is there already", async () => {
    const api = await start();
    const [url] = await create(api, undefined);
    await patch(api, url, 0, "hello", { "upload-length": "10" });
    expect((await patch(api, url, 5, "x", { "upload-length": "6" })).status).toBe(409);
    const head = await api.send("HEAD", url);
    const { headers } = head;
    expect([answerOf(head), headers.get("upload-length")]).toEqual(["200 5", "10"]);
    expect(headers.get("upload-defer-length")).toBe(null);
    expect(answerOf(await patch(api, url, 5, "world", { "upload-length": "10" }))).toBe("204 10");
    const [late] = await create(api, undefined);
    await patch(api, late, 0, "hello");
    expect(answerOf(await patch(api, late, 5, undefined, { "upload-length": "5" }))).toBe("204 5");
    expect(await (await api.send("GET", late)).json()).toMatchObject({ state: "verified" });
  });

  it("its status is read beside the request that writes, which goes on", async () => {
    const api = await start();
    const [url] = await create(api, 200_000);
    const slow = slowly(bytes.subarray(0, 120_000));
    const running = patch(api, url, 0, slow.body);
    await expect.poll(api.stored).toEqual(["partial"]);
    const shown = await api.send("GET", url, { headers: { accept: "application/json" } });
    const told = (await shown.json()) as { offset: number };
    expect(told).toMatchObject({ state: "receiving" });
    const { headers } = shown;
    expect([headers.get("upload-offset"), headers.get("upload-complete")]).toEqual([
      String(told.offset),
      "?0",
    ]);
    slow.push(bytes.subarray(120_000, 200_000));
    slow.end();
    expect(answerOf(await running)).toBe("204 200000");
  });

  it("another token is told to whoever asks for it, in place of the first", async () => {
    const api = await start();
    const [url, first] = await create(api, 5);
    const renew = { "upload-token": "renew" };
    const half = await patch(api, url, 0, "he", renew);
    expect(half.headers.get("upload-token")).toBe(null);
    const second = (await patch(api, url, 2, "llo", renew)).headers.get("upload-token") ?? "";
    const third = (await patch(api, url, 5, undefined, renew)).headers.get("upload-token") ?? "";
    expect((await patch(api, url, 5, undefined)).headers.get("upload-token")).toBe(null);
    for (const old of [first, second]) expect((await attach(api, old)).status).toBe(400);
    expect((await attach(api, third)).status).toBe(201);
    expect((await patch(api, url, 5, undefined, renew)).headers.get("upload-token")).toBe(null);
    const [part] = await create(api, 1, { "upload-concat": "partial" });
    expect((await patch(api, part, 0, "x", renew)).headers.get("upload-token")).toBe(null);
  });

  it("what fails with its creation leaves nothing", async () => {
    const api = await start();
    const refused = await api.send("POST", "/uploads", {
      headers: { ...octets, "upload-length": "5", "upload-checksum": checksum("sha1", bytes) },
      body: "hello",
    });
    expect([refused.status, await api.stored()]).toEqual([460, []]);
  });

  it("its bytes are read before they are attached where that is allowed, by whoever made it", async () => {
    const ada = { authorization: "ada" };
    const api = await start({ uploads: { download: true }, authenticate: byHeader });
    const [url] = await create(api, bytes.length, ada);
    const read = (headers = {}) => api.send("GET", url, { headers: { ...ada, ...headers } });
    expect((await read()).status).toBe(404);
    await patch(api, url, 0, bytes, ada);
    const whole = await read();
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    expect(whole.headers.get("x-content-type-options")).toBe("nosniff");
    const part = await (await read({ range: "bytes=5-9" })).arrayBuffer();
    expect(Buffer.from(part).equals(bytes.subarray(5, 10))).toBe(true);
    const told = await read({ accept: "application/json" });
    expect(await told.json()).toMatchObject({ state: "verified", sha256 });
    expect((await api.send("GET", url, { headers: { authorization: "eve" } })).status).toBe(404);
    await api.send("DELETE", url, { headers: ada });
    expect((await read()).status).toBe(404);
    const closed = await start();
    const [other] = await create(closed, 5);
    await patch(closed, other, 0, "hello");
    const { headers } = await closed.send("GET", other);
    expect(headers.get("content-type")).toBe("application/json");
  });

  it("is told of nothing that is not there", async () => {
    const api = await start();
    const nowhere = "/uploads/01900000-0000-7000-8000-000000000000";
    expect(await offsetOf(api, nowhere)).toBe("404 null");
    expect((await patch(api, nowhere, 0, "x")).status).toBe(404);
    expect((await api.send("DELETE", nowhere)).status).toBe(404);
  });
});

describe("what others are known for", () => {
  it("a client that goes away leaves what was received, and goes on from there", async () => {
    const api = await start();
    const [url] = await create(api, bytes.length);
    const cut = slowly(bytes.subarray(0, 120_000));
    const first = patch(api, url, 0, cut.body);
    await expect.poll(api.stored).toEqual(["partial"]);
    setTimeout(cut.fail, 20);
    expect((await first).status).toBeGreaterThanOrEqual(400);
    const [, offset] = (await offsetOf(api, url)).split(" ");
    expect(Number(offset)).toBe(120_000);
    await patch(api, url, 120_000, bytes.subarray(120_000));
    expect(await (await api.send("GET", url)).json()).toMatchObject({ sha256 });
  });

  it("a new request ends the one that hangs, at once, and loses nothing of it", async () => {
    const api = await start();
    const [url] = await create(api, bytes.length);
    const hanging = slowly(bytes.subarray(0, 120_000));
    const first = patch(api, url, 0, hanging.body);
    await expect.poll(api.stored).toEqual(["partial"]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const began = performance.now();
    expect(await offsetOf(api, url)).toBe("200 120000");
    expect(performance.now() - began).toBeLessThan(1000);
    expect((await first).status).toBe(409);
    expect(answerOf(await patch(api, url, 120_000, bytes.subarray(120_000)))).toBe("204 300000");
    expect(await (await api.send("GET", url)).json()).toMatchObject({ sha256 });
  });

  it("many at once at one offset: the octets are of one of them", async () => {
    const api = await start();
    for (let round = 0; round < 5; round++) {
      const [url] = await create(api, 50_000);
      const pieces = [1, 2, 3, 4].map((fill) => Buffer.alloc(50_000, fill));
      const all = await Promise.all(pieces.map((piece) => patch(api, url, 0, piece)));
      const good = all.filter(({ status }) => status === 204);
      const shown = (await (await api.send("GET", url)).json()) as { sha256?: string };
      const digests = pieces.map((piece) => createHash("sha256").update(piece).digest("hex"));
      if (good.length > 0) expect(digests).toContain(shown.sha256);
      expect(good.length).toBeLessThanOrEqual(1);
    }
  });

  it("expires while nobody writes, never while somebody does", { timeout: 60_000 }, async () => {
    const api = await start({ uploads: { expiresMs: 3000 }, prune: { intervalMs: 5 } });
    const patient = { timeout: 30_000 };
    const [busy] = await create(api, bytes.length);
    const [idle] = await create(api, 10);
    const slow = slowly(bytes);
    const running = patch(api, busy, 0, slow.body);
    // Both are past their time by then: the one that was made first as well.
    await expect.poll(() => offsetOf(api, idle), patient).toBe("410 null");
    expect(await api.stored()).toEqual(["partial"]);
    slow.end();
    expect(answerOf(await running)).toBe("204 300000");
    expect(await api.stored()).toEqual(["blobs"]);
    // Finished and never attached, it goes as a whole: no offset is told of bytes that are gone.
    await expect.poll(api.stored, patient).toEqual([]);
    expect(await offsetOf(api, busy)).toBe("410 null");
  });

  it("after a restart it goes on, and its digest is that of all octets", async () => {
    const folder = await mkdtemp(join(tmpdir(), "waybill-tus-"));
    undo.push(() => rm(folder, { recursive: true }));
    const first = await start({}, folder);
    const [url] = await create(first, bytes.length);
    await patch(first, url, 0, bytes.subarray(0, 200_000));
    await first.waybill.close();
    const second = await start({}, folder);
    expect(await offsetOf(second, url)).toBe("200 200000");
    await patch(second, url, 200_000, bytes.subarray(200_000));
    expect(await (await second.send("GET", url)).json()).toMatchObject({
      sha256,
      state: "verified",
    });
  });

  it.each(["HEAD", "a claim", "the pruner"])(
    "cut off when all was stored, %s finishes it",
    async (by) => {
      const folder = await mkdtemp(join(tmpdir(), "waybill-tus-"));
      undo.push(() => rm(folder, { recursive: true }));
      const first = await start({}, folder);
      const [url, token] = await create(first, bytes.length);
      await patch(first, url, 0, bytes.subarray(0, 200_000));
      await patch(first, url, 200_000, bytes.subarray(200_000));
      await first.waybill.close();
      // As a crash between the commit of the last octet and the blob's row leaves it.
      const db = await openRows(folder);
      await db.run("UPDATE upload SET state = 'stored', blob_id = NULL");
      await db.run("DELETE FROM blob");
      await db.close();
      const second = await start(by === "the pruner" ? {} : { prune: false }, folder);
      if (by === "HEAD") expect(await offsetOf(second, url)).toBe("200 300000");
      const made = by === "a claim" ? await attach(second, token) : undefined;
      if (made) expect(await made.json()).toMatchObject({ any: { sha256 } });
      const state = async () =>
        ((await (await second.send("GET", url)).json()) as { state: string }).state;
      await expect.poll(state).toBe(made ? "attached" : "verified");
      expect(await second.stored()).toEqual(["blobs"]);
    },
  );

  it("one that is not what was promised is never told to be whole", async () => {
    const api = await start();
    const promised = Buffer.from(createHash("sha256").update("other").digest("hex")).toString(
      "base64",
    );
    const unpromising = Buffer.from("sha256:5").toString("base64");
    const junk = { "upload-length": "5", "upload-metadata": `sha256 ${unpromising}` };
    expect((await api.send("POST", "/uploads", { headers: junk })).status).toBe(400);
    const [url, token] = await create(api, 5, { "upload-metadata": `sha256 ${promised}` });
    expect((await patch(api, url, 0, "hello")).status).toBe(410);
    expect([await offsetOf(api, url), await api.stored()]).toEqual(["410 null", []]);
    expect((await attach(api, token)).status).toBe(400);
  });
});
