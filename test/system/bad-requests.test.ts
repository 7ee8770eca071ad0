// Tables of bad requests: what each is told, that the same fault is told the same in every style, and
// that nothing of it stays, neither octets nor rows.
import { once } from "node:events";
import { connect } from "node:net";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Exchange } from "../../src/http/engine.js";
import {
  boundary,
  multipart,
  pictures,
  sha256,
  startScenario,
  urlencoded,
  type Answer,
  type Message,
  type Part,
  type Scenario,
} from "./http-scenario.js";

const { red, none } = pictures;
const document = {
  openapi: "3.1.1",
  info: { title: "Things", version: "1" },
  components: {
    schemas: {
      Thing: {
        "x-resource": "/things",
        type: "object",
        required: ["name"],
        properties: {
          name: { type: "string", maxLength: 5 },
          size: { type: "integer", minimum: 0 },
          color: { enum: ["red", "blue"], type: "string" },
          tags: { type: "array", items: { type: "string" } },
          pic: { contentMediaType: "image/*" },
          doc: { contentMediaType: "application/pdf", maxLength: 400 },
        },
      },
    },
  },
};
const bodyBytesMax = 200_000;
const limits = { bodyBytesMax, fileBytesMax: 100_000, fieldBytesMax: 50_000, partsMax: 20 };

let api: Scenario;
const exchanges = createExchanges();
beforeAll(async () => {
  api = await startScenario({ document, limits, observe: exchanges.add });
  await api.json("POST", "/things", { name: "first", pic: red.toString("base64") });
});
afterAll(() => api.close());

// Whatever was sent: what was there is there, nothing else is, and the server answers.
afterEach(async () => {
  expect(await api.stored()).toEqual([sha256(red)]);
  const list = await api.send("GET", "/things");
  expect(list.json).toMatchObject({
    count: 1,
    results: [{ id: 1, name: "first", pic: { size: red.length } }],
  });
});

const jsonType = { "content-type": "application/json" };
const jsonOf = (value: unknown): Required<Message> => ({
  headers: jsonType,
  body: JSON.stringify(value),
});
const pic64 = red.toString("base64");
const broken64 = `${pic64.slice(0, 20)}!${pic64.slice(21)}`;
const large = Buffer.concat([none, Buffer.alloc(600, " ")]);

