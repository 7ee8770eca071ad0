// Idempotency-Key: what is sent again is done once and answered the same, through a real port.
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  jsonOf,
  multipart,
  pictures,
  sha256,
  startScenario,
  urlencoded,
  type Answer,
  type Message,
  type Scenario,
} from "../system/http-scenario.js";

const { red, blue } = pictures;
const image = { contentMediaType: "image/*" };
const schemas = {
  Profile: {
    "x-resource": "/profiles",
    required: ["name"],
    properties: {
      name: { type: "string" },
      pic: image,
      photos: { type: "array", items: image },
    },
  },
  Scan: { "x-resource": "/scans", required: ["pic"], properties: { pic: image } },
};

let api: Scenario;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  api = await startScenario({
    document: { openapi: "3.1.1", info: { title: "T", version: "1" }, components: { schemas } },
    authenticate: ({ headers }) => headers["x-user"],
    prune: { intervalMs: 5 },
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await api.close();
});

interface Sent {
  readonly key?: string;
  readonly user?: string;
  readonly path?: string;
}

function post({ headers, body }: Message, { key = "k1", user, path = "/profiles" }: Sent = {}) {
  const all = { ...headers, "idempotency-key": key, ...(user ? { "x-user": user } : {}) };
  return api.send("POST", path, { headers: all, ...(body === undefined ? {} : { body }) });
}

const form = (picture = red, name = "A"): Message =>
  multipart([
    { name: "pic", filename: "p.png", type: "image/png", body: picture },
    { name: "name", body: name },
  ]);

/** Whole, but for what is of the exchange alone. */
function shown({ status, headers, bytes }: Answer): unknown {
  const own = new Set(["date", "x-request-id", "connection", "keep-alive"]);
  return [status, [...headers].filter(([name]) => !own.has(name)), bytes.toString()];
}

const codeOf = ({ json }: Answer): unknown =>
  (json as { errors?: { code: string }[] }).errors?.[0]?.code;

async function total(): Promise<unknown> {
  return ((await api.send("GET", "/profiles")).json as { count: number }).count;
}

/** Until nothing is in the store but these. */
async function stored(...files: Buffer[]): Promise<void> {
  expect(await api.stored()).toEqual(files.map(sha256).sort());
}

describe("a request that is sent again with its key", () => {
  const repeats: { name: string; again: Message; key?: string }[] = [
    { name: "as it was", again: form() },
    {
      name: "with another boundary, and the parts in another order",
      again: {
        headers: { "content-type": "multipart/form-data; boundary=other" },
        body: Buffer.concat([
          Buffer.from('--other\r\nContent-Disposition: form-data; name="name"\r\n\r\nA\r\n'),
          Buffer.from(
            '--other\r\nContent-Disposition: form-data; name="pic"; filename="p.png"\r\n\r\n',
          ),
          red,
          Buffer.from("\r\n--other--\r\n"),
        ]),
      },
    },
    { name: "with the key in quotes", again: form(), key: '"k1"' },
  ];
  it.each(repeats)("$name is answered the same, and done once", async ({ again, key = "k1" }) => {
    const first = await post(form());
    expect([first.status, first.headers.get("location")]).toEqual([201, `${api.url}/profiles/1`]);
    expect(shown(await post(again, { key }))).toEqual(shown(first));
    expect(await total()).toBe(1);
    await stored(red);
    expect((await api.send("GET", "/profiles/1/pic")).bytes).toEqual(red);
  });

  it("in another style is answered the same, and done once", async () => {
    const pic = red.toString("base64");
    const first = await post(jsonOf({ pic, name: "A" }));
    expect(shown(await post(urlencoded({ name: "A", pic })))).toEqual(shown(first));
    expect(await total()).toBe(1);
    await stored(red);
  });

  it("is answered the same after what it made has changed or gone", async () => {
    const first = await post(form());
    await api.json("PATCH", "/profiles/1", { name: "B" });
    expect(shown(await post(form()))).toEqual(shown(first));
    await api.send("DELETE", "/profiles/1");
    expect(shown(await post(form()))).toEqual(shown(first));
    expect(await total()).toBe(0);
    await stored();
  });

  it("may have made a draft", async () => {
    const first = await post(jsonOf({}), { path: "/scans" });
    expect(first.json).toMatchObject({ draft: true });
    const again = await post(jsonOf({}), { path: "/scans" });
    expect(shown(again)).toEqual(shown(first));
    expect(again.headers.get("link")).toContain("/scans/1/pic");
  });

  it("is done again when it failed the first time", async () => {
    expect((await post(jsonOf({ name: 1 }))).status).toBe(400);
    const second = await post(jsonOf({ name: "A" }));
    expect(second.json).toMatchObject({ id: 1, name: "A" });
    expect(shown(await post(jsonOf({ name: "A" })))).toEqual(shown(second));
    expect(await total()).toBe(1);
  });

  it("is another one after a day, and nothing of the first is left by then", async () => {
    await post(jsonOf({ name: "A" }));
    vi.setSystemTime(Date.now() + 24 * 60 * 60 * 1000 - 1);
    expect((await post(jsonOf({ name: "A" }))).json).toMatchObject({ id: 1 });
    vi.setSystemTime(Date.now() + 1);
    expect((await post(jsonOf({ name: "B" }))).json).toMatchObject({ id: 2 });
    expect(await total()).toBe(2);
  });
});

