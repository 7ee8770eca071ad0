// Files by URL, fetched from a real server on another port: brought in or left where they are, and what is left of
// those that cannot be had.
import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  multipart,
  pictures,
  sha256,
  startScenario,
  urlencoded,
  type Answer,
  type Scenario,
} from "../system/http-scenario.js";
import type { WaybillOptions } from "../../src/index.js";
import { createUuid } from "../../src/base/id.js";
import { blobs } from "../../src/db/blobs.js";
import { createSqliteDb } from "../../src/db/sqlite-db.js";
import { explain } from "../../src/resource/explain.js";

const { red, blue, none } = pictures;
const long = Buffer.alloc(200_000, "x");
const schemas = {
  Profile: {
    "x-resource": "/profiles",
    properties: {
      name: { type: "string" },
      pic: { contentMediaType: "image/*" },
      note: { contentMediaType: "text/plain", maxLength: 1000 },
      any: { contentMediaType: "application/octet-stream" },
      photos: { type: "array", maxItems: 12, items: { contentMediaType: "image/png" } },
      far: { contentMediaType: "image/*", "x-file-url": "reference" },
      farther: { type: "array", items: { contentMediaType: "image/*", "x-file-url": "reference" } },
    },
  },
};
const document = { openapi: "3.1.1", info: { title: "T", version: "1" }, components: { schemas } };

