// Resumable uploads of the IETF (draft 11, interop version 8) through the whole server, over HTTP/1.1 and HTTP/2.
import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:http2";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import {
  exchange,
  interop,
  start,
  undo,
  undoAll,
  type Answer,
  type Api,
  type Sent,
} from "./ietf-client.js";

afterEach(undoAll);

const bytes = randomBytes(300_000);
const digest = (name: string, data: Uint8Array): string =>
  createHash(name.replace("-", "")).update(data).digest("base64");
const field = (name: string, data: Uint8Array): string => `${name}=:${digest(name, data)}:`;
const partial = { "content-type": "application/partial-upload" };

async function create({ send }: Api, headers = {}): Promise<string> {
  const made = await send("POST", "/uploads", { headers: { "upload-complete": "?0", ...headers } });
  expect([made.status, made.headers["upload-complete"]]).toEqual([201, "?0"]);
  return made.headers.location ?? "";
}

interface Append extends Sent {
  readonly at: number;
  readonly complete: "?0" | "?1";
}

const append = ({ send }: Api, url: string, { at, complete, headers, ...sent }: Append) =>
  send("PATCH", url, {
    ...sent,
    headers: { ...partial, "upload-offset": String(at), "upload-complete": complete, ...headers },
  });

async function stateOf({ send }: Api, url: string): Promise<string> {
  const { status, headers } = await send("HEAD", url);
  const fields = ["upload-offset", "upload-complete", "upload-length"];
  return [status, ...fields.map((name) => String(headers[name] ?? "-"))].join(" ");
}

const typeOf = ({ status, body }: Answer) =>
  `${status} ${String((JSON.parse(body) as { type: string }).type)}`;
const iana = "https://iana.org/assignments/http-problem-types#";

async function isAttachable({ send }: Api, answer: Answer, want = bytes): Promise<void> {
  const { upload, sha256 } = JSON.parse(answer.body) as { upload: string; sha256: string };
  expect(sha256).toBe(createHash("sha256").update(want).digest("hex"));
  const made = await send("POST", "/things", {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ any: { upload } }),
  });
  expect(made.status).toBe(201);
}

const form = (complete: string): Sent => ({
  headers: {
    "upload-complete": complete,
    "content-type": "multipart/form-data; boundary=b",
  },
  body: '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b--\r\n',
});

