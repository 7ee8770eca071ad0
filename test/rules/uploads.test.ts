// T: what is decided of an upload before its body is read, and what a refusal says.
import { once } from "node:events";
import { connect } from "node:net";
import { expect, it } from "vitest";
import type { HttpRequest } from "../../src/index.js";
import { fields, formContent, json, jsonContent, multipart, send } from "./wall.js";
import { picture, withShelf, type Shelf } from "./shelf.js";

const octets = "application/octet-stream";

it("T-10 If-None-Match: * puts a file only where there is none", async () => {
  await withShelf(async ({ put, get }) => {
    const create = { "if-none-match": "*" };
    expect(await put("one", create)).toMatchObject({ status: 201 });
    expect(await put("two", create)).toMatchObject({
      status: 412,
      errors: [{ code: "precondition-failed" }],
    });
    expect((await get()).octets.toString()).toBe("one");
  });
});

it("T-10 If-Match puts a file only in the place of the one that was read", async () => {
  await withShelf(async ({ put, get }) => {
    expect(await put("one", { "if-match": "*" })).toMatchObject({ status: 412 });
    const first = (await put("one")).headers.get("etag") ?? "";
    expect(await put("two", { "if-match": `"other", ${first}` })).toMatchObject({ status: 200 });
    expect(await put("three", { "if-match": first })).toMatchObject({ status: 412 });
    expect(await put("three", { "if-match": `W/${first}` })).toMatchObject({ status: 412 });
    expect((await get()).octets.toString()).toBe("two");
  });
});

it("T-10 with `requireConditions` a change without a condition is a 428; creating needs none", async () => {
  await withShelf(
    async ({ put, get, call }) => {
      const created = await put("one");
      expect(created).toMatchObject({ status: 201 });
      const required = { status: 428, errors: [{ code: "precondition-required" }] };
      expect(await put("two")).toMatchObject(required);
      expect(await call({ method: "DELETE", path: picture })).toMatchObject(required);
      const path = "/profiles/1/";
      expect(await call({ method: "DELETE", path })).toMatchObject(required);
      const patch = { method: "PATCH", path, type: "application/merge-patch+json", body: "{}" };
      expect(await call(patch)).toMatchObject(required);
      expect((await get()).octets.toString()).toBe("one");
      // To add is to change nothing that somebody else may have changed.
      const photo = multipart([{ name: "photos", filename: "p.bin", body: "x" }]);
      const add = { method: "POST", path: "/profiles/1/photos/", ...photo };
      expect(await call(add)).toMatchObject({ status: 201 });
      const etag = created.headers.get("etag") ?? "";
      expect(await put("two", { "if-match": etag })).toMatchObject({ status: 200 });
      const item = (await call({ method: "GET", path })).headers.get("etag") ?? "";
      const headers = { "if-match": item };
      expect(await call({ method: "DELETE", path, headers })).toMatchObject({ status: 204 });
    },
    { requireConditions: true },
  );
});

it("T-10 by default no condition is needed", async () => {
  await withShelf(async ({ put }) => {
    expect(await put("one")).toMatchObject({ status: 201 });
    expect(await put("two")).toMatchObject({ status: 200 });
  });
});

it("T-11 Content-Range in a PUT is a 400, of a file as of the whole resource", async () => {
  await withShelf(async ({ put, get, call }) => {
    await put("one");
    const headers = { "content-range": "bytes 0-1/3" };
    const refused = { status: 400, errors: [{ code: "partial-put" }] };
    expect(await put("tw", headers)).toMatchObject(refused);
    expect((await get()).octets.toString()).toBe("one");
    const body = '{"name":"Lin"}';
    const path = "/profiles/1/";
    expect(
      await call({ method: "PUT", path, type: "application/json", headers, body }),
    ).toMatchObject(refused);
    expect((await call({ method: "GET", path })).json).toMatchObject({ name: "Ada" });
  });
});

interface Awaiting {
  readonly status: number;
  readonly code: unknown;
  /** Was the body asked for? */
  readonly read: boolean;
}

/** A request that awaits 100-continue, as adapters hand it on: asking for its body sends that. */
async function awaiting(
  { waybill }: Shelf,
  headers: HttpRequest["headers"],
  method = "PUT",
): Promise<Awaiting> {
  let read = false;
  const { status, body } = await waybill.handle({
    method,
    target: picture,
    scheme: "http",
    authority: "api.test",
    headers: { expect: "100-continue", ...headers },
    body: {
      present: true,
      async pump(write) {
        read = true;
        await write(Buffer.from("x"));
      },
    },
  });
  const problem: unknown = typeof body === "string" ? JSON.parse(body) : {};
  return { status, code: (problem as { errors?: { code: string }[] }).errors?.[0]?.code, read };
}