async function stage(picture = red): Promise<string> {
  const headers = { "content-type": "image/png" };
  const { json } = await api.send("POST", "/uploads", { headers, body: picture });
  return (json as { upload: string }).upload;
}

describe("a request that names an upload", () => {
  it("is answered the same when it is sent again, though its token is used", async () => {
    const upload = await stage();
    const body = jsonOf({ name: "A", pic: { upload } });
    const first = await post(body);
    expect(first.status).toBe(201);
    expect(shown(await post(body))).toEqual(shown(first));
    const part = multipart([
      { name: "name", body: "A" },
      { name: "pic", body: JSON.stringify({ upload }) },
    ]);
    expect(shown(await post(part))).toEqual(shown(first));
    await api.send("DELETE", "/profiles/1");
    expect(shown(await post(body))).toEqual(shown(first));
    expect(await total()).toBe(0);
    await stored();
  });

  it("is refused with the used token under another key, and with another token under its own", async () => {
    const body = jsonOf({ name: "A", pic: { upload: await stage() } });
    expect((await post(body)).status).toBe(201);
    const other = await post(body, { key: "k2" });
    expect([other.status, codeOf(other)]).toEqual([400, "upload-not-usable"]);
    expect(other.json).toMatchObject({ errors: [{ pointer: "/pic" }] });
    const reused = await post(jsonOf({ name: "A", pic: { upload: await stage(blue) } }));
    expect([reused.status, codeOf(reused)]).toEqual([422, "idempotency-key-reused"]);
    expect(await total()).toBe(1);
    await stored(red, blue);
  });

  it("gives nobody else a look at what was used", async () => {
    const mine = { headers: { "content-type": "image/png", "x-user": "ada" }, body: red };
    const { json } = await api.send("POST", "/uploads", mine);
    const body = jsonOf({
      name: "A",
      pic: json && { upload: (json as { upload: string }).upload },
    });
    expect((await post(body, { user: "ada" })).status).toBe(201);
    expect(codeOf(await post(body, { user: "bob" }))).toBe("upload-not-usable");
    await stored(red);
  });
});

const key1 = { "idempotency-key": "k1" };
const put = (method: string, path: string, picture: Buffer, more = {}): Promise<Answer> => {
  const headers = { "content-type": "image/png", ...key1, ...more };
  return api.send(method, path, { headers, body: picture });
};