describe("the same fault in every style", () => {
  interface SameFault {
    readonly name: string;
    readonly json: unknown;
    readonly parts: readonly Part[];
    readonly fields: Record<string, string>;
    readonly status?: number;
    readonly faults: readonly { code: string; pointer: string }[];
  }
  const nameA = { name: "name", body: "a" };
  const cases: readonly SameFault[] = [
    {
      name: "an unknown property",
      json: { name: "a", other: "x" },
      parts: [nameA, { name: "other", body: "x" }],
      fields: { name: "a", other: "x" },
      faults: [{ code: "unknown-property", pointer: "/other" }],
    },
    {
      name: "an unknown property with a slash and a tilde",
      json: { name: "a", "a/b~c": "x" },
      parts: [nameA, { name: "a/b~c", body: "x" }],
      fields: { name: "a", "a/b~c": "x" },
      faults: [{ code: "unknown-property", pointer: "/a~1b~0c" }],
    },
    {
      name: "an unknown property that is everyone's",
      json: JSON.parse('{"name":"a","__proto__":"x"}'),
      parts: [nameA, { name: "__proto__", body: "x" }],
      fields: Object.fromEntries([
        ["name", "a"],
        ["__proto__", "x"],
      ]),
      faults: [{ code: "unknown-property", pointer: "/__proto__" }],
    },
    {
      name: "a missing property",
      json: { size: 1 },
      parts: [{ name: "size", body: "1" }],
      fields: { size: "1" },
      faults: [{ code: "missing-property", pointer: "/name" }],
    },
    {
      name: "a value of another type",
      json: { name: "a", size: "x" },
      parts: [nameA, { name: "size", body: "x" }],
      fields: { name: "a", size: "x" },
      faults: [{ code: "invalid-value", pointer: "/size" }],
    },
    {
      name: "a number that is no integer",
      json: { name: "a", size: 1.5 },
      parts: [nameA, { name: "size", body: "1.5" }],
      fields: { name: "a", size: "1.5" },
      faults: [{ code: "invalid-value", pointer: "/size" }],
    },
    {
      name: "a number that is too small",
      json: { name: "a", size: -1 },
      parts: [nameA, { name: "size", body: "-1" }],
      fields: { name: "a", size: "-1" },
      faults: [{ code: "invalid-value", pointer: "/size" }],
    },
    {
      name: "a text that is too long",
      json: { name: "abcdef" },
      parts: [{ name: "name", body: "abcdef" }],
      fields: { name: "abcdef" },
      faults: [{ code: "invalid-value", pointer: "/name" }],
    },
    {
      name: "a value that is not listed",
      json: { name: "a", color: "green" },
      parts: [nameA, { name: "color", body: "green" }],
      fields: { name: "a", color: "green" },
      faults: [{ code: "invalid-value", pointer: "/color" }],
    },
    {
      name: "broken base64",
      json: { name: "a", pic: broken64 },
      parts: [
        nameA,
        { name: "pic", headers: { "Content-Transfer-Encoding": "base64" }, body: broken64 },
      ],
      fields: { name: "a", pic: broken64 },
      faults: [{ code: "malformed-encoding", pointer: "/pic" }],
    },
    {
      name: "a file that is no image",
      json: { pic: none.toString("base64"), name: "a" },
      parts: [{ name: "pic", filename: "a.png", type: "image/png", body: none }, nameA],
      fields: { pic: none.toString("base64"), name: "a" },
      faults: [{ code: "not-an-image", pointer: "/pic" }],
    },
    {
      name: "a file of another type",
      json: { doc: pic64, name: "a" },
      parts: [{ name: "doc", body: red }, nameA],
      fields: { doc: pic64, name: "a" },
      faults: [{ code: "file-type-not-allowed", pointer: "/doc" }],
    },
    {
      name: "an empty file for an image",
      json: { pic: "data:image/png;base64,", name: "a" },
      parts: [{ name: "pic", filename: "a.png", body: "" }, nameA],
      fields: { pic: "data:image/png;base64,", name: "a" },
      faults: [{ code: "not-an-image", pointer: "/pic" }],
    },
    {
      name: "all faults together",
      json: { other: "x", pic: none.toString("base64"), doc: pic64, size: "x" },
      parts: [
        { name: "other", body: "x" },
        { name: "pic", body: none },
        { name: "doc", body: red },
        { name: "size", body: "x" },
      ],
      fields: { other: "x", pic: none.toString("base64"), doc: pic64, size: "x" },
      faults: [
        { code: "file-type-not-allowed", pointer: "/doc" },
        { code: "invalid-value", pointer: "/size" },
        { code: "missing-property", pointer: "/name" },
        { code: "not-an-image", pointer: "/pic" },
        { code: "unknown-property", pointer: "/other" },
      ],
    },
  ];

  const bodies = ({ json, parts, fields }: SameFault): readonly Message[] => [
    jsonOf(json),
    multipart(parts),
    urlencoded(fields),
  ];

  it.each(cases)("$name, on create", async (same) => {
    const problems = [];
    for (const body of bodies(same))
      problems.push(problemOf(await api.send("POST", "/things", body)));
    const [first] = problems;
    expect(first).toMatchObject({ status: same.status ?? 400, errors: same.faults });
    expect(problems).toEqual([first, first, first]);
  });

  it.each(cases)("$name, on replace", async (same) => {
    for (const body of bodies(same)) {
      const problem = problemOf(await api.send("PUT", "/things/1", body));
      expect(problem).toMatchObject({ status: same.status ?? 400, errors: same.faults });
    }
  });

  it.each(cases.filter(({ name }) => name !== "a missing property"))(
    "$name, on patch",
    async (same) => {
      const faults = same.faults.filter(({ code }) => code !== "missing-property");
      for (const body of bodies(same)) {
        const problem = problemOf(await api.send("PATCH", "/things/1", body));
        expect(problem).toMatchObject({ status: same.status ?? 400, errors: faults });
      }
    },
  );

  it("a file that is too large, by its schema", async () => {
    const problems = [];
    const body64 = large.toString("base64");
    const messages = [
      jsonOf({ name: "a", doc: body64 }),
      multipart([{ name: "doc", body: large }, nameA]),
      urlencoded({ name: "a", doc: body64 }),
    ];
    for (const message of messages) problems.push(await api.send("POST", "/things", message));
    for (const { status, json } of problems) {
      expect(json).toMatchObject({
        errors: [
          { code: "file-too-large", pointer: "/doc", limit: { name: "maxLength", value: 400 } },
        ],
      });
      expect(status).toBe(413);
    }
  });
});