it("T-12 what can be refused is refused before the body is asked for", async () => {
  await withShelf(async (shelf) => {
    const cases = [
      [{ "content-type": octets, "content-length": "100001" }, 413, "file-too-large"],
      [{ "content-type": "text/x-other" }, 415, "unsupported-media-type"],
      [
        { "content-type": octets, "content-encoding": "rot13" },
        415,
        "unsupported-content-encoding",
      ],
      [{ "content-type": octets, "if-match": '"x"' }, 412, "precondition-failed"],
      [{ "content-type": octets, "content-range": "bytes 0-1/2" }, 400, "partial-put"],
      [{ "content-type": octets, "repr-digest": "x" }, 400, "malformed-header"],
      [{ "content-type": octets, expect: "200-maybe" }, 417, "expectation-failed"],
    ] as const;
    for (const [headers, status, code] of cases) {
      const answer = await awaiting(shelf, headers);
      expect(answer, code).toEqual({ status, code, read: false });
    }
    expect(await awaiting(shelf, { "content-type": octets, "content-length": "1" })).toMatchObject({
      status: 201,
      read: true,
    });
    expect(await awaiting(shelf, {}, "POST")).toMatchObject({ status: 405, read: false });
  });
});

it("T-12 on the wire the 413 comes in place of 100 Continue", async () => {
  await withShelf(async ({ waybill }) => {
    const listening = await waybill.listen({ port: 0, host: "127.0.0.1" });
    const answerTo = async (length: number, body: string): Promise<string> => {
      const socket = connect(listening.port, "127.0.0.1");
      let text = "";
      socket.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        if (text === "HTTP/1.1 100 Continue\r\n\r\n") socket.write(body);
      });
      socket.write(
        `PUT ${picture} HTTP/1.1\r\nHost: x\r\nContent-Type: ${octets}\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`,
      );
      await once(socket, "close");
      return text;
    };
    expect(await answerTo(100_001, "")).toMatch(/^HTTP\/1\.1 413 /);
    expect(await answerTo(3, "one")).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
    await listening.close(1000);
  });
});

it("T-13 a 413 names the limit, whether the length was said or not", async () => {
  await withShelf(async ({ put }) => {
    const large = "x".repeat(100_001);
    expect(await put(large)).toMatchObject({
      status: 413,
      json: { title: "File too large" },
      errors: [{ code: "file-too-large", limit: { name: "maxLength", value: 100_000 } }],
    });
  });
  const content = formContent({ a: { type: "string" } });
  const options = { limits: { bodyBytesMax: 10 } };
  expect(await send({ content, options }, fields(["a", "1"]))).toMatchObject({
    status: 413,
    errors: [{ code: "body-too-large", limit: { name: "bodyBytesMax", value: 10 } }],
  });
});

it("T-13 a 415 says what is accepted: types, codings, and by the method", async () => {
  const content = { ...jsonContent({}), "image/*": {} };
  const accepted = "application/json, image/*";
  for (const [method, more] of [
    ["POST", { "accept-post": accepted }],
    ["PATCH", { "accept-patch": accepted }],
    ["PUT", {}],
  ] as const) {
    const { status, headers } = await send(
      { method, content },
      { type: "text/x-other", body: "x" },
    );
    const said = [...headers].filter(([name]) => name.startsWith("accept"));
    expect([status, Object.fromEntries(said)]).toEqual([415, { accept: accepted, ...more }]);
  }
});

it("T-13 OPTIONS says the methods, and what POST and PATCH accept", async () => {
  await withShelf(async ({ call }) => {
    const { status, headers } = await call({ method: "OPTIONS", path: "/profiles/1/" });
    expect(status).toBe(204);
    expect(headers.get("allow")?.split(", ")).toEqual(
      expect.arrayContaining(["GET", "PUT", "PATCH", "DELETE", "OPTIONS"]),
    );
    expect(headers.get("accept-patch")).toContain("application/merge-patch+json");
    expect(headers.has("accept-post")).toBe(false);
    const collection = await call({ method: "OPTIONS", path: "/profiles/" });
    expect(collection.headers.get("accept-post")).toContain("multipart/form-data");
    expect(collection.headers.has("accept-patch")).toBe(false);
  });
});

const metadata = {
  type: "object",
  required: ["name"],
  properties: {
    name: { type: "string" },
    recipients: { type: "array", maxItems: 1, items: { type: "string" } },
  },
};

it("T-15 faults are application/problem+json, all together, with a pointer and their part", async () => {
  const content = formContent({ n: { type: "integer" }, metadata });
  const wire = multipart([
    { name: "n", body: "x" },
    { name: "metadata", type: "application/json", body: '{"recipients":["a","b"]}' },
  ]);
  const answer = await send({ content }, wire);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.status).toBe(400);
  expect(answer.errors).toEqual([
    {
      code: "invalid-value",
      detail: "The value must be integer.",
      pointer: "/n",
      part: { name: "n", index: 0, offset: 0 },
    },
    {
      code: "missing-property",
      detail: 'The property "name" is missing.',
      pointer: "/metadata/name",
      part: { name: "metadata", index: 1, offset: expect.any(Number) },
    },
    {
      code: "invalid-value",
      detail: "The value must NOT have more than 1 items.",
      pointer: "/metadata/recipients",
      part: { name: "metadata", index: 1, offset: expect.any(Number) },
    },
  ]);
});

it("T-15 the same faults are the same problem in JSON", async () => {
  const content = { ...formContent({ metadata }), ...jsonContent({ metadata }) };
  const value = { recipients: ["a", "b"] };
  const form = await send({ content }, fields(["metadata", JSON.stringify(value)]));
  const body = await send({ content }, json({ metadata: value }));
  const places = (errors: typeof body.errors) =>
    errors?.map(({ code, detail, pointer }) => ({ code, detail, pointer }));
  expect(places(form.errors)).toEqual(places(body.errors));
  expect(body.errors).toHaveLength(2);
});