const send =
  (body: Buffer, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(200, { "content-length": body.length, ...headers }).end(body);
const leadTo =
  (location: string): RequestListener =>
  (_, response) =>
    response.writeHead(302, { location }).end();

/** Requests that wait for the test to answer them. */
const held: (() => void)[] = [];
const answers: Record<string, RequestListener> = {
  "/files/red.png": send(red, { "content-type": "image/png", etag: '"v1"' }),
  "/files/blue%20sky.png": send(blue, { "content-type": "application/octet-stream" }),
  "/files2/red.png": send(red),
  "/files/none.png": send(none, { "content-type": "image/png" }),
  "/files/long.txt": send(long, { "content-type": "text/plain" }),
  "/files/chunked": (_, response) => {
    response.write(long.subarray(0, 100_000));
    response.end(long.subarray(100_000));
  },
  "/files/truncated": (_, response) => {
    response.writeHead(200, { "content-length": 1000 }).write("x".repeat(500));
    response.socket?.end();
  },
  "/files/endless": (_, response) => {
    response.removeHeader("transfer-encoding");
    response.socket?.end("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello");
  },
  "/files/zipped": (_, response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(red)),
  "/files/partial": (_, response) => response.writeHead(206, { "content-length": 5 }).end("hello"),
  "/files/gone": (_, response) => response.writeHead(404).end(),
  "/files/silent": () => undefined,
  "/files/stalls": (_, response) =>
    void response.writeHead(200, { "content-length": 1000 }).write("x"),
  "/files/drips": (_, response) => {
    response.writeHead(200, { "content-length": 100_000 });
    const drip = setInterval(() => response.write("x"), 20);
    response.on("close", () => clearInterval(drip));
  },
  "/files/moved": leadTo("red.png"),
  "/files/loop": leadTo("/files/loop"),
  "/files/metadata": leadTo("http://169.254.169.254/latest/meta-data/"),
  "/files/elsewhere": leadTo("/files2/red.png"),
  "/files/inside": (request, response) =>
    leadTo(`http://127.0.0.1:${request.socket.localPort}/files/red.png`)(request, response),
  "/files/held": (_, response) =>
    void held.push(() => response.writeHead(200, { "content-length": red.length }).end(red)),
};

let server: Server;
let origin = "";
const asked: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answers[request.url ?? ""]?.(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  origin = `http://localhost:${typeof address === "object" ? address?.port : ""}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

let api: Scenario;
afterEach(() => api.close());

async function start(options: Partial<WaybillOptions> = {}): Promise<void> {
  asked.length = 0;
  const metadata = "http://169.254.169.254/";
  const inside = origin.replace("localhost", "127.0.0.1");
  api = await startScenario({
    document,
    urls: { allow: [`${origin}/files`, metadata, inside], internal: ["localhost"] },
    ...options,
  });
}

const at = (path: string) => ({ url: `${origin}${path}` });
const create = (value: unknown): Promise<Answer> => api.json("POST", "/profiles", value);
const errorsOf = ({ json }: Answer) =>
  (json as { errors?: { code: string; detail: string; pointer?: string; limit?: object }[] })
    .errors ?? [];
const codesOf = (answer: Answer) =>
  errorsOf(answer).map(({ code, pointer }) => `${code} ${pointer ?? ""}`);

describe("a file by its URL is brought in", () => {
  const ways: [string, () => Promise<Answer>][] = [
    ["in JSON", () => create({ pic: at("/files/red.png") })],
    [
      "in a form",
      () =>
        api.send(
          "POST",
          "/profiles",
          multipart([{ name: "pic", body: JSON.stringify(at("/files/red.png")) }]),
        ),
    ],
    [
      "as a pair",
      () =>
        api.send("POST", "/profiles", urlencoded({ pic: JSON.stringify(at("/files/red.png")) })),
    ],
    [
      "after its resource",
      async () => {
        await create({ name: "A" });
        return api.json("PUT", "/profiles/1/pic", at("/files/red.png"));
      },
    ],
    ["from where it has moved", () => create({ pic: at("/files/moved") })],
  ];
  it.each(ways)("%s", async (_, make) => {
    await start();
    const { status, json } = await make();
    expect([status, json]).toEqual([
      201,
      expect.objectContaining({
        pic: expect.objectContaining({
          url: `${api.url}/profiles/1/pic`,
          mediaType: "image/png",
          size: red.length,
          sha256: sha256(red),
        }),
      }),
    ]);
    expect((await api.send("GET", "/profiles/1/pic")).bytes).toEqual(red);
    expect(await api.stored()).toEqual([sha256(red)]);
  });

  it("in arrays, with its name; and beside others", async () => {
    await start();
    const { json } = await create({
      photos: [at("/files/red.png"), blue.toString("base64"), at("/files/blue%20sky.png")],
    });
    const { photos } = json as { photos: { filename?: string; sha256: string }[] };
    expect(photos.map(({ filename, sha256: digest }) => [filename, digest])).toEqual([
      ["red.png", sha256(red)],
      [undefined, sha256(blue)],
      ["blue sky.png", sha256(blue)],
    ]);
  });

  it("of any length, whether it is said beforehand or not", async () => {
    await start();
    for (const path of ["/files/long.txt", "/files/chunked"])
      expect((await create({ any: at(path) })).json).toMatchObject({
        any: { size: long.length, sha256: sha256(long) },
      });
  });

  it("a few at a time", async () => {
    await start();
    const making = create({ photos: Array.from({ length: 10 }, () => at("/files/held")) });
    let most = 0;
    for (let answered = 0; answered < 10; answered++) {
      await expect.poll(() => held.length).toBeGreaterThan(0);
      most = Math.max(most, held.length);
      held.shift()?.();
    }
    const { status, json } = await making;
    expect([status, (json as { photos: [] }).photos.length]).toEqual([201, 10]);
    expect(most).toBeLessThanOrEqual(4);
    expect(asked).toHaveLength(10);
  });

  it("once, by the same key and URL, whatever is there the second time", async () => {
    await start();
    const again = () =>
      api.send("POST", "/profiles", {
        headers: { "content-type": "application/json", "idempotency-key": "k1" },
        body: JSON.stringify({ pic: at("/files/changes.png") }),
      });
    answers["/files/changes.png"] = send(red);
    const first = await again();
    answers["/files/changes.png"] = send(blue);
    expect((await again()).json).toEqual(first.json);
    answers["/files/changes.png"] = (_, response) => void response.writeHead(404).end();
    expect((await again()).json).toEqual(first.json);
    expect((await api.send("GET", "/profiles")).json).toMatchObject({ count: 1 });
    expect(await api.stored()).toEqual([sha256(red)]);
  });

  it("under the same checks and with the same problem as its bytes", async () => {
    await start();
    for (const [property, path, bytes] of [
      ["pic", "/files/none.png", none],
      ["note", "/files/long.txt", long],
      ["note", "/files/chunked", long],
      ["note", "/files/red.png", red],
    ] as const) {
      // As octets: of encoded text the limit counts characters.
      const part = { name: property, filename: "f", type: "text/plain", body: bytes };
      const inline = errorsOf(await api.send("POST", "/profiles", multipart([part])));
      const text = JSON.stringify(at(path));
      const byUrl = errorsOf(
        await api.send("POST", "/profiles", multipart([{ name: property, body: text }])),
      );
      const rule = ({ code, pointer, limit }: (typeof inline)[0]) => ({ code, pointer, limit });
      expect(byUrl.map(rule)).toEqual(inline.map(rule));
      expect(byUrl).toHaveLength(1);
    }
    expect(await api.stored()).toEqual([]);
  });
});

describe("what cannot be had is told, and leaves nothing", () => {
  it.each([
    ["/files/gone", "answers 404"],
    ["/files/partial", "answers 206"],
    ["/files/truncated", "end before they should"],
    ["/files/endless", "does not say how long"],
    ["/files/zipped", "compresses it"],
    ["/files/silent", "takes too long"],
    ["/files/stalls", "takes too long"],
    ["/files/drips", "takes too long"],
    ["/files/loop", "leads on more than 3 times"],
    ["/files/metadata", "its address is an internal one"],
    ["/files/inside", "its address is an internal one"],
    ["/files/elsewhere", "is not among what is allowed"],
  ])("%s: %s", async (path, why) => {
    await start({ limits: { idleMsMax: 300 } });
    const answer = await create({ any: at(path), pic: at("/files/red.png") });
    expect([answer.status, codesOf(answer)]).toEqual([400, ["url-not-usable /any"]]);
    expect(errorsOf(answer)[0]?.detail).toContain(why);
    expect((await api.send("GET", "/profiles")).json).toMatchObject({ count: 0 });
    expect(await api.stored()).toEqual([]);
  });

  it("all of it, each at its place", async () => {
    await start();
    const answer = await create({
      name: 1,
      pic: at("/files/gone"),
      photos: [at("/files2/red.png")],
    });
    expect(codesOf(answer).toSorted()).toEqual([
      "invalid-value /name",
      "url-not-allowed /photos/0",
      "url-not-usable /pic",
    ]);
  });

  it.each([
    ["another path", () => `${origin}/files2/red.png`],
    ["a path that climbs", () => `${origin}/files/..%2ffiles2/red.png`],
    ["one that climbs when it is decoded twice", () => `${origin}/files/..%252ffiles2/red.png`],
    ["one that climbs without parameters", () => `${origin}/files/..;a/files2/red.png`],
    ["one whose dots are escaped twice", () => `${origin}/files/%252e%252e/files2/red.png`],
    ["credentials", () => `${origin}/files/red.png`.replace("://", "://ada:secret@")],
    ["another host", () => "https://example.com/a.png"],
    ["an internal address", () => "http://10.0.0.1/a.png"],
    ["what is no URL", () => "http://["],
  ])("%s is not asked", async (_, url) => {
    await start();
    const answer = await create({ pic: { url: url() } });
    expect(codesOf(answer)).toEqual(["url-not-allowed /pic"]);
    expect(answer.bytes.toString()).not.toContain("secret");
    expect(asked).toEqual([]);
  });

  it("nor is a host that is allowed, without encryption", async () => {
    await start({ urls: { allow: ["localhost"], internal: ["localhost"] } });
    expect(codesOf(await create({ pic: at("/files/red.png") }))).toEqual(["url-not-allowed /pic"]);
    expect(asked).toEqual([]);
  });

  it("nor another port of it, unless that is written", async () => {
    const tls = origin.replace("http:", "https:");
    const pic = { url: `${tls}/files/red.png` };
    await start({ urls: { allow: ["localhost"], internal: ["localhost"] } });
    expect(codesOf(await create({ pic }))).toEqual(["url-not-allowed /pic"]);
    await api.close();
    await start({ urls: { allow: [new URL(tls).host], internal: ["localhost"] } });
    // There is no TLS.
    expect(codesOf(await create({ pic }))).toEqual(["url-not-usable /pic"]);
  });

  it.each([
    "*.example.com",
    "https://*.example.com/",
    "https://example.com/a?sig=1",
    "https://example.com/#a",
    "example.com?a",
    "ada@example.com",
  ])("%s means nothing as an entry", async (entry) => {
    await start();
    await expect(startScenario({ document, urls: { allow: [entry] } })).rejects.toThrow(
      "cannot be allowed",
    );
  });

  it("nor one that only resolves to an internal address", async () => {
    await start({ urls: { allow: [`${origin}/files`] } });
    const answer = await create({ pic: at("/files/red.png") });
    expect(codesOf(answer)).toEqual(["url-not-usable /pic"]);
    expect(asked).toEqual([]);
  });

  it("without being allowed at all, it is a value that names no file", async () => {
    await start({ urls: {} });
    expect(codesOf(await create({ pic: at("/files/red.png") }))).toEqual([
      "not-the-current-file /pic",
    ]);
    expect(asked).toEqual([]);
  });

  it("fetching ends when its client goes away", async () => {
    await start();
    const begun = once(server, "request");
    const body = JSON.stringify({ pic: at("/files/silent") });
    const socket = connect(api.port, "127.0.0.1");
    socket.write(
      "POST /profiles HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    const [, response] = await begun;
    socket.destroy();
    await once(response as ServerResponse, "close");
    expect(await api.stored()).toEqual([]);
  });

  it("fetching ends with its request", async () => {
    await start({ limits: { fileBytesMax: 1000 } });
    const begun = once(server, "request");
    const ended = begun.then(([, response]) => once(response as ServerResponse, "close"));
    const parts = [
      { name: "pic", body: JSON.stringify(at("/files/silent")) },
      { name: "any", filename: "a", type: "application/octet-stream", body: long },
    ];
    const { headers, body: whole } = multipart(parts);
    const body = Buffer.from(whole);
    const half = body.length / 2;
    // What is wrong comes once the other server has been asked.
    const slowly = new ReadableStream({
      async pull(controller) {
        controller.enqueue(body.subarray(0, half - 99_000));
        await begun;
        controller.enqueue(body.subarray(half - 99_000));
        controller.close();
      },
    });
    const answer = await fetch(`${api.url}/profiles`, {
      method: "POST",
      headers,
      body: slowly,
      duplex: "half",
    });
    expect(answer.status).toBe(413);
    await ended;
    expect(await api.stored()).toEqual([]);
  });
});

describe("a URL of this API keeps the file", () => {
  it.each(["the URL alone", "all that was read"])("%s", async (what) => {
    await start({ urls: { allow: ["http://127.0.0.1", "localhost"], internal: ["127.0.0.1"] } });
    await create({ pic: red.toString("base64"), name: "A" });
    const { json } = await api.send("GET", "/profiles/1");
    const { pic } = json as { pic: { url: string } };
    const said = what === "the URL alone" ? { url: pic.url } : pic;
    const answer = await api.json("PATCH", "/profiles/1", { pic: said, name: "B" });
    expect([answer.status, answer.json]).toEqual([
      200,
      expect.objectContaining({ pic, name: "B" }),
    ]);
    expect(await api.stored()).toEqual([sha256(red)]);
    const other = await api.json("PATCH", "/profiles/1", {
      pic: { url: `${api.url}/profiles/2/pic` },
    });
    expect(codesOf(other)).toEqual(["not-the-current-file /pic"]);
  });
});

describe("a file by reference stays where it is", () => {
  it("and is looked at, named by its URL, and led to", async () => {
    await start();
    const { status, json } = await create({ far: at("/files/red.png") });
    const far = {
      ...at("/files/red.png"),
      mediaType: "image/png",
      size: red.length,
      sha256: sha256(red),
      filename: "red.png",
    };
    expect([status, json]).toEqual([201, expect.objectContaining({ far })]);
    expect(await api.stored()).toEqual([]);
    const answer = await api.send("GET", "/profiles/1/far");
    expect([answer.status, answer.headers.get("location")]).toEqual([307, far.url]);
    const headers = { "if-none-match": answer.headers.get("etag") ?? "" };
    expect((await api.send("GET", "/profiles/1/far", { headers })).status).toBe(304);
    expect(
      await api.curl("-L", "-o", "/dev/null", "-w", "%{size_download}", "url:/profiles/1/far"),
    ).toBe(String(red.length));
  });

  it("under its URL as URLs are spelled, whatever was said", async () => {
    const statuses: number[] = [];
    await start({ observe: ({ status }) => void statuses.push(status) });
    answers["/files/red.png?%C3%A4"] = send(red, { "content-type": "image/png" });
    const said = { url: `${origin}/fi\r\nles/red.png?ä` };
    const url = `${origin}/files/red.png?%C3%A4`;
    expect((await create({ far: said })).json).toMatchObject({ far: { url } });
    const answer = await api.send("GET", "/profiles/1/far");
    expect([answer.status, answer.headers.get("location")]).toEqual([307, url]);
    expect(statuses).toEqual([201, 307]);
    asked.length = 0;
    // Kept, as what was read and as it was said.
    for (const far of [{ url }, said])
      expect((await api.json("PUT", "/profiles/1", { far })).json).toMatchObject({ far: { url } });
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  it("is kept as it was read, replaced by bytes, and brought back, without a trace", async () => {
    await start();
    await create({
      far: at("/files/red.png"),
      farther: [at("/files/red.png"), red.toString("base64")],
    });
    const { json } = await api.send("GET", "/profiles/1");
    asked.length = 0;
    expect((await api.json("PUT", "/profiles/1", json)).json).toEqual(json);
    expect(asked).toEqual([]);
    expect(await api.stored()).toEqual([sha256(red)]);
    const put = await api.json("PUT", "/profiles/1/far", blue.toString("base64"));
    expect(put.json).toMatchObject({ far: { url: `${api.url}/profiles/1/far` } });
    expect(await api.stored()).toEqual([sha256(red), sha256(blue)].toSorted());
    expect((await api.json("PUT", "/profiles/1/far", at("/files/moved"))).json).toMatchObject({
      far: at("/files/moved"),
    });
    expect(await api.stored()).toEqual([sha256(red)]);
    expect((await api.send("DELETE", "/profiles/1")).status).toBe(204);
    expect(await api.stored()).toEqual([]);
  });

  it("and is explained by its URL, without what may be a secret of it", async () => {
    await start();
    const db = await createSqliteDb({ path: ":memory:" });
    const url = "https://files.test/far/red.png?key=secret";
    const id = createUuid(0);
    const reference = { id, url, mediaType: "image/png", size: 1, sha256: "x" };
    await blobs.insert(db, { reference, key: createUuid(0), createdAt: 0 });
    const found = await explain(db, url);
    await db.close();
    expect(found).toMatchObject([
      { kind: "file", id, now: { bytes: "elsewhere", at: "https://files.test/far/red.png" } },
    ]);
    expect(JSON.stringify(found)).not.toContain("secret");
  });

  it("is refused as its bytes would be", async () => {
    await start();
    const answer = await create({ far: at("/files/none.png") });
    expect(codesOf(answer)).toEqual(["not-an-image /far"]);
    expect(await api.stored()).toEqual([]);
  });
});

it("the document says what may stand in place of a file, and means the same when it is read again", async () => {
  await start();
  const { json } = await api.send("GET", "/openapi.json");
  const { schemas: all } = (json as { components: { schemas: Record<string, object> } }).components;
  expect(JSON.stringify(all["ProfileInput"])).toContain("#/components/schemas/FileUrl");
  expect(all["FileUrl"]).toMatchObject({ required: ["url"] });
  await api.close();
  await start({ document: json as object });
  const { json: made } = await create({ far: at("/files/red.png"), pic: at("/files/red.png") });
  expect(made).toMatchObject({
    far: at("/files/red.png"),
    pic: { url: `${api.url}/profiles/1/pic` },
  });
  const form = multipart([{ name: "far", body: JSON.stringify(at("/files/red.png")) }]);
  expect((await api.send("POST", "/profiles", form)).json).toMatchObject({
    far: at("/files/red.png"),
  });
});
