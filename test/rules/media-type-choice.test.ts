// N: which of an operation's media types a request body has.
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { createWaybill } from "../../src/index.js";
import { createDocument } from "../../src/openapi/document.js";
import { createPlan } from "../../src/plan/plan.js";
import { describeOperations, formatDescription } from "../../src/server/describe.js";
import {
  documentOf,
  fields,
  findingsOf,
  formContent,
  json,
  jsonContent,
  multipart,
  send,
  urlencoded,
  urlencodedContent,
  type Api,
  type Wire,
} from "./wall.js";

const integer = { type: "integer" };
const octetsAnswer = (file: string) => ({ status: 200, value: { file } });

it("N-01 without `required` no body is a valid one, and there is no value", async () => {
  const content = { ...jsonContent({ a: integer }), "image/png": {} };
  for (const openapi of ["3.0.3", "3.1.1", "3.2.0"]) {
    const answer = await send({ openapi, content }, {});
    expect(answer).toMatchObject({ status: 200, value: undefined });
    const empty = await send({ openapi, content }, { headers: { "content-length": "0" } });
    expect(empty).toMatchObject({ status: 200, value: undefined });
  }
});

it("N-02 with `required: true` an absent body is refused", async () => {
  const requestBody = { required: true, content: jsonContent({ a: integer }) };
  expect(await send({ operation: { requestBody } }, {})).toMatchObject({
    status: 400,
    errors: [{ code: "missing-body" }],
  });
});

it("N-02 an empty body that says it is a picture is no picture", async () => {
  const requestBody = { required: true, content: { "image/png": {} } };
  expect(await send({ operation: { requestBody } }, { type: "image/png", body: "" })).toMatchObject(
    { status: 400 },
  );
});

it("N-03 types and subtypes match in upper and lower case, keys may be ranges", async () => {
  for (const key of ["application/x-thing", "APPLICATION/X-THING", "application/*", "*/*"])
    expect(
      await send({ content: { [key]: {} } }, { type: "Application/X-Thing", body: "x" }),
      key,
    ).toMatchObject(octetsAnswer("x"));
});

it("N-04 the most specific key alone applies, wherever it stands", async () => {
  const keys = [
    ["*/*", { maxLength: 1 }],
    ["application/*", { maxLength: 2 }],
    ["application/x-thing", { maxLength: 3 }],
    ["application/x-thing; version=2", { maxLength: 4 }],
  ] as const;
  const limits = [
    ["image/x-other", 1],
    ["application/x-other", 2],
    ["application/x-thing", 3],
    ["application/x-thing; version=1", 3],
    ["application/x-thing; version=2; q=1", 4],
  ] as const;
  for (const order of [keys, keys.toReversed()]) {
    const content = Object.fromEntries(order.map(([key, schema]) => [key, { schema }]));
    for (const [type, most] of limits) {
      const fits = await send({ content }, { type, body: "x".repeat(most) });
      expect(fits, type).toMatchObject(octetsAnswer("x".repeat(most)));
      expect(await send({ content }, { type, body: "x".repeat(most + 1) }), type).toMatchObject({
        status: 413,
        errors: [{ code: "file-too-large", limit: { name: "maxLength", value: most } }],
      });
    }
  }
});

it("N-05 a type that no key covers is a 415 that says in Accept what is taken", async () => {
  const content = { "image/png": {}, "image/*": {} };
  const answer = await send({ content }, { type: "text/plain", body: "x" });
  expect(answer).toMatchObject({ status: 415, errors: [{ code: "unsupported-media-type" }] });
  expect(answer.headers.get("accept")).toBe("image/png, image/*");
});

const empty = (requestBody: object): Api => ({ operation: { requestBody } });

it("N-06 a body without any media type is warned of, and ignored", async () => {
  for (const requestBody of [{ content: {} }, {}, { content: {}, required: true }]) {
    expect(findingsOf(empty(requestBody))).toEqual([
      "warning body-without-content /paths/~1take/post/requestBody",
    ]);
    expect(await send(empty(requestBody), json({ a: 1 }))).toMatchObject({
      status: 200,
      value: undefined,
    });
  }
});

it("N-06 the start message says so too", () => {
  const plan = createPlan(createDocument(documentOf(empty({ content: {} }))));
  expect(formatDescription(describeOperations(plan, "http://x"))).toContain(
    "POST /take\n  warning: The request body names no media type: whatever is sent is ignored.\n",
  );
});