describe("creation", () => {
  it("says its limits to OPTIONS", async () => {
    const { send } = await start();
    const { status, headers } = await send("OPTIONS", "/uploads");
    expect([status, headers["upload-limit"]]).toEqual([
      204,
      `max-size=${8 * 2 ** 30}, max-age=86400`,
    ]);
  });

  it("takes the whole in one request, and tells first where it is", async () => {
    const api = await start();
    const made = await api.send("POST", "/uploads", {
      headers: { "upload-complete": "?1", "content-type": "application/x-any" },
      body: bytes,
    });
    expect([made.status, made.headers["upload-complete"]]).toEqual([201, "?1"]);
    expect(made.interim).toHaveLength(1);
    expect(made.interim[0]).toMatchObject({
      location: made.headers.location,
      "upload-limit": `max-size=${8 * 2 ** 30}, max-age=86400`,
      ...interop,
    });
    expect(made.headers["repr-digest"]).toBe(field("sha-256", bytes));
    expect(await stateOf(api, made.headers.location ?? "")).toBe("204 300000 ?1 300000");
    await isAttachable(api, made);
  });

  it.each([
    ["no version", {}],
    ["another version", { "upload-draft-interop-version": "7" }],
  ])("sends no interim response to a client of %s", async (_, said) => {
    const { url } = await start();
    const answer = await exchange("POST", new URL("/uploads", url), {
      headers: { "upload-draft-interop-version": "", "upload-complete": "?1", ...said },
      body: bytes,
    });
    expect([answer.status, answer.interim]).toEqual([201, []]);
  });

  it("informs over HTTP/2", async () => {
    const { url } = await start();
    const session = connect(url);
    undo.push(async () => session.close());
    const stream = session.request({
      ":method": "POST",
      ":path": "/uploads",
      "upload-complete": "?1",
      ...interop,
    });
    const seen: unknown[] = [];
    stream.on("headers", (headers) => seen.push([headers[":status"], headers["location"]]));
    const final = new Promise<unknown[]>((resolve) =>
      stream.on("response", (headers) => resolve([headers[":status"], headers["location"]])),
    );
    stream.end(bytes);
    const [status, location] = await final;
    expect([status, seen]).toEqual([201, [[104, location]]]);
    await text(stream);
  });

  it("tells of progress, never past what is durable", async () => {
    const api = await start();
    const large = Buffer.alloc(40 * 2 ** 20, "x");
    const made = await api.send("POST", "/uploads", {
      headers: { "upload-complete": "?1" },
      body: large,
    });
    expect(made.status).toBe(201);
    const [first, ...others] = made.interim;
    expect(first).toHaveProperty("location");
    const offsets = others.map((each) => Number(each["upload-offset"]));
    expect(offsets.length).toBeGreaterThanOrEqual(2);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    expect(offsets.at(-1)).toBeLessThanOrEqual(large.length);
    expect(others.some((each) => each.location !== undefined)).toBe(false);
  });

  it("takes an empty file, carefully or at once", async () => {
    const api = await start();
    const atOnce = await api.send("POST", "/uploads", { headers: { "upload-complete": "?1" } });
    expect(atOnce.status).toBe(201);
    await isAttachable(api, atOnce, Buffer.alloc(0));
    const url = await create(api);
    expect(await stateOf(api, url)).toBe("204 0 ?0 -");
    const done = await append(api, url, { at: 0, complete: "?1" });
    expect([done.status, done.headers["upload-complete"]]).toEqual([200, "?1"]);
    await isAttachable(api, done, Buffer.alloc(0));
  });

  it("is the ordinary way for a form, and for a field of another kind", async () => {
    const { send } = await start();
    const whole = await send("POST", "/uploads", form("?1"));
    expect([whole.status, whole.interim]).toEqual([201, []]);
    expect((await send("POST", "/uploads", form("?0"))).status).toBe(415);
    const odd = await send("POST", "/uploads", { headers: { "upload-complete": "1" }, body: "x" });
    expect([odd.status, odd.headers["upload-complete"], odd.interim]).toEqual([201, undefined, []]);
  });

  it("keeps name and type", async () => {
    const api = await start();
    const url = await create(api, {
      "content-type": "text/css",
      "content-disposition": "inline; filename*=UTF-8''%C3%BC.css",
    });
    const done = await append(api, url, { at: 0, complete: "?1", body: "a{}" });
    expect(JSON.parse(done.body)).toMatchObject({ filename: "ü.css", mediaType: "text/css" });
  });

  it.each([
    ["what is coded", { "content-encoding": "gzip" }, 415],
    ["what is too long", { "upload-length": String(9 * 2 ** 30) }, 413],
    ["two lengths", { "upload-length": "5", "upload-complete": "?1" }, 400],
    ["a digest that is none", { "repr-digest": "sha-256=:AAAA:" }, 400],
  ])("refuses %s, and leaves nothing", async (_, headers, status) => {
    const { send, stored } = await start();
    const refused = await send("POST", "/uploads", {
      headers: { "upload-complete": "?0", ...headers },
      body: "12",
    });
    expect([refused.status, refused.headers["upload-complete"]]).toEqual([status, "?0"]);
    expect(refused.interim).toEqual([]);
    if (status === 413) expect(refused.headers["upload-limit"]).toBe(`max-size=${8 * 2 ** 30}`);
    expect(await stored()).toBe(0);
  });
});