describe("places of faults", () => {
  interface Placed {
    readonly name: string;
    readonly message: Required<Message>;
    readonly fault: Readonly<Record<string, unknown>>;
    readonly status?: number;
  }
  const broken = {
    name: "pic",
    filename: "a",
    headers: { "Content-Transfer-Encoding": "base64" },
    body: broken64,
  };
  const nameA = { name: "name", body: "a" };
  const twice = form(nameA, { name: "size", body: "1" }, nameA);
  const typed = form(nameA, { name: "size", body: "x" });
  const encoded = form(nameA, broken);
  const unknown = form(nameA, { name: "other", body: "x" });
  const whole = Buffer.from(form(nameA, { name: "pic", filename: "a.png", body: red }).body);
  const formType = { "content-type": `multipart/form-data; boundary=${boundary}` };
  const cut = (end: number): Required<Message> => ({
    headers: formType,
    body: whole.subarray(0, end),
  });
  const lines = (...text: string[]): Required<Message> => ({
    headers: formType,
    body: text.join("\r\n"),
  });

  const cases: readonly Placed[] = [
    {
      name: "a comma too many",
      message: jsonText('{"name": "a",}'),
      fault: { code: "malformed-json", offset: 13 },
    },
    {
      name: "JSON that ends",
      message: jsonText('{"name": "a"'),
      fault: { code: "malformed-json", offset: 12 },
    },
    {
      name: "text after JSON",
      message: jsonText('{"name": "a"} x'),
      fault: { code: "malformed-json", offset: 14 },
    },
    {
      name: "no JSON at all",
      message: jsonText("<p>"),
      fault: { code: "malformed-json", offset: 0 },
    },
    { name: "only a blank", message: jsonText(" "), fault: { code: "malformed-json", offset: 1 } },
    {
      name: "JSON that is no UTF-8",
      message: jsonText(Buffer.from([...Buffer.from('{"name":"'), 0xff, 0x22, 0x7d])),
      fault: { code: "malformed-json", offset: 9 },
    },
    {
      name: "JSON that ends in a file",
      message: jsonText(`{"name":"a","pic":"${pic64}`),
      fault: { code: "malformed-json" },
    },
    {
      name: "a key that comes twice",
      message: jsonText('{"name":"a","name":"b"}'),
      fault: { code: "duplicate-key", pointer: "/name", offset: 17 },
    },
    {
      name: "JSON that is no object",
      message: jsonText("[]"),
      fault: { code: "invalid-value", pointer: "" },
    },
    {
      name: "JSON nested too deep",
      message: jsonText(`{"name":${"[".repeat(100)}${"]".repeat(100)}}`),
      status: 413,
      fault: { code: "too-deep" },
    },
    {
      name: "broken base64 in JSON",
      message: jsonOf({ name: "a", pic: broken64 }),
      fault: {
        code: "malformed-encoding",
        pointer: "/pic",
        offset: offsetOf(jsonOf({ name: "a", pic: broken64 }), "!"),
      },
    },
    {
      name: "broken base64 in a data URI",
      message: jsonOf({ name: "a", pic: `data:image/png;base64,${broken64}` }),
      fault: {
        code: "malformed-encoding",
        pointer: "/pic",
        offset: offsetOf(jsonOf({ name: "a", pic: `data:image/png;base64,${broken64}` }), "!"),
      },
    },
    {
      name: "broken base64 in a part",
      message: encoded,
      fault: {
        code: "malformed-encoding",
        pointer: "/pic",
        part: { name: "pic", index: 1, offset: delimiterAt(encoded, 1) },
        offset: offsetOf(encoded, "!"),
      },
    },
    {
      name: "broken base64, urlencoded",
      message: { ...urlencoded({}), body: "name=a&pic=iVBOR!w0" },
      fault: { code: "malformed-encoding", pointer: "/pic", offset: 16 },
    },
    {
      name: "a wrong value in a part",
      message: typed,
      fault: {
        code: "invalid-value",
        pointer: "/size",
        part: { name: "size", index: 1, offset: delimiterAt(typed, 1) },
      },
    },
    {
      name: "an unknown part",
      message: unknown,
      fault: {
        code: "unknown-property",
        pointer: "/other",
        part: { name: "other", index: 1, offset: delimiterAt(unknown, 1) },
      },
    },
    {
      name: "a part that comes twice",
      message: twice,
      fault: {
        code: "duplicate-part",
        pointer: "/name",
        part: { name: "name", index: 2, offset: delimiterAt(twice, 2) },
      },
    },
    {
      name: "a file that comes twice",
      message: form(nameA, { name: "pic", body: red }, { name: "pic", body: red }),
      fault: { code: "duplicate-part", pointer: "/pic", part: { name: "pic", index: 2 } },
    },
    {
      name: "a part without a name",
      message: form(nameA, { body: "x" }),
      fault: { code: "part-without-name", part: { index: 1 } },
    },
    {
      name: "a part without a disposition",
      message: lines(`--${boundary}`, "Content-Type: text/plain", "", "x", `--${boundary}--`, ""),
      fault: { code: "part-without-name", part: { index: 0 } },
    },
    {
      name: "a part header without a colon",
      message: lines(`--${boundary}`, "Content-Disposition", "", "x", `--${boundary}--`, ""),
      fault: { code: "malformed-header", part: { index: 0 } },
    },
    {
      name: "multipart that ends in a file",
      message: cut(whole.length - 60),
      fault: { code: "malformed-multipart", offset: whole.length - 60 },
    },
    {
      name: "multipart that ends in a header",
      message: cut(60),
      fault: { code: "malformed-multipart", offset: 60 },
    },
    {
      name: "multipart without its last dashes",
      message: cut(whole.length - 4),
      fault: { code: "malformed-multipart" },
    },
    {
      name: "no multipart at all",
      message: { headers: formType, body: "x" },
      fault: { code: "malformed-multipart" },
    },
    {
      name: "multipart without a boundary",
      message: { headers: { "content-type": "multipart/form-data" }, body: whole },
      fault: { code: "malformed-multipart" },
    },
    {
      name: "too many parts",
      message: multipart(Array.from({ length: 21 }, () => ({ name: "tags", body: "x" }))),
      status: 413,
      fault: { code: "too-many-parts", limit: { name: "partsMax", value: 20 } },
    },
    {
      name: "a text that is too large",
      message: form({ name: "name", body: "a".repeat(50_001) }),
      status: 413,
      fault: {
        code: "field-too-large",
        pointer: "/name",
        limit: { name: "fieldBytesMax", value: 50_000 },
      },
    },
    {
      name: "a file larger than any may be",
      message: form(nameA, { name: "pic", body: Buffer.concat([red, Buffer.alloc(100_000)]) }),
      status: 413,
      fault: {
        code: "file-too-large",
        pointer: "/pic",
        limit: { name: "fileBytesMax", value: 100_000 },
      },
    },
    {
      name: "urlencoded text that is no UTF-8",
      message: { ...urlencoded({}), body: "name=%ff" },
      fault: { code: "malformed-encoding", pointer: "/name" },
    },
    {
      name: "a URL of no file that is there",
      message: jsonOf({ name: "a", pic: "http://169.254.169.254/pic" }),
      fault: { code: "not-the-current-file", pointer: "/pic" },
    },
    {
      name: "a reference to another's file",
      message: jsonOf({
        name: "a",
        pic: {
          url: "/things/1/pic",
          mediaType: "image/png",
          size: red.length,
          sha256: sha256(red),
        },
      }),
      fault: { code: "not-the-current-file", pointer: "/pic" },
    },
    { name: "an empty body", message: jsonText(""), fault: { code: "missing-body" } },
  ];

  it.each(cases)("$name", async ({ message, fault, status = 400 }) => {
    for (const [method, path] of [["POST", "/things"]] as const) {
      const answer = await api.send(method, path, message);
      expect(answer.json).toMatchObject({ status, errors: [fault] });
      expect(answer.status).toBe(status);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    }
  });

  it("multipart cut anywhere", async () => {
    // The last two octets, CR LF, need not be there.
    for (let end = 1; end < whole.length - 2; end += 7) {
      const { status, json: told } = await api.send("POST", "/things", cut(end));
      expect([end, status]).toEqual([end, 400]);
      expect(told).toMatchObject({ errors: [{ code: "malformed-multipart", offset: end }] });
    }
  });

  it("JSON cut anywhere", async () => {
    const text = `{"name":"a","size":12,"pic":"${pic64}","tags":["x"]}`;
    for (let end = 1; end < text.length; end += 5) {
      const { status, json: told } = await api.send(
        "POST",
        "/things",
        jsonText(text.slice(0, end)),
      );
      expect([end, status]).toEqual([end, 400]);
      expect(told).toMatchObject({ errors: [{ code: "malformed-json", offset: end }] });
    }
  });
});