it("N-07 a structured suffix is a type of its own", async () => {
  const content = jsonContent({ a: integer });
  const type = "application/vnd.x+json";
  expect(await send({ content }, { type, body: '{"a":1}' })).toMatchObject({ status: 415 });
  const own = { [type]: Object.values(content)[0] };
  expect(await send({ content: own }, { type, body: '{"a":1}' })).toMatchObject({
    value: { a: 1 },
  });
  expect(await send({ content: own }, json({ a: 1 }))).toMatchObject({ status: 415 });
});

it("N-07 parameters count only where the key has them", async () => {
  const content = jsonContent({ a: integer });
  const type = "application/json; charset=utf-8; x=y";
  expect(await send({ content }, { type, body: '{"a":1}' })).toMatchObject({ value: { a: 1 } });
  const keyed = { "application/json; v=1": Object.values(content)[0] };
  expect(await send({ content: keyed }, json({ a: 1 }))).toMatchObject({ status: 415 });
  expect(
    await send({ content: keyed }, { type: 'application/json;V="1"', body: '{"a":1}' }),
  ).toMatchObject({ value: { a: 1 } });
});

it("N-08 a Media Type Object without a schema takes any content of its type", async () => {
  const content = { "application/x-thing": {}, "application/json": {}, "text/plain": {} };
  expect(await send({ content }, { type: "application/x-thing", body: "\x00any" })).toMatchObject(
    octetsAnswer("\x00any"),
  );
  expect(await send({ content }, json([{ any: 1 }, null]))).toMatchObject({
    value: [{ any: 1 }, null],
  });
  expect(await send({ content }, { type: "application/json", body: "{nope" })).toMatchObject({
    status: 400,
    errors: [{ code: "malformed-json", offset: 1 }],
  });
});

const deletion = (openapi: string): Api => ({
  openapi,
  method: "DELETE",
  content: jsonContent({ a: integer }),
});

it("N-09 the body of a DELETE is ignored in 3.0, and read from 3.1 on", async () => {
  expect(await send(deletion("3.0.3"), { type: "image/png", body: "x" })).toMatchObject({
    status: 200,
    value: undefined,
  });
  for (const openapi of ["3.1.1", "3.2.0"]) {
    expect(await send(deletion(openapi), json({ a: 1 }))).toMatchObject({ value: { a: 1 } });
    expect(await send(deletion(openapi), json({ a: "x" }))).toMatchObject({ status: 400 });
  }
});

it("N-09 so is that of a GET", async () => {
  const values: unknown[] = [];
  for (const openapi of ["3.0.3", "3.1.1", "3.2.0"]) {
    const api = { ...deletion(openapi), method: "GET" };
    const handle = ({ value }: { value: unknown }) => {
      values.push(value);
      return { status: 204 };
    };
    const waybill = await createWaybill({
      document: documentOf(api),
      data: ":memory:",
      operations: { take: { handle } },
    });
    const response = await waybill.handle({
      method: "GET",
      target: "/take",
      scheme: "http",
      authority: "api.test",
      headers: { "content-type": "application/json" },
      body: {
        present: true,
        pump: async (write) => void (await write(Buffer.from('{"a":1}'))),
      },
    });
    expect(response.status).toBe(204);
    await waybill.close();
  }
  expect(values).toEqual([undefined, { a: 1 }, { a: 1 }]);
});

it("N-09 bodies of GET, HEAD and DELETE are warned of at load", () => {
  for (const openapi of ["3.0.3", "3.1.1", "3.2.0"])
    for (const method of ["GET", "HEAD", "DELETE"]) {
      const api = { ...deletion(openapi), method };
      const pointer = `/paths/~1take/${method.toLowerCase()}/requestBody`;
      expect(findingsOf(api)).toEqual([`warning body-without-meaning ${pointer}`]);
      const plan = createPlan(createDocument(documentOf(api)));
      expect(formatDescription(describeOperations(plan, "http://x"))).toContain("\n  warning: ");
    }
  expect(findingsOf({ content: jsonContent({ a: integer }) })).toEqual([]);
});

it("N-08 content that shows itself to be of another type is not of its type", async () => {
  const wire = { type: "image/png", body: "GIF89a, no PNG" };
  expect(await send({ content: { "image/png": {} } }, wire)).toMatchObject({
    status: 400,
    errors: [{ code: "not-an-image", pointer: "" }],
  });
});