describe("files that are put or added with a key", () => {
  it("are put once, and answered the same under any condition", async () => {
    await api.json("POST", "/profiles", { name: "A" });
    const none = { "if-none-match": "*" };
    const first = await put("PUT", "/profiles/1/pic", red, none);
    expect(first.status).toBe(201);
    expect(shown(await put("PUT", "/profiles/1/pic", red, none))).toEqual(shown(first));
    await api.send("DELETE", "/profiles/1");
    expect(shown(await put("PUT", "/profiles/1/pic", red, none))).toEqual(shown(first));
    expect(codeOf(await put("PUT", "/profiles/1/pic", blue))).toBe("idempotency-key-reused");
    await stored();
  });

  it("complete a draft once", async () => {
    await api.json("POST", "/scans", {});
    const first = await put("PUT", "/scans/1/pic", red);
    expect(first.json).not.toHaveProperty("draft");
    expect(shown(await put("PUT", "/scans/1/pic", red))).toEqual(shown(first));
    await stored(red);
  });

  it("are added once, also by a token that is used", async () => {
    await api.json("POST", "/profiles", { name: "A" });
    const upload = await stage(blue);
    const add = () =>
      api.send("POST", "/profiles/1/photos", {
        headers: { "content-type": "application/json", ...key1 },
        body: JSON.stringify({ upload }),
      });
    const first = await add();
    expect([first.status, (first.json as { photos: [] }).photos.length]).toEqual([201, 1]);
    expect(shown(await add())).toEqual(shown(first));
    await stored(blue);
  });
});

const begin = (path: string, headers: Record<string, string>, body?: Buffer): Promise<Answer> =>
  api.send("POST", path, {
    headers: { "idempotency-key": "k1", ...headers },
    ...(body ? { body } : {}),
  });
const tokenOf = ({ headers, json }: Answer) =>
  headers.get("upload-token") ?? (json as { upload: string }).upload;
const attach = (upload: string): Promise<Answer> =>
  api.json("POST", "/profiles", { name: "A", pic: { upload } });

describe("an upload that is made with a key", () => {
  const tus = { "tus-resumable": "1.0.0", "upload-length": String(red.length) };
  const octets = "application/offset+octet-stream";
  const ways: [string, Record<string, string>, Buffer | undefined][] = [
    ["as it is", { "content-type": "image/png" }, red],
    ["by tus, with its octets", { ...tus, "content-type": octets }, red],
    ["by the draft", { "content-type": "image/png", "upload-complete": "?1" }, red],
  ];
  it.each(ways)("%s, is made once; the token that was shown last is good", async (_, ...how) => {
    const first = await begin("/uploads", ...how);
    const second = await begin("/uploads", ...how);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.headers.get("location")).toBe(first.headers.get("location"));
    await stored(red);
    const [lost, known] = [tokenOf(first), tokenOf(second)];
    expect(codeOf(await attach(lost))).toBe("upload-not-usable");
    expect((await attach(known)).status).toBe(201);
    const late = await begin("/uploads", ...how);
    expect([late.status, codeOf(late)]).toEqual([410, "upload-ended"]);
    expect(codeOf(await begin("/uploads?property=pic", ...how))).toBe("idempotency-key-reused");
    await stored(red);
  });

  it("goes on from where it is", async () => {
    const first = await begin("/uploads", tus);
    const path = new URL(first.headers.get("location") ?? "").pathname;
    const headers = { "tus-resumable": "1.0.0", "content-type": octets, "upload-offset": "0" };
    await api.send("PATCH", path, { headers, body: red.subarray(0, 10) });
    const second = await begin("/uploads", tus);
    expect(second.headers.get("location")).toBe(first.headers.get("location"));
    expect(second.headers.get("upload-offset")).toBe("10");
  });

  it("is made anew where the first came to nothing", async () => {
    const wrong = { ...tus, "content-type": octets, "upload-checksum": "sha1 AAAA" };
    expect((await begin("/uploads", wrong, red)).status).toBeGreaterThanOrEqual(400);
    const again = await begin("/uploads", { ...tus, "content-type": octets }, red);
    expect([again.status, again.headers.get("upload-offset")]).toEqual([201, String(red.length)]);
    await stored(red);
  });

  it("that was given up is made anew", async () => {
    const first = await begin("/uploads", { "content-type": "image/png" }, red);
    await api.send("DELETE", new URL(first.headers.get("location") ?? "").pathname);
    const again = await begin("/uploads", { "content-type": "image/png" }, red);
    expect(again.headers.get("location")).not.toBe(first.headers.get("location"));
    await stored(red);
  });
});