describe("what cannot be read at all", () => {
  it.each([
    { name: "another media type", type: "text/plain" },
    { name: "a media type that is none", type: "nonsense" },
    { name: "a suffix that is not declared", type: "application/vnd.x+json" },
    { name: "no media type", type: undefined },
  ])("$name is a 415 with what is accepted", async ({ type }) => {
    const headers: Record<string, string> = type === undefined ? {} : { "content-type": type };
    const answer = await api.send("POST", "/things", { headers, body: '{"name":"a"}' });
    expect(answer.status).toBe(415);
    expect(answer.json).toMatchObject({ errors: [{ code: "unsupported-media-type" }] });
    expect(answer.headers.get("accept")).toBe(
      "application/json, multipart/form-data, application/x-www-form-urlencoded",
    );
  });

  it("a file of another type by its Content-Type is a 415", async () => {
    const answer = await api.send("PUT", "/things/1/pic", {
      headers: { "content-type": "text/html" },
      body: "<p>",
    });
    expect(answer.status).toBe(415);
    expect(answer.headers.get("accept")).toBe(
      "multipart/form-data, image/*, application/octet-stream, application/json", // a token of an upload
    );
  });

  it.each(["compress", "gzip, nonsense", "gzip, gzip, gzip"])(
    "the coding %s is a 415",
    async (coding) => {
      const headers = { ...jsonType, "content-encoding": coding };
      const answer = await api.send("POST", "/things", { headers, body: '{"name":"a"}' });
      expect(answer.status).toBe(415);
      expect(answer.json).toMatchObject({ errors: [{ code: "unsupported-content-encoding" }] });
      expect(answer.headers.get("accept-encoding")).toMatch(/^gzip, (deflate, )?br/);
      expect(answer.headers.get("accept")).toBeNull();
    },
  );

  const wrong = { name: "abcdef" };
  const text = Buffer.from(JSON.stringify(wrong));
  it.each([
    { coding: "gzip", body: gzipSync(text) },
    { coding: "GZIP", body: gzipSync(text) },
    { coding: "br", body: brotliCompressSync(text) },
    { coding: "deflate", body: deflateSync(text) },
    { coding: "br, gzip", body: gzipSync(brotliCompressSync(text)) },
    { coding: "identity", body: text },
  ])("faults within $coding are told as without it", async ({ coding, body }) => {
    const packed = await api.send("POST", "/things", {
      headers: { ...jsonType, "content-encoding": coding },
      body,
    });
    expect(problemOf(packed)).toEqual(problemOf(await api.json("POST", "/things", wrong)));
  });

  const packed = gzipSync(`{"name":"a","pic":"${pic64}"}`);
  it.each([
    { name: "gzip that ends", body: packed.subarray(0, packed.length - 9) },
    {
      name: "gzip with a wrong checksum",
      body: Buffer.concat([packed.subarray(0, -8), Buffer.alloc(8, 7)]),
    },
    { name: "gzip that is none", body: Buffer.from('{"name":"a"}') },
    { name: "gzip with more after it", body: Buffer.concat([packed, Buffer.from("more")]) },
  ])("$name is malformed", async ({ body }) => {
    const { status, json } = await api.send("POST", "/things", {
      headers: { ...jsonType, "content-encoding": "gzip" },
      body,
    });
    expect(json).toMatchObject({ errors: [{ code: "malformed-encoding" }] });
    expect(status).toBe(400);
  });

  const zeros = Buffer.alloc(3_000_000);
  const bombs: readonly { name: string; message: Required<Message> }[] = [
    { name: "JSON", message: jsonOf({ name: "a", pic: zeros.toString("base64") }) },
    { name: "blanks", message: { headers: jsonType, body: Buffer.alloc(3_000_000, " ") } },
    { name: "multipart", message: multipart([{ name: "pic", body: zeros }]) },
    { name: "urlencoded", message: urlencoded({ pic: zeros.toString("base64") }) },
  ];
  it.each(bombs)("a bomb of $name is a 413", async ({ message: { headers, body } }) => {
    for (const [coding, packed] of [
      ["gzip", gzipSync(body)],
      ["br", packQuickly(body)],
      ["gzip, gzip", gzipSync(gzipSync(body))],
    ] as const) {
      expect(packed.length).toBeLessThan(bodyBytesMax / 10);
      const packedHeaders = { ...headers, "content-encoding": coding };
      const answer = await api.send("POST", "/things", { headers: packedHeaders, body: packed });
      expect([coding, answer.status]).toEqual([coding, 413]);
    }
  });
});