it("N-10 each media type of an operation has its own schema; the request says which", async () => {
  const content = {
    ...jsonContent({ a: { type: "boolean" } }),
    ...formContent({ a: integer }),
    ...urlencodedContent({ a: { type: "string", maxLength: 2 } }),
  };
  expect(await send({ content }, json({ a: true }))).toMatchObject({ value: { a: true } });
  expect(await send({ content }, fields(["a", "5"]))).toMatchObject({ value: { a: 5 } });
  expect(await send({ content }, urlencoded("a=xy"))).toMatchObject({ value: { a: "xy" } });
  for (const wire of [json({ a: 5 }), fields(["a", "true"]), urlencoded("a=xyz")])
    expect(await send({ content }, wire)).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/a" }],
    });
});

it("N-11 a Content-Encoding is undone first, and is no contentEncoding", async () => {
  const content = formContent({
    n: integer,
    f: {},
    b: { type: "string", contentEncoding: "base64" },
  });
  const wire = multipart([
    { name: "n", body: "5" },
    { name: "f", filename: "f.bin", body: "\x1f octets" },
    { name: "b", body: "aGVsbG8=" },
  ]);
  const codings = {
    gzip: gzipSync,
    "x-gzip": gzipSync,
    deflate: deflateSync,
    br: brotliCompressSync,
  };
  for (const [coding, compress] of Object.entries(codings)) {
    const body = compress(wire.body ?? "");
    const headers = { "content-encoding": coding };
    expect(await send({ content }, { ...wire, headers, body }), coding).toMatchObject({
      status: 200,
      value: { n: 5, f: { file: "\x1f octets" }, b: { file: "hello" } },
    });
  }
});

function zipped(size: number): Wire {
  const wire = multipart([{ name: "f", filename: "f", body: "0".repeat(size) }]);
  return { ...wire, headers: { "content-encoding": "gzip" }, body: gzipSync(wire.body ?? "") };
}

it("N-11 what the body expands to is bounded, in size and in ratio", async () => {
  const content = formContent({ f: {} });
  const small = await send({ content, options: { limits: { bodyBytesMax: 1000 } } }, zipped(2000));
  expect(small).toMatchObject({
    status: 413,
    errors: [{ code: "body-too-large", limit: { name: "bodyBytesMax", value: 1000 } }],
  });
  expect(await send({ content }, zipped(4 << 20))).toMatchObject({
    status: 413,
    errors: [{ code: "body-too-large", limit: { name: "inflateRatioMax", value: 200 } }],
  });
});

it("N-11 an unknown coding is a 415 that names the known ones", async () => {
  const content = formContent({ n: integer });
  const headers = { "content-encoding": "compress" };
  const answer = await send({ content }, { ...fields(["n", "5"]), headers });
  expect(answer).toMatchObject({ status: 415, errors: [{ code: "unsupported-content-encoding" }] });
  expect(answer.headers.get("accept-encoding")).toMatch(/^gzip, deflate, br/);
  expect(answer.headers.has("accept")).toBe(false);
});

function withHeader(n: string): Wire {
  return multipart([
    { name: "n", body: "5" },
    { name: "f", filename: "f", headers: { "X-N": n }, body: "x" },
  ]);
}

it("N-13 request body, schema, media type's property and part header may be references", async () => {
  const components = {
    requestBodies: {
      Up: {
        required: true,
        content: {
          "multipart/form-data": {
            schema: { $ref: "#/components/schemas/Form" },
            encoding: { f: { headers: { "X-N": { $ref: "#/components/headers/N" } } } },
          },
        },
      },
    },
    schemas: {
      Form: {
        type: "object",
        properties: {
          f: { $ref: "#/components/schemas/File" },
          n: { $ref: "#/components/schemas/Int" },
        },
      },
      File: { type: "string", format: "binary" },
      Int: integer,
    },
    headers: { N: { required: true, schema: { $ref: "#/components/schemas/Int" } } },
  };
  for (const openapi of ["3.0.3", "3.1.1", "3.2.0"]) {
    const requestBody = { $ref: "#/components/requestBodies/Up", description: "Beside." };
    const api = { openapi, components, operation: { requestBody } };
    expect(await send(api, withHeader("1"))).toMatchObject({ value: { n: 5, f: { file: "x" } } });
    expect(await send(api, withHeader("x"))).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-part-header", pointer: "/f" }],
    });
    expect(await send(api, {})).toMatchObject({ errors: [{ code: "missing-body" }] });
  }
});
