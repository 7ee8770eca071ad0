// Batches through a real port: several resources with their files as one, or nothing at all.
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import {
  multipart,
  pictures,
  sha256,
  startScenario,
  type Answer,
  type Message,
  type Scenario,
} from "../system/http-scenario.js";
import type { OperationHooks, WaybillOptions } from "../../src/index.js";

const { red, blue, none } = pictures;
const image = { contentMediaType: "image/*" };
const document = {
  openapi: "3.1.1",
  info: { title: "T", version: "1" },
  components: {
    schemas: {
      Profile: {
        "x-resource": "/profiles",
        required: ["name"],
        properties: {
          name: { type: "string", maxLength: 20 },
          notes: { type: "string" },
          pic: image,
          photos: { type: "array", items: image },
        },
      },
      Scan: { "x-resource": "/scans", required: ["pic"], properties: { pic: image } },
    },
  },
};

let api: Scenario;
afterEach(() => api.close());
async function start(options: Partial<WaybillOptions> = {}): Promise<void> {
  api = await startScenario({ document, ...options });
}

interface Inner extends Message {
  readonly id?: string;
  /** `POST /profiles` */
  readonly line: string;
}

const batchBoundary = "batch_1";
function batch(requests: readonly Inner[]): Required<Message> {
  const parts = requests.flatMap(({ id, line, headers = {}, body = "" }) => [
    `--${batchBoundary}\r\nContent-Type: application/http\r\n`,
    id === undefined ? "" : `Content-ID: <${id}>\r\n`,
    `\r\n${line} HTTP/1.1\r\n`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`),
    "\r\n",
    body,
    "\r\n",
  ]);
  const all = [...parts, `--${batchBoundary}--\r\n`].map((each) => Buffer.from(each));
  return {
    headers: { "content-type": `multipart/mixed; boundary=${batchBoundary}` },
    body: Buffer.concat(all),
  };
}

const json = (line: string, value: unknown, id?: string): Inner => ({
  line,
  ...(id === undefined ? {} : { id }),
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});
const form = (line: string, picture: Buffer = red, name = "F"): Inner => ({
  line,
  ...multipart([
    { name: "pic", filename: "p.png", type: "image/png", body: picture },
    { name: "name", body: name },
  ]),
});

async function send(requests: readonly Inner[], headers: Record<string, string> = {}) {
  const message = batch(requests);
  const all = { ...message.headers, accept: "application/json", ...headers };
  return api.send("POST", "/batch", { ...message, headers: all });
}

interface Response {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly contentId?: string;
  readonly body?: Record<string, unknown>;
}
const responsesOf = ({ json: all }: Answer) => all as Response[];
const errorsOf = ({ json: problem }: Answer) =>
  (problem as { errors: Record<string, unknown>[] }).errors;
const rulesOf = (answer: Answer) =>
  errorsOf(answer).map(({ code, request, pointer }) => [code, request, pointer]);
const names = async (): Promise<unknown[]> => {
  const { json: list } = await api.send("GET", "/profiles");
  return (list as { results: { name: string }[] }).results.map(({ name }) => name);
};

describe("a batch", () => {
  it("makes several resources with their files, in every style", async () => {
    await start();
    const answer = await send([
      form("POST /profiles", red, "A"),
      json("POST /profiles", { name: "B", pic: blue.toString("base64") }),
      json("POST /scans", { pic: red.toString("base64") }),
    ]);
    expect(answer.status).toBe(200);
    const [first, second, third] = responsesOf(answer);
    expect(first).toMatchObject({
      status: 201,
      headers: { location: `${api.url}/profiles/1` },
      body: { id: 1, name: "A", pic: { sha256: sha256(red), filename: "p.png" } },
    });
    expect(second).toMatchObject({ status: 201, body: { id: 2, pic: { sha256: sha256(blue) } } });
    expect(third).toMatchObject({ status: 201, body: { id: 1 } });
    expect(await names()).toEqual(["A", "B"]);
    expect((await api.send("GET", "/profiles/2/pic")).bytes).toEqual(blue);
    expect(await api.stored()).toEqual([sha256(red), sha256(red), sha256(blue)].toSorted());
  });

  it("changes, replaces and deletes what was there, and what it has made itself", async () => {
    await start();
    await send([form("POST /profiles", red, "A"), form("POST /profiles", red, "B")]);
    const answer = await send([
      json("PATCH /profiles/1", { name: "A2", pic: null }),
      { line: "DELETE /profiles/2" },
      json("POST /profiles", { name: "C" }, "new"),
      { line: "PUT $new/pic", headers: { "content-type": "image/png" }, body: blue },
      json("PATCH $new", { name: "C2" }),
      { line: "POST $new/photos", headers: { "content-type": "image/png" }, body: red },
    ]);
    expect(responsesOf(answer).map(({ status }) => status)).toEqual([200, 204, 201, 201, 200, 201]);
    expect(responsesOf(answer)[2]).toMatchObject({ contentId: "new", body: { id: 3 } });
    expect(await names()).toEqual(["A2", "C2"]);
    expect((await api.send("GET", "/profiles/3/pic")).bytes).toEqual(blue);
    expect(await api.stored()).toEqual([sha256(red), sha256(blue)].toSorted());
  });

  it("completes a draft that it made, which nobody ever sees", async () => {
    await start();
    const answer = await send([
      json("POST /scans", {}, "a"),
      { line: "PUT $a/pic", headers: { "content-type": "image/png" }, body: red },
    ]);
    expect(responsesOf(answer).map(({ body }) => body?.["draft"])).toEqual([true, undefined]);
    expect((await api.send("GET", "/scans")).json).toMatchObject({ count: 1 });
  });

  it("is answered as messages, unless JSON is asked for", async () => {
    await start();
    const { headers, bytes } = await send([json("POST /profiles", { name: "A" }, "one")], {
      accept: "*/*",
    });
    expect(headers.get("content-type")).toMatch(/^multipart\/mixed; boundary=/);
    const [, boundary = ""] = /boundary=(.*)$/.exec(headers.get("content-type") ?? "") ?? [];
    const [before, part = "", last] = bytes.toString().split(`--${boundary}`);
    expect([before, last]).toEqual(["", "--\r\n"]);
    const [partHead, head = "", body = ""] = part.trim().split("\r\n\r\n");
    expect(partHead).toBe("content-type: application/http; msgtype=response\r\ncontent-id: <one>");
    expect(head).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
    expect(head).toContain(`content-length: ${body.length}`);
    expect(JSON.parse(body)).toMatchObject({ id: 1, name: "A" });
  });

  it("is read piece by piece as it comes, whatever the pieces are", async () => {
    await start();
    const { headers, body } = batch([form("POST /profiles"), { line: "DELETE /profiles/1" }]);
    const type = `Content-Type: ${headers["content-type"]}`;
    const octets = Buffer.from(body);
    const chunks = Array.from(octets, (octet) => `1\r\n${String.fromCharCode(octet)}\r\n`).join("");
    const answer = await api.raw([
      `POST /batch HTTP/1.1\r\nHost: a\r\n${type}\r\nAccept: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`,
      Buffer.from(`${chunks}0\r\n\r\n`, "latin1"),
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer).toContain('"status":204');
    expect(await api.stored()).toEqual([]);
  });

  it("runs the hooks of its operations: before all is done, and after", async () => {
    const seen: string[] = [];
    await start({
      operations: {
        createProfile: {
          before: async ({ value }) => void seen.push(`before ${(value as { name: string }).name}`),
          after: async (_, { status }) => {
            seen.push(`after ${status} ${(await names()).length}`);
          },
        },
      },
    });
    await send([json("POST /profiles", { name: "A" }), json("POST /profiles", { name: "B" })]);
    expect(seen).toEqual(["before A", "before B", "after 201 2", "after 201 2"]);
  });
});

describe("one fault undoes all of it", () => {
  const good = form("POST /profiles", red, "A");
  const refused: [string, Inner[], unknown[]][] = [
    ["a value", [good, json("POST /profiles", { name: 1 })], ["invalid-value", 1, "/name"]],
    ["a file", [good, form("POST /profiles", none)], ["not-an-image", 1, "/pic"]],
    ["what is not there", [good, { line: "DELETE /profiles/9" }], ["not-found", 1, undefined]],
    ["its path", [good, json("POST /nothing", {})], ["unknown-path", 1, undefined]],
    ["its method", [good, json("PUT /profiles", {})], ["method-not-allowed", 1, undefined]],
    ["a reader", [good, { line: "GET /profiles" }], ["bad-request", 1, undefined]],
    ["an upload", [good, { line: "POST /uploads", body: red }], ["bad-request", 1, undefined]],
    ["a batch", [good, { line: "POST /batch", ...batch([good]) }], ["bad-request", 1, undefined]],
    [
      "its type",
      [good, { line: "POST /profiles", headers: { "content-type": "a/b" }, body: "x" }],
      ["unsupported-media-type", 1, undefined],
    ],
    ["its first line", [good, { line: "POST" }], ["bad-request", 1, undefined]],
    [
      "its length",
      [good, { line: "DELETE /profiles/1", headers: { "content-length": "3" } }],
      ["bad-request", 1, undefined],
    ],
    ["what it refers to", [good, { line: "PUT $a/pic", body: red }], ["bad-request", 1, undefined]],
    [
      "a condition",
      [
        good,
        {
          ...json("PATCH /profiles/1", { name: "X" }),
          headers: {
            "content-type": "application/json",
            "if-match": '"no"',
          },
        },
      ],
      ["precondition-failed", 1, undefined],
    ],
    [
      "a used token",
      [good, json("POST /profiles", { name: "A", pic: { upload: "wbu_x" } })],
      ["upload-not-usable", 1, "/pic"],
    ],
  ];
  it.each(refused)("%s", async (_, requests, rule) => {
    await start();
    const answer = await send(requests);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(rulesOf(answer)).toEqual([rule]);
    expect(await names()).toEqual([]);
    expect(await api.stored()).toEqual([]);
  });

  it("what was deleted or replaced before it is as it was", async () => {
    await start();
    await send([form("POST /profiles", red, "A"), form("POST /profiles", red, "B")]);
    const before = (await api.send("GET", "/profiles")).json;
    const answer = await send([
      { line: "DELETE /profiles/1" },
      { line: "PUT /profiles/2/pic", headers: { "content-type": "image/png" }, body: blue },
      { line: "DELETE /profiles/1" },
    ]);
    expect(rulesOf(answer)).toEqual([["not-found", 2, undefined]]);
    expect((await api.send("GET", "/profiles")).json).toEqual(before);
    expect((await api.send("GET", "/profiles/2/pic")).bytes).toEqual(red);
    expect(await api.stored()).toEqual([sha256(red), sha256(red)]);
  });

  it("a token that it used can be used again", async () => {
    await start();
    const headers = { "content-type": "image/png" };
    const staged = await api.send("POST", "/uploads", { headers, body: red });
    const { upload } = staged.json as { upload: string };
    const named = json("POST /profiles", { name: "A", pic: { upload } });
    expect(rulesOf(await send([named, named]))).toEqual([["upload-not-usable", 1, "/pic"]]);
    expect(responsesOf(await send([named])).map(({ status }) => status)).toEqual([201]);
  });

  it("a body that breaks off, or is none", async () => {
    await start();
    const { headers, body } = batch([good, good]);
    for (const octets of [
      Buffer.from(body).subarray(0, -8),
      Buffer.from(`--${batchBoundary}--`),
      "",
    ]) {
      const answer = await api.send("POST", "/batch", { headers, body: octets });
      expect(answer.status).toBe(400);
    }
    const other = { "content-type": "application/json" };
    expect((await api.send("POST", "/batch", { headers: other, body: "[]" })).status).toBe(415);
    expect(await names()).toEqual([]);
    expect(await api.stored()).toEqual([]);
  });

  it("a file that is too large, before the rest of it has come", async () => {
    await start({ limits: { fileBytesMax: 1000 } });
    const { headers, body } = batch([good, form("POST /profiles", Buffer.alloc(300_000, "x"))]);
    const octets = Buffer.from(body);
    const answer = await api.raw([
      `POST /batch HTTP/1.1\r\nHost: a\r\nContent-Type: ${headers["content-type"]}\r\n` +
        `Connection: close\r\nContent-Length: ${octets.length}\r\n\r\n`,
      octets.subarray(0, 200_000),
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 413 [^]*"code":"file-too-large"/);
    expect(answer).toContain('"request":1');
    expect(await names()).toEqual([]);
    expect(await api.stored()).toEqual([]);
  });

  it("a client that goes away", async () => {
    await start();
    const { headers, body } = batch([good, form("POST /profiles", blue)]);
    const octets = Buffer.from(body);
    const socket = connect(api.port, "127.0.0.1");
    socket.write(
      `POST /batch HTTP/1.1\r\nHost: a\r\nContent-Type: ${headers["content-type"]}\r\nContent-Length: ${octets.length}\r\n\r\n`,
    );
    socket.write(octets.subarray(0, -20));
    // The first of its files is stored by then.
    await expect.poll(() => api.stored()).toContain(sha256(red));
    socket.destroy();
    await expect.poll(() => api.stored()).toEqual([]);
    expect(await names()).toEqual([]);
  });

  it("too many requests, or too much in them together", async () => {
    await start({ limits: { batchRequestsMax: 2, valueBytesMax: 1500 } });
    const small = json("POST /profiles", { name: "A" });
    expect(errorsOf(await send([small, small, small]))).toMatchObject([
      { code: "too-many-parts", limit: { name: "batchRequestsMax", value: 2 } },
    ]);
    const large = json("POST /profiles", { name: "A", notes: "x".repeat(1000) });
    expect(rulesOf(await send([large, large]))).toEqual([["body-too-large", 1, expect.anything()]]);
    expect((await send([small, small])).status).toBe(200);
  });
});

describe("who may do what", () => {
  const secured = {
    ...document,
    security: [{ key: [] }],
    components: {
      ...document.components,
      securitySchemes: { key: { type: "apiKey", in: "header", name: "X-Key" } },
    },
  };
  it("is asked of each with the credentials of the request around it, and no others", async () => {
    const asked: string[] = [];
    await start({
      document: secured,
      authenticate: ({ method, target, headers }) => {
        asked.push(`${method} ${target} ${headers["x-key"]}`);
        return target.startsWith("/scans") ? undefined : headers["x-key"];
      },
    });
    const made = { ...json("POST /profiles", { name: "A" }) };
    const own = { ...made, headers: { ...made.headers, "X-Key": "mine" } };
    expect((await send([own])).status).toBe(401);
    expect((await send([own], { "x-key": "ada" })).status).toBe(200);
    expect(asked).toEqual(["POST /batch undefined", "POST /batch ada", "POST /profiles? ada"]);
    const both = [made, json("POST /scans", {})];
    const answer = await send(both, { "x-key": "ada" });
    expect([answer.status, rulesOf(answer)]).toEqual([401, [["unauthorized", 1, undefined]]]);
  });
});

const as = (who?: string) => ({
  "idempotency-key": "k1",
  ...(who === undefined ? {} : { authorization: `Bearer ${who}` }),
});
const change = (etag: string): Inner => ({
  line: "PATCH /profiles/1",
  headers: { "content-type": "application/json", "if-match": etag },
  body: '{"name":"B"}',
});

describe("with an Idempotency-Key", () => {
  it("is done once, and answered the same", async () => {
    await start();
    const headers = { "content-type": "image/png" };
    const { json: staged } = await api.send("POST", "/uploads", { headers, body: red });
    const { upload } = staged as { upload: string };
    const requests = [
      json("POST /profiles", { name: "A", pic: { upload } }),
      form("POST /profiles", blue, "B"),
    ];
    const key = { "idempotency-key": "k1", accept: "*/*" };
    const first = await send(requests, key);
    expect(first.status).toBe(200);
    const again = await send(requests, key);
    expect(again.bytes.toString()).toBe(first.bytes.toString());
    expect(again.headers.get("content-type")).toBe(first.headers.get("content-type"));
    expect((await send(requests.slice(0, 1), key)).status).toBe(422);
    expect(await names()).toEqual(["A", "B"]);
    expect(await api.stored()).toEqual([sha256(red), sha256(blue)].toSorted());
  });

  it("shows no more the second time than hooks let through the first time", async () => {
    let ran = 0;
    const after: OperationHooks["after"] = (_, response) => {
      ran++;
      const { notes: _notes, ...rest } = JSON.parse(String(response.body)) as { notes?: string };
      return { ...response, body: JSON.stringify(rest) };
    };
    await start({ operations: { createProfile: { after } } });
    const requests = [json("POST /profiles", { name: "A", notes: "PRIVATE" }, "one")];
    const key = { "idempotency-key": "k1" };
    const first = await send(requests, key);
    const again = await send(requests, key);
    expect(first.bytes.toString()).not.toContain("PRIVATE");
    expect(again.json).toEqual(first.json);
    expect(responsesOf(again)).toMatchObject([{ status: 201, contentId: "one" }]);
    // As whoever asks wants it this time.
    const messages = await send(requests, { ...key, accept: "*/*" });
    expect(messages.headers.get("content-type")).toMatch(/^multipart\/mixed/);
    expect(messages.bytes.toString()).toContain("content-id: <one>");
    expect(messages.bytes.toString()).not.toContain("PRIVATE");
    expect([ran, await names()]).toEqual([3, ["A"]]);
  });

  it("is that of whoever asks, also where some of the document is open to all", async () => {
    const body = { content: { "application/json": { schema: { properties: { pic: image } } } } };
    const operation = (operationId: string, security: object[]) => ({
      post: { operationId, security, requestBody: body, responses: { 201: {} } },
    });
    const credentials = ["ada", "bob"].map((who) => ({
      scheme: "key",
      secret: who,
      principal: who,
    }));
    await start({
      document: {
        ...document,
        paths: {
          "/feedback": operation("createFeedback", []),
          "/secrets": operation("createSecret", [{ key: [] }]),
        },
        components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } },
      },
      credentials,
    });
    const requests = [json("POST /secrets", {})];
    const made = [await send(requests, as("ada")), await send(requests, as("bob"))];
    const tags = made.map((each) => responsesOf(each)[0]?.headers["etag"]);
    expect(new Set(tags).size).toBe(2);
    expect((await send(requests, as())).status).toBe(401);
    expect((await send([json("POST /feedback", {})], as())).status).toBe(200);
    const stage = (who: string) => {
      const headers = { "content-type": "image/png", ...as(who) };
      return api.send("POST", "/uploads", { headers, body: red });
    };
    const places = [await stage("ada"), await stage("bob")].map(({ headers }) =>
      headers.get("location"),
    );
    expect(new Set(places).size).toBe(2);
  });

  it("belongs to the conditions of its requests too", async () => {
    await start();
    await send([json("POST /profiles", { name: "A" })]);
    const key = { "idempotency-key": "k1" };
    expect((await send([change("*")], key)).status).toBe(200);
    expect((await send([change("*")], key)).status).toBe(200);
    expect((await send([change('"other"')], key)).status).toBe(422);
  });
});

const answering = (after: OperationHooks["after"]) =>
  start({ operations: { createProfile: { after } } });

describe("what hooks answer within a batch", () => {
  const pair = [json("POST /profiles", { name: "A" }), json("POST /scans", {})];

  it("cannot begin another field or message", async () => {
    const evil = "a\r\nx-evil: 1\r\n\r\nHTTP/1.1 200 OK";
    await answering((_, response) => ({
      ...response,
      headers: { ...response.headers, "x-name": evil },
    }));
    for (const accept of ["*/*", "application/json"]) {
      const text = (await send(pair, { accept })).bytes.toString();
      expect(text).not.toContain("x-evil");
      expect(text).toMatch(/500[^]*"code":"internal"[^]*201/);
    }
  });

  it("that fails is a problem in its place, and undoes nothing", async () => {
    await answering(() => {
      throw new Error("boom");
    });
    expect(responsesOf(await send(pair)).map(({ status }) => status)).toEqual([500, 201]);
    expect(await names()).toEqual(["A"]);
  });

  it.each(["at once", "as a stream"])("is whole, though it is no text: %s", async (how) => {
    const octets = Buffer.from([0xff, 0xfe, 0, 0x0d, 0x0a, 1]);
    async function* stream() {
      yield octets.subarray(0, 2);
      yield octets.subarray(2);
    }
    await answering(() => ({
      status: 200,
      headers: { "content-type": "application/octet-stream", "content-length": "1" },
      body: how === "at once" ? octets : stream(),
    }));
    expect(responsesOf(await send(pair))[0]).toMatchObject({ base64: octets.toString("base64") });
    const { bytes } = await send(pair, { accept: "*/*" });
    const message = Buffer.concat([Buffer.from("\r\ncontent-length: 6\r\n\r\n"), octets]);
    expect(bytes.includes(message)).toBe(true);
    expect(bytes.includes("content-length: 1\r\n")).toBe(false);
  });

  it("is a problem where it is too large", async () => {
    let isGivenUp = false;
    async function* endless() {
      try {
        for (;;) yield Buffer.alloc(100_000);
      } finally {
        isGivenUp = true;
      }
    }
    await answering(() => ({ status: 200, headers: {}, body: endless() }));
    expect(responsesOf(await send(pair)).map(({ status }) => status)).toEqual([500, 201]);
    expect(isGivenUp).toBe(true);
  });
});

it("takes header values in UTF-8", async () => {
  await start();
  const filename = "Àé €.png";
  const headers = {
    "content-type": "image/png",
    "content-disposition": `attachment; filename="${filename}"`,
  };
  const answer = await send([
    json("POST /profiles", { name: "A" }, "new"),
    { line: "PUT $new/pic", headers, body: red },
  ]);
  expect(responsesOf(answer)[1]).toMatchObject({ status: 201, body: { pic: { filename } } });
});

it("is where it is said, in the document, or not at all", async () => {
  await start({ batch: { path: "/together" } });
  const { paths } = (await api.send("GET", "/openapi.json")).json as { paths: object };
  expect(paths).toHaveProperty("/together");
  const { headers, body } = batch([json("POST /profiles", { name: "A" })]);
  expect((await api.send("POST", "/together", { headers, body })).status).toBe(200);
  await api.close();
  await start({ batch: false });
  expect((await api.send("POST", "/batch", { headers, body })).status).toBe(404);
});