describe("too large, before and while it comes", () => {
  it("by Content-Length, without reading", async () => {
    const said = head(
      "POST /things",
      "Connection: close",
      "Content-Type: application/json",
      `Content-Length: ${bodyBytesMax + 1}`,
    );
    const answer = await api.raw([said]);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain(`"limit":{"name":"bodyBytesMax","value":${bodyBytesMax}}`);
  });

  it("in chunks, as soon as it is", async () => {
    const said = head(
      "POST /things",
      "Connection: close",
      "Content-Type: application/json",
      "Transfer-Encoding: chunked",
    );
    const chunk = `${(10_000).toString(16)}\r\n${" ".repeat(10_000)}\r\n`;
    const answer = await api.raw([said, ...Array.from({ length: 21 }, () => chunk)]);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain("body-too-large");
  });

  it("as a raw file by Content-Length", async () => {
    const said = head(
      "PUT /things/1/pic",
      "Connection: close",
      "Content-Type: image/png",
      "Content-Length: 100001",
    );
    const answer = await api.raw([said]);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain("file-too-large");
  });

  it("curl prints the 413", async () => {
    const file = await api.file("large", Buffer.alloc(5_000_000));
    const form = ["-F", "name=a", "-F", `pic=@${file}`];
    expect(await api.curl(...form, "-o", "/dev/null", "-w", "%{http_code}", "url:/things")).toBe(
      "413",
    );
  });
});

