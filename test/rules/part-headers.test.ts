// E-10 to E-15: `headers` of an Encoding Object.
import { describe, expect, it } from "vitest";
import { formContent, multipart, send, urlencoded, urlencodedContent } from "./wall.js";

/** Sends one part with these headers to a form whose Encoding Object describes those. */
function part(described: object, headers: Record<string, string>, openapi = "3.1.2") {
  const content = formContent({ it: { type: "string" } }, { it: { headers: described } });
  return send({ openapi, content }, multipart([{ name: "it", headers, body: "x" }]));
}

const taken = { status: 200, value: { it: "x" } };
const refused = (code: string, detail: string): object => ({
  status: 400,
  errors: [{ code, pointer: "/it", part: { name: "it", index: 0 }, detail }],
});
const limit = { "X-Rate-Limit-Limit": { schema: { type: "integer" } } };

it("E-10 headers count in multipart bodies only", async () => {
  const encoding = {
    it: { headers: { "X-Must": { required: true, schema: { type: "string" } } } },
  };
  const content = urlencodedContent({ it: { type: "string" } }, encoding);
  expect(await send({ content }, urlencoded("it=x"))).toMatchObject(taken);
});

it("E-10 a Content-Type among the headers is ignored", async () => {
  const described = { "content-type": { required: true, schema: { const: "image/png" } } };
  expect(await part(described, {})).toMatchObject(taken);
  expect(await part(described, { "Content-Type": "text/plain" })).toMatchObject(taken);
});

describe.each(["3.0.4", "3.1.2", "3.2.0"])("described headers in %s", (openapi) => {
  it("E-11 are found in any case and fit their schema", async () => {
    expect(await part(limit, { "x-rate-limit-LIMIT": "10" }, openapi)).toMatchObject(taken);
    expect(await part(limit, { "X-Rate-Limit-Limit": "ten" }, openapi)).toMatchObject(
      refused("invalid-part-header", "Header X-Rate-Limit-Limit: The value must be integer."),
    );
  });

  it("E-11 may be missing where they are not required", async () => {
    expect(await part(limit, {}, openapi)).toMatchObject(taken);
    const required = { "X-Id": { required: true, schema: { type: "string" } } };
    expect(await part(required, {}, openapi)).toMatchObject(
      refused("missing-part-header", "The part needs the header X-Id."),
    );
  });

  it("E-11 are not percent-decoded", async () => {
    const described = { "X-Id": { schema: { type: "string", maxLength: 3 } } };
    expect(await part(described, { "X-Id": "%41" }, openapi)).toMatchObject(taken);
    expect(await part(described, { "X-Id": "a%41" }, openapi)).toMatchObject(
      refused(
        "invalid-part-header",
        "Header X-Id: The value must NOT have more than 3 characters.",
      ),
    );
  });

  it("E-12 are of style simple: arrays and objects by commas", async () => {
    const integers = {
      "X-List": { schema: { type: "array", items: { type: "integer" }, maxItems: 2 } },
    };
    expect(await part(integers, { "X-List": "1, 2" }, openapi)).toMatchObject(taken);
    expect(await part(integers, { "X-List": "1,2,3" }, openapi)).toMatchObject(
      refused("invalid-part-header", "Header X-List: The value must NOT have more than 2 items."),
    );
    const color = { type: "object", properties: { R: { type: "integer" } }, required: ["R"] };
    const flat = { "X-Color": { schema: color } };
    expect(await part(flat, { "X-Color": "R,100" }, openapi)).toMatchObject(taken);
    expect(await part(flat, { "X-Color": "R=100" }, openapi)).toMatchObject({ status: 400 });
    const exploded = { "X-Color": { explode: true, schema: color } };
    expect(await part(exploded, { "X-Color": "R=100" }, openapi)).toMatchObject(taken);
    expect(await part(exploded, { "X-Color": "R=red" }, openapi)).toMatchObject(
      refused("invalid-part-header", "Header X-Color: The value must be integer."),
    );
  });

  it("E-12 may have content in place of a schema: its text as it is, or JSON", async () => {
    const text = {
      "X-Text": { content: { "text/plain": { schema: { type: "string", pattern: "^a,b$" } } } },
    };
    expect(await part(text, { "X-Text": "a,b" }, openapi)).toMatchObject(taken);
    expect(await part(text, { "X-Text": "a,c" }, openapi)).toMatchObject({
      errors: [{ code: "invalid-part-header" }],
    });
    const array = { type: "array", items: { type: "integer" } };
    const json = { "X-Json": { content: { "application/json": { schema: array } } } };
    expect(await part(json, { "X-Json": "[1, 2]" }, openapi)).toMatchObject(taken);
    expect(await part(json, { "X-Json": "1,2" }, openapi)).toMatchObject(
      refused("invalid-part-header", "Header X-Json: The value is not valid JSON."),
    );
    expect(await part(json, { "X-Json": '["a"]' }, openapi)).toMatchObject(
      refused("invalid-part-header", "Header X-Json: The value must be integer."),
    );
  });
});

it("E-12 a quoted value is passed on with its quotes", async () => {
  const described = { "X-Tag": { schema: { type: "string", enum: ['"a"'] } } };
  expect(await part(described, { "X-Tag": '"a"' })).toMatchObject(taken);
  expect(await part(described, { "X-Tag": "a" })).toMatchObject({ status: 400 });
});

it.each(["3.1.2", "3.2.0"])(
  "E-13 a header whose schema is false is forbidden: %s",
  async (openapi) => {
    const described = { "Content-ID": { schema: false } };
    expect(await part(described, {}, openapi)).toMatchObject(taken);
    expect(await part(described, { "Content-Id": "<a@b>" }, openapi)).toMatchObject(
      refused("invalid-part-header", "The part must not have the header Content-ID."),
    );
  },
);

it("E-14 headers that nothing describes are left alone, beside such as something does", async () => {
  expect(await part({}, { "X-Foo": "bar" })).toMatchObject(taken);
  expect(await part(limit, { "X-Foo": "bar", "X-Rate-Limit-Limit": "1" })).toMatchObject(taken);
  expect(await part(limit, { "X-Foo": "bar", "X-Rate-Limit-Limit": "a" })).toMatchObject({
    status: 400,
  });
});

it("E-15 Content-Disposition may be described as any header", async () => {
  const described = {
    "Content-Disposition": {
      required: true,
      schema: { type: "string", pattern: 'filename="[a-z]+\\.txt"' },
    },
  };
  const content = formContent({ it: {} }, { it: { headers: described } });
  const named = (filename: string) =>
    send({ content }, multipart([{ name: "it", filename, body: "x" }]));
  expect(await named("a.txt")).toMatchObject({ status: 200, value: { it: { filename: "a.txt" } } });
  expect(await named("a.exe")).toMatchObject({
    status: 400,
    errors: [{ code: "invalid-part-header", pointer: "/it", part: { name: "it" } }],
  });
});