describe("offset retrieval and append", () => {
  it("puts pieces together, and answers as if they had come at once", async () => {
    const api = await start();
    const url = await create(api, { "upload-length": "300000" });
    const first = await append(api, url, {
      at: 0,
      complete: "?0",
      body: bytes.subarray(0, 100_000),
    });
    expect([
      first.status,
      first.headers["upload-offset"],
      first.headers["upload-complete"],
    ]).toEqual([204, "100000", "?0"]);
    expect(await stateOf(api, url)).toBe("204 100000 ?0 300000");
    const last = await append(api, url, {
      at: 100_000,
      complete: "?1",
      body: bytes.subarray(100_000),
    });
    expect([last.status, last.headers["upload-complete"]]).toEqual([200, "?1"]);
    expect(await stateOf(api, url)).toBe("204 300000 ?1 300000");
    await isAttachable(api, last);
  });

  it("is complete when the client says so, not before", async () => {
    const api = await start();
    const url = await create(api, { "upload-length": "300000" });
    await append(api, url, { at: 0, complete: "?0", body: bytes });
    expect(await stateOf(api, url)).toBe("204 300000 ?0 300000");
    const done = await append(api, url, { at: 300_000, complete: "?1" });
    expect([done.status, done.headers["upload-complete"]]).toEqual([200, "?1"]);
    await isAttachable(api, done);
  });

  it("makes the last answer once more for who has lost it, and its token is the only one", async () => {
    const api = await start();
    const url = await create(api);
    const lost = await append(api, url, { at: 0, complete: "?1", body: bytes });
    const again = await append(api, url, { at: 300_000, complete: "?1" });
    await isAttachable(api, again);
    const { upload } = JSON.parse(lost.body) as { upload: string };
    const body = JSON.stringify({ any: { upload } });
    const headers = { "content-type": "application/json" };
    expect((await api.send("POST", "/things", { headers, body })).status).toBe(400);
    const late = await append(api, url, { at: 300_000, complete: "?1" });
    expect(typeOf(late)).toBe(`400 ${iana}completed-upload`);
    expect(await stateOf(api, url)).toBe("204 300000 ?1 300000");
  });

  it("refuses more for what is complete", async () => {
    const api = await start();
    const url = await create(api);
    await append(api, url, { at: 0, complete: "?1", body: bytes });
    const more = await append(api, url, { at: 300_000, complete: "?1", body: "x" });
    expect(typeOf(more)).toBe(`400 ${iana}inconsistent-upload-length`);
    expect(await stateOf(api, url)).toBe("204 300000 ?1 300000");
  });

  it("refuses another offset, and says the right one", async () => {
    const api = await start();
    const url = await create(api);
    await append(api, url, { at: 0, complete: "?0", body: bytes });
    const wrong = await append(api, url, { at: 5, complete: "?1", body: "x" });
    expect([wrong.headers["upload-offset"], wrong.headers["upload-complete"]]).toEqual([
      "300000",
      "?0",
    ]);
    expect([wrong.status, JSON.parse(wrong.body)]).toMatchObject([
      409,
      {
        type: `${iana}mismatching-upload-offset`,
        "expected-offset": 300_000,
        "provided-offset": 5,
      },
    ]);
    expect(await stateOf(api, url)).toBe("204 300000 ?0 -");
  });

  it.each([
    ["no type", { "content-type": "text/plain" }, 415],
    ["a coding", { "content-encoding": "gzip" }, 415],
    ["no offset", { "upload-offset": "-1" }, 400],
    ["no word on the end", { "upload-complete": "true" }, 400],
  ])("refuses %s", async (_, headers, status) => {
    const api = await start();
    const url = await create(api);
    const refused = await append(api, url, { at: 0, complete: "?0", body: "x", headers });
    expect(refused.status).toBe(status);
    expect(await stateOf(api, url)).toBe("204 0 ?0 -");
  });

  it("keeps what came before a break, and goes on from there", async () => {
    const api = await start();
    const url = await create(api);
    const broken = append(api, url, {
      at: 0,
      complete: "?1",
      body: bytes.subarray(0, 50_000),
      headers: { "content-length": "300000" },
      breakOff: true,
    });
    await expect(broken).rejects.toThrow();
    const { headers } = await api.send("HEAD", url);
    expect(headers["upload-complete"]).toBe("?0");
    const at = Number(headers["upload-offset"]);
    const done = await append(api, url, { at, complete: "?1", body: bytes.subarray(at) });
    await isAttachable(api, done);
  });

  it("goes on from where HEAD has told, though an append had come before it", async () => {
    const api = await start();
    const session = connect(api.url);
    undo.push(async () => session.close());
    for (let round = 0; round < 50; round++) {
      const url = await create(api);
      // Streams of one connection come in this order.
      const path = { ":path": new URL(url, api.url).pathname, ...interop };
      const early = session.request({
        ":method": "PATCH",
        ...path,
        ...partial,
        "upload-offset": "0",
        "upload-complete": "?0",
      });
      early.end(bytes.subarray(0, 1000));
      const head = session.request({ ":method": "HEAD", ...path });
      const told = new Promise<unknown>((resolve) =>
        head.on("response", (headers) => resolve(headers["upload-offset"])),
      );
      await Promise.all([text(early), text(head.end())]);
      const at = Number(await told);
      const rest = { at, complete: "?1", body: bytes.subarray(at) } as const;
      await isAttachable(api, await append(api, url, rest));
    }
  });

  it("ends with more octets than it has", async () => {
    const api = await start();
    const url = await create(api, { "upload-length": "10" });
    const chunked = { "transfer-encoding": "chunked" };
    const much = await append(api, url, {
      at: 0,
      complete: "?0",
      body: "12345678901",
      headers: chunked,
    });
    expect(typeOf(much)).toBe(`400 ${iana}inconsistent-upload-length`);
    expect((await api.send("HEAD", url)).status).toBe(410);
    expect(await api.stored()).toBe(0);
  });

  it("is not complete with fewer octets than it has", async () => {
    const api = await start();
    const url = await create(api, { "upload-length": "10" });
    const chunked = { "transfer-encoding": "chunked" };
    const few = await append(api, url, { at: 0, complete: "?1", body: "123", headers: chunked });
    expect([typeOf(few), few.headers["upload-complete"]]).toEqual([
      `400 ${iana}inconsistent-upload-length`,
      "?0",
    ]);
    expect(await stateOf(api, url)).toBe("204 3 ?0 10");
  });

  it("is given up by DELETE", async () => {
    const api = await start();
    const url = await create(api);
    await append(api, url, { at: 0, complete: "?0", body: bytes });
    expect((await api.send("DELETE", url)).status).toBe(204);
    expect((await api.send("HEAD", url)).status).toBe(410);
    expect((await append(api, url, { at: 300_000, complete: "?1" })).status).toBe(410);
    expect(await api.stored()).toBe(0);
  });

  it("is done by tus, to which the length is the end", async () => {
    const api = await start();
    const url = await create(api, { "upload-length": "300000" });
    await append(api, url, { at: 0, complete: "?0", body: bytes });
    const head = await api.send("HEAD", url, { headers: { "tus-resumable": "1.0.0" } });
    expect([head.status, head.headers["upload-offset"]]).toEqual([200, "300000"]);
    expect(await stateOf(api, url)).toBe("204 300000 ?1 300000");
  });
});