describe("Expect: 100-continue", () => {
  const final = /^HTTP\/1\.1 (?!100)\d{3} .*\r\n\r\n/ms;

  it.each([
    {
      name: "415",
      said: asking("POST", "/things", "Content-Type: text/plain", "Content-Length: 10"),
      status: 415,
    },
    {
      name: "415 of a coding",
      said: asking(
        "POST",
        "/things",
        "Content-Type: application/json",
        "Content-Encoding: x",
        "Content-Length: 10",
      ),
      status: 415,
    },
    {
      name: "413",
      said: asking("POST", "/things", "Content-Type: application/json", "Content-Length: 999999"),
      status: 413,
    },
    {
      name: "404 of a path",
      said: asking("POST", "/nothing", "Content-Type: application/json", "Content-Length: 10"),
      status: 404,
    },
    {
      name: "404 of an id",
      said: asking("PUT", "/things/9", "Content-Type: application/json", "Content-Length: 10"),
      status: 404,
    },
    {
      name: "405",
      said: asking("DELETE", "/things", "Content-Type: application/json", "Content-Length: 10"),
      status: 405,
    },
    {
      name: "412",
      said: asking(
        "PUT",
        "/things/1",
        'If-Match: "x"',
        "Content-Type: application/json",
        "Content-Length: 10",
      ),
      status: 412,
    },
    {
      name: "412 of a file",
      said: asking(
        "PUT",
        "/things/1/pic",
        "If-None-Match: *",
        "Content-Type: image/png",
        "Content-Length: 10",
      ),
      status: 412,
    },
  ])("$name comes in its place", async ({ said, status }) => {
    const answer = await api.raw([said], final);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it("is answered before the body is read", async () => {
    const socket = connect(api.port, "127.0.0.1");
    const body = '{"name":"abcdef"}';
    socket.write(
      asking(
        "POST",
        "/things",
        "Content-Type: application/json",
        `Content-Length: ${body.length}`,
        "Connection: close",
      ),
    );
    const [first]: unknown[] = await once(socket, "data");
    expect(String(first)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    socket.write(body);
    let rest = "";
    for await (const chunk of socket) rest += String(chunk);
    expect(rest).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("of another kind is a 417", async () => {
    const said = asking("POST", "/things", "Content-Type: application/json", "Content-Length: 2");
    const answer = await api.raw([said.replace("100-continue", "42-continue"), "{}"], final);
    expect(answer).toMatch(/^HTTP\/1\.1 417 /);
  });
});

describe("paths, ids and methods", () => {
  it.each(["/", "/thing", "/things/1/2/3", "/things/1/nothing", "//things", "/THINGS"])(
    "%s is no path: 404",
    async (path) => {
      const answer = await api.send("GET", path);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([
        404,
        "application/problem+json",
      ]);
      expect(answer.json).toMatchObject({ status: 404, errors: [{ code: "unknown-path" }] });
    },
  );

  const ids = [
    "2",
    "0",
    "01",
    "-1",
    "1.0",
    "1e0",
    "x",
    "99999999999999999999",
    "%00",
    "1%2F",
    "%ff",
    "..%2F1",
    "1%20",
  ];
  it.each(ids)("%s is no id: 404, whatever the method", async (id) => {
    for (const method of ["GET", "PUT", "PATCH", "DELETE"]) {
      const body = method === "GET" || method === "DELETE" ? {} : jsonOf({ name: "b" });
      const answer = await api.send(method, `/things/${id}`, body);
      expect([method, answer.status]).toEqual([method, 404]);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    }
    const file = { headers: { "content-type": "image/png" }, body: red };
    expect((await api.send("PUT", `/things/${id}/pic`, file)).status).toBe(404);
    expect((await api.send("GET", `/things/${id}/pic`)).status).toBe(404);
  });

  it.each([
    { method: "PATCH", path: "/things", allow: "GET, HEAD, POST, OPTIONS" },
    { method: "POST", path: "/things/1", allow: "GET, HEAD, PUT, PATCH, DELETE, OPTIONS" },
    { method: "POST", path: "/things/1/pic", allow: "GET, HEAD, PUT, DELETE, OPTIONS" },
    { method: "PROPFIND", path: "/things", allow: "GET, HEAD, POST, OPTIONS" },
  ])("$method $path is a 405 with what is allowed", async ({ method, path, allow }) => {
    const answer = await api.send(method, path, jsonOf({ name: "a" }));
    expect(answer.status).toBe(405);
    expect(answer.json).toMatchObject({ status: 405, errors: [{ code: "method-not-allowed" }] });
    expect(setOf(answer.headers.get("allow"))).toEqual(setOf(allow));
    const options = await api.send("OPTIONS", path);
    expect([options.status, setOf(options.headers.get("allow"))]).toEqual([204, setOf(allow)]);
  });

  it("a problem has what RFC 9457 says, and the id of its request", async () => {
    const answer = await api.send("GET", "/things/9", { headers: { "x-request-id": "abc-1" } });
    expect(answer.json).toEqual({
      type: "urn:problem-type:waybill:not-found",
      title: "Not found",
      status: 404,
      detail: expect.any(String),
      requestId: "abc-1",
      errors: [{ code: "not-found", detail: expect.any(String) }],
    });
    expect(answer.headers.get("x-request-id")).toBe("abc-1");
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it("octets that are no HTTP are a 400", async () => {
    expect(await api.raw(["nonsense\r\n\r\n"])).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe("clients that go away", () => {
  const whole = multipart([
    { name: "name", body: "a" },
    { name: "pic", filename: "a.png", body: red },
  ]);
  const json = jsonOf({ name: "a", pic: pic64 });
  it.each([
    { name: "multipart", method: "POST", path: "/things", message: whole },
    { name: "JSON", method: "POST", path: "/things", message: json },
    {
      name: "a raw file",
      method: "PUT",
      path: "/things/1/pic",
      message: { headers: { "content-type": "image/png" }, body: none },
    },
  ])("in the midst of $name", async ({ method, path, message }) => {
    const body = Buffer.from(message.body);
    const type = `Content-Type: ${message.headers["content-type"]}`;
    const said = asking(method, path, type, `Content-Length: ${body.length}`);
    const over = exchanges.next();
    const socket = connect(api.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(said);
    await once(socket, "data");
    socket.write(body.subarray(0, body.length - 10), () => socket.resetAndDestroy());
    expect((await over).faults).toEqual(["client-gone"]);
  });
});

describe("credentials", () => {
  let closed: Scenario;
  beforeAll(async () => {
    const { schemas } = document.components;
    const securitySchemes = { token: { type: "http", scheme: "bearer" } };
    closed = await startScenario({
      document: {
        ...document,
        security: [{ token: [] }],
        components: { schemas, securitySchemes },
      },
      credentials: [{ scheme: "token", secret: "sesame", principal: undefined }],
    });
  });
  afterAll(() => closed.close());

  const strangers: readonly { name: string; headers: Record<string, string> }[] = [
    { name: "none", headers: {} },
    { name: "wrong ones", headers: { authorization: "Bearer open" } },
    { name: "those of another scheme", headers: { authorization: "Basic sesame" } },
  ];
  it.each(strangers)("$name are a 401, whatever else is wrong", async ({ headers }) => {
    for (const body of ['{"name":"a"}', "{", ""]) {
      const answer = await closed.send("POST", "/things", {
        headers: { ...jsonType, ...headers },
        body,
      });
      expect(answer.status).toBe(401);
      expect(answer.json).toMatchObject({ errors: [{ code: "unauthorized" }] });
      expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
    }
    expect((await closed.send("GET", "/things", { headers })).status).toBe(401);
    expect(await closed.stored()).toEqual([]);
  });

  it("the right ones are let in", async () => {
    const headers = { ...jsonType, authorization: "Bearer sesame" };
    const { status } = await closed.send("POST", "/things", { headers, body: '{"name":"a"}' });
    expect(status).toBe(201);
  });

  it("the 401 comes before the body", async () => {
    const head = [
      "POST /things HTTP/1.1",
      "Host: localhost",
      "Expect: 100-continue",
      "Content-Type: application/json",
      "Content-Length: 10",
      "",
      "",
    ];
    const answer = await closed.raw([head.join("\r\n")], /\r\n\r\n/);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });
});

/** A problem without what differs by style: places in the body, and the request. Faults by pointer and code. */
function problemOf({ json }: Answer): unknown {
  const { requestId: _, ...problem } = Object(json);
  const faults: unknown[] = problem.errors ?? [];
  const bare = faults.map((fault) => {
    const { code, detail, pointer, limit } = Object(fault);
    return { code, detail, pointer, limit };
  });
  bare.sort((a, b) => (`${a.code} ${a.pointer}` < `${b.code} ${b.pointer}` ? -1 : 1));
  // The sentence of the whole names whichever fault was found first.
  const detail = bare.length === 1 ? problem.detail : undefined;
  return { ...problem, detail, errors: bare };
}

function setOf(list: string | null): Set<string> {
  return new Set(list?.split(", "));
}

/** Exchanges as the server reports them, for those whose answers nobody receives. */
function createExchanges(): { add(exchange: Exchange): void; next(): Promise<Exchange> } {
  let waiting: ((exchange: Exchange) => void)[] = [];
  return {
    add(exchange) {
      for (const tell of waiting.splice(0)) tell(exchange);
    },
    next: () => new Promise((resolve) => (waiting = [...waiting, resolve])),
  };
}

function packQuickly(body: string | Uint8Array): Buffer {
  return brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
}

function form(...parts: Part[]): Required<Message> {
  return multipart(parts);
}

function jsonText(body: string | Uint8Array): Required<Message> {
  return { headers: jsonType, body };
}

function offsetOf({ body }: Required<Message>, text: string): number {
  return Buffer.from(body).indexOf(text);
}

function delimiterAt({ body }: Required<Message>, index: number): number {
  const octets = Buffer.from(body);
  let found = -1;
  for (let i = 0; i <= index; i++) found = octets.indexOf(`--${boundary}`, found + 1);
  return found;
}

/** A request's head, with an empty line after it. */
function head(start: string, ...lines: string[]): string {
  return [`${start} HTTP/1.1`, "Host: localhost", ...lines, "", ""].join("\r\n");
}

function asking(method: string, path: string, ...lines: string[]): string {
  return head(`${method} ${path}`, "Expect: 100-continue", ...lines);
}
