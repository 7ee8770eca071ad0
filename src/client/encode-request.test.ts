import { describe, expect, it } from "vitest";
import { encodeRequest, planRequests } from "./encode-request.js";

const text = { type: "string" };
const content = { "application/json": { schema: text }, "image/*": {} };
const document = {
  openapi: "3.1.1",
  paths: {
    "/a": {
      get: { operationId: "list" },
      post: { operationId: "make", requestBody: { required: true, content } },
      put: { requestBody: { content: { "text/plain": { schema: text } } } },
    },
    "/bad": {
      post: { requestBody: { content: { "application/json": { schema: { $ref: "#/x" } } } } },
    },
  },
};

describe("encodeRequest", () => {
  const cases = [
    { name: "an operation that is not there", id: "nothing", value: 1, want: "not-found" },
    { name: "a value for none", id: "list", value: 1, want: "invalid-value" },
    { name: "no value for one", id: "make", value: undefined, want: "missing-body" },
    { name: "a schema that cannot be used", id: "POST /bad", value: 1, want: "not-implemented" },
    {
      name: "another media type",
      id: "make",
      value: "a",
      type: "text/css",
      want: "unsupported-media-type",
    },
    { name: "an object as text", id: "PUT /a", value: {}, want: "invalid-value" },
    { name: "what JSON cannot say", id: "make", value: 1n, want: "invalid-value" },
  ];
  it.each(cases)("refuses $name", ({ id, value, type, want }) => {
    const options = type === undefined ? {} : { mediaType: type };
    expect(() => encodeRequest(document, id, value, options)).toThrow(
      expect.objectContaining({ name: "WaybillError", code: want }),
    );
  });

  it("says nothing of a body that is not there", () => {
    const request = encodeRequest(document, "list");
    expect(request).toMatchObject({ method: "GET", path: "/a", headers: {}, body: undefined });
    expect(request.stream()).toBeUndefined();
    expect(encodeRequest(document, "PUT /a").headers).toEqual({});
  });

  it("takes a plan for a document, the short form too", () => {
    const schema = { type: "object", "x-resource": "/pets", properties: { name: text } };
    const components = { schemas: { Pet: schema } };
    const plan = planRequests({ openapi: "3.1.1", components });
    const { path, headers } = encodeRequest(plan, "POST /pets", { name: "Rex" });
    expect({ path, headers }).toMatchObject({
      path: "/pets",
      headers: { "content-type": "application/json", "content-length": "14" },
    });
  });

  it("throws DocumentError for what is no document", () => {
    expect(() => encodeRequest({ swagger: "2.0" }, "a", 1)).toThrow(
      expect.objectContaining({ name: "DocumentError" }),
    );
  });

  it("closes the files' streams when the body is left early", async () => {
    let closed = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: () => void closed++,
    });
    const request = encodeRequest(document, "make", stream, { mediaType: "image/png" });
    const reader = request.stream()?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(closed).toBe(1);
  });

  it("can be read again where no stream is in it", async () => {
    const { body } = encodeRequest(
      document,
      "make",
      { a: new Blob(["x"]) },
      { mediaType: "application/json" },
    );
    for (let time = 0; time < 2; time++) {
      let read = "";
      for await (const piece of body ?? []) read += new TextDecoder().decode(piece);
      expect(read).toBe('{"a":"eA=="}');
    }
  });
});