describe("digests", () => {
  it.each(["sha-256", "sha-512"])("holds a promise of %s over several requests", async (name) => {
    const api = await start();
    const right = await create(api, { "repr-digest": field(name, bytes) });
    await append(api, right, { at: 0, complete: "?0", body: bytes.subarray(0, 1000) });
    const done = await append(api, right, { at: 1000, complete: "?1", body: bytes.subarray(1000) });
    await isAttachable(api, done);

    const wrong = await create(api, { "repr-digest": field(name, bytes) });
    await append(api, wrong, { at: 0, complete: "?0", body: bytes.subarray(1000) });
    const refused = await append(api, wrong, { at: 299_000, complete: "?1", body: "x" });
    expect([refused.status, refused.headers["upload-complete"]]).toEqual([422, "?1"]);
    expect((await api.send("HEAD", wrong)).status).toBe(410);
    expect(await api.stored()).toBe(1);
  });

  it("leaves nothing of a creation that failed and that nobody was told of", async () => {
    const { url, send, stored } = await start();
    const headers = { "upload-complete": "?1", "content-digest": field("sha-256", Buffer.of(1)) };
    const untold = { ...headers, "upload-draft-interop-version": "" };
    const failed = await exchange("POST", new URL("/uploads", url), {
      headers: untold,
      body: bytes,
    });
    expect([failed.status, await stored()]).toEqual([400, 0]);
    const told = await send("POST", "/uploads", { headers, body: bytes });
    expect(told.status).toBe(400);
    const head = await send("HEAD", told.interim[0]?.location ?? "");
    expect([head.status, head.headers["upload-offset"]]).toEqual([204, "0"]);
  });

  it("adds nothing of a piece whose Content-Digest is another", async () => {
    const api = await start();
    const url = await create(api);
    const flipped = await append(api, url, {
      at: 0,
      complete: "?1",
      body: bytes,
      headers: { "content-digest": field("sha-256", bytes.subarray(1)) },
    });
    expect([flipped.status, flipped.headers["upload-complete"]]).toEqual([400, "?0"]);
    expect(await stateOf(api, url)).toBe("204 0 ?0 300000");
    const headers = { "content-digest": field("sha-256", bytes) };
    const done = await append(api, url, { at: 0, complete: "?1", body: bytes, headers });
    await isAttachable(api, done);
  });
});

it("a part of tus takes no octets by this protocol: nothing moves", async () => {
  const { send } = await start();
  const made = await send("POST", "/uploads", {
    headers: { "tus-resumable": "1.0.0", "upload-length": "5", "upload-concat": "partial" },
  });
  const url = made.headers.location ?? "";
  const refused = await send("PATCH", url, {
    headers: {
      "content-type": "application/partial-upload",
      "upload-offset": "0",
      "upload-complete": "?1",
    },
    body: "hello",
  });
  expect([made.status, refused.status]).toEqual([201, 403]);
  expect((await send("HEAD", url)).headers["upload-offset"]).toBe("0");
});