describe("a key that was given to another request", () => {
  it.each([
    { name: "another value", again: form(red, "B") },
    { name: "another file", again: form(blue) },
    {
      name: "another name of its file",
      again: multipart([
        { name: "pic", filename: "q.png", type: "image/png", body: red },
        { name: "name", body: "A" },
      ]),
    },
    { name: "no file", again: jsonOf({ name: "A" }) },
  ])("$name: 422, and nothing is done", async ({ again }) => {
    await post(form());
    const answer = await post(again);
    expect([answer.status, codeOf(answer)]).toEqual([422, "idempotency-key-reused"]);
    expect(await total()).toBe(1);
    await stored(red);
  });

  it("of somebody else, or for something else, is another key", async () => {
    const ids = [
      await post(form(), { user: "ada" }),
      await post(form(blue), { user: "bob" }),
      await post(form(red, "C")),
      await post(form(), { key: "k2" }),
    ].map(({ json }) => (json as { id: number }).id);
    expect(ids).toEqual([1, 2, 3, 4]);
    const scan = { pic: red.toString("base64") };
    expect((await post(jsonOf(scan), { path: "/scans" })).status).toBe(201);
  });
});

it.each(["", '""', '"a', 'a"b"', "a,b", "a b", "ü", "x".repeat(256), `"${"x".repeat(256)}"`])(
  "the key %j is none: 400, and nothing is done",
  async (key) => {
    // As octets: clients refuse to send some of them.
    const answer = await api.raw([
      `POST /profiles HTTP/1.1\r\nHost: a\r\nConnection: close\r\nIdempotency-Key: ${key}\r\n` +
        "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n" +
        '{"name":"A"}',
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 400 [^]*malformed-header/);
    expect(await total()).toBe(0);
  },
);

describe("at the same time", () => {
  it("the second is refused while the first is under way, and answered as it was afterwards", async () => {
    const body = JSON.stringify({ name: "A" });
    const socket = connect(api.port, "127.0.0.1");
    socket.write(
      "POST /profiles HTTP/1.1\r\nHost: a\r\nConnection: close\r\nIdempotency-Key: k1\r\n" +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
    );
    // Another request may come first as long as this one is on its way.
    await vi.waitFor(async () => {
      const early = await post(jsonOf({}));
      expect([early.status, codeOf(early)]).toEqual([409, "request-in-progress"]);
      expect(early.headers.get("retry-after")).toBe("1");
    });
    expect(await total()).toBe(0);
    socket.write(body.slice(5));
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1.1 201 /);
    const again = await post(jsonOf({ name: "A" }));
    expect(answer.endsWith(`\r\n\r\n${again.bytes.toString()}`)).toBe(true);
    expect(await total()).toBe(1);
  });

  it("a key is free again when its request was broken off", async () => {
    const socket = connect(api.port, "127.0.0.1");
    socket.write(
      "POST /profiles HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k1\r\n" +
        'Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"na',
    );
    await vi.waitFor(async () => expect((await post(jsonOf({}))).status).toBe(409));
    socket.destroy();
    await vi.waitFor(async () => expect((await post(jsonOf({ name: "A" }))).status).toBe(201));
    expect(await total()).toBe(1);
  });

  it("of many, one is done; the others are refused, or answered as it was", async () => {
    for (let round = 0; round < 5; round++) {
      const key = `round-${round}`;
      const sent = Array.from({ length: 12 }, () => post(form(), { key }));
      const settled = await Promise.all(sent);
      const made = settled.filter(({ status }) => status === 201);
      expect(made.length).toBeGreaterThan(0);
      expect(new Set(made.map((each) => JSON.stringify(shown(each)))).size).toBe(1);
      for (const other of settled.filter(({ status }) => status !== 201))
        expect([other.status, codeOf(other)]).toEqual([409, "request-in-progress"]);
      expect(await total()).toBe(round + 1);
      await stored(...Array.from({ length: round + 1 }, () => red));
    }
  });
});
