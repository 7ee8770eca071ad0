// F: application/x-www-form-urlencoded bodies.
import { describe, expect, it } from "vitest";
import { send, urlencoded, urlencodedContent, type Api, type Answer } from "./wall.js";

const text = { type: "string" };
const versions = ["3.0.4", "3.1.2", "3.2.0"];

function post(
  properties: object,
  body: string,
  more: Partial<Api> = {},
  encoding?: object,
): Promise<Answer> {
  return send({ ...more, content: urlencodedContent(properties, encoding) }, urlencoded(body));
}

describe.each(versions)("pairs in %s", (openapi) => {
  it("F-01 are decoded as WHATWG has it: + is a space, the rest is UTF-8", async () => {
    expect(await post({ id: text }, "id=a+b", { openapi })).toMatchObject({
      status: 200,
      value: { id: "a b" },
    });
    expect(await post({ id: text }, "id=%E2%82%AC%20%2B", { openapi })).toMatchObject({
      value: { id: "€ +" },
    });
    expect(await post({ "i d": text }, "i+d=a=b&&", { openapi })).toMatchObject({
      value: { "i d": "a=b" },
    });
    expect(await post({ id: text }, "id=%zz%4", { openapi })).toMatchObject({
      value: { id: "%zz%4" },
    });
  });

  it("F-02 F-07 objects without a style are JSON text", async () => {
    const address = { type: "object", properties: { zip: { type: "string" } } };
    const body = "address=%7B%22zip%22%3A%2294016%22%7D";
    expect(await post({ address }, body, { openapi })).toMatchObject({
      value: { address: { zip: "94016" } },
    });
  });

  it("F-07 their members are no pairs of their own", async () => {
    const address = { type: "object", properties: { zip: { type: "integer" } }, required: ["zip"] };
    expect(await post({ address }, "zip=94016", { openapi })).toMatchObject({
      value: { zip: "94016" },
    });
  });

  it("F-04 arrays without a style are one pair for each item", async () => {
    const tags = { type: "array", items: text };
    expect(await post({ tags }, "tags=a&tags=b,c", { openapi })).toMatchObject({
      value: { tags: ["a", "b,c"] },
    });
    expect(await post({ tags }, "tags=a", { openapi })).toMatchObject({ value: { tags: ["a"] } });
    const objects = { type: "array", items: { type: "object" } };
    expect(
      await post({ objects }, "objects=%7B%22a%22:1%7D&objects=%7B%7D", { openapi }),
    ).toMatchObject({
      value: { objects: [{ a: 1 }, {}] },
    });
  });
});

it("F-01 octets that are no UTF-8 are a fault with their place", async () => {
  expect(await post({ id: text }, "a=1&id=%FF")).toMatchObject({
    status: 400,
    errors: [{ code: "malformed-encoding", pointer: "/id" }],
  });
});

it("F-03 a text is unquoted, and quoted where contentType says JSON", async () => {
  expect(await post({ id: text }, "id=%22x%22")).toMatchObject({ value: { id: '"x"' } });
  const encoding = { id: { contentType: "application/json" } };
  expect(await post({ id: text }, "id=%22x%22", {}, encoding)).toMatchObject({
    value: { id: "x" },
  });
  expect(await post({ id: text }, "id=x", {}, encoding)).toMatchObject({
    status: 400,
    errors: [{ code: "malformed-json", pointer: "/id" }],
  });
});

it("F-04 the contentType is that of each item", async () => {
  const list = { type: "array", items: { type: "object", properties: { a: { type: "integer" } } } };
  const encoding = { list: { contentType: "application/xml" } };
  const body = `list=${encodeURIComponent("<list><a>1</a></list>")}&list=${encodeURIComponent("<list><a>2</a></list>")}`;
  expect(await post({ list }, body, {}, encoding)).toMatchObject({
    value: { list: [{ a: 1 }, { a: 2 }] },
  });
});

describe("files", () => {
  const png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const base64url = { type: "string", contentEncoding: "base64url" };
  const encoding = { icon: { contentType: "image/png, image/jpeg" } };

  it("F-05 are encoded text, whose contentType is that of the octets", async () => {
    const icon = png.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "%3D");
    expect(await post({ icon: base64url }, `icon=${icon}`, {}, encoding)).toMatchObject({
      status: 200,
      value: { icon: { mediaType: "image/png" } },
    });
    const gif = "R0lGODlhAQABAIAAAAAAAP___yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
    expect(await post({ icon: base64url }, `icon=${gif}`, {}, encoding)).toMatchObject({
      status: 400,
      errors: [{ code: "file-type-not-allowed", pointer: "/icon" }],
    });
  });

  it.each(versions)(
    "F-05 may be escaped as a whole, with its padding or without: %s",
    async (openapi) => {
      const file = { type: "string", format: "byte" };
      for (const body of ["file=aGk%3D", "file=aGk", "file=%61%47%6B%3D"])
        expect(await post({ file }, body, { openapi })).toMatchObject({
          value: { file: { file: "hi" } },
        });
    },
  );

  it("F-05 octets that are not encoded are a fault", async () => {
    expect(await post({ icon: base64url }, "icon=%89PNG")).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-encoding", pointer: "/icon" }],
    });
  });
});

it("F-06 every character comes back, escaped as little or as much as can be", async () => {
  const all = "~!*'()-._ ;/?:@&=+$,#%\u{1F600}é\r\n";
  const escaped = [...new TextEncoder().encode(all)]
    .map((octet) => `%${octet.toString(16).padStart(2, "0")}`)
    .join("");
  const bodies = [
    encodeURIComponent(all),
    new URLSearchParams([["", all]]).toString().slice(1),
    escaped,
  ];
  for (const body of bodies)
    expect(await post({ id: text }, `id=${body}`)).toMatchObject({
      status: 200,
      value: { id: all },
    });
});

describe("limits", () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `k${index}=`).join("&");

  it("F-08 hold for the number of pairs", async () => {
    expect(await post({}, many)).toMatchObject({
      status: 413,
      errors: [{ code: "too-many-fields", limit: { name: "fieldsMax", value: 1000 } }],
    });
    const options = { limits: { fieldsMax: 3 } };
    expect(await post({}, "a=1&b=2&c=3", { options })).toMatchObject({ status: 200 });
    expect(await post({}, "a=1&b=2&c=3&d=4", { options })).toMatchObject({ status: 413 });
  });

  it("F-08 hold for one value, and for all together", async () => {
    const one = { limits: { fieldBytesMax: 10 } };
    expect(await post({ a: text }, `a=${"x".repeat(10)}`, { options: one })).toMatchObject({
      status: 200,
    });
    expect(await post({ a: text }, `a=${"x".repeat(11)}`, { options: one })).toMatchObject({
      status: 413,
      errors: [
        { code: "field-too-large", pointer: "/a", limit: { name: "fieldBytesMax", value: 10 } },
      ],
    });
    const all = { limits: { valueBytesMax: 10 } };
    expect(await post({}, "a=xxxxx&b=xxxxxx", { options: all })).toMatchObject({
      status: 413,
      errors: [{ code: "body-too-large", limit: { name: "valueBytesMax", value: 10 } }],
    });
    const whole = { limits: { bodyBytesMax: 10 } };
    expect(await post({}, "a=xxxxxxxxx", { options: whole })).toMatchObject({ status: 413 });
  });

  it("F-08 names with brackets are literal where the schema has them", async () => {
    const properties = { "files[0]": text, "a[b]": { type: "integer" } };
    expect(await post(properties, "files[0]=x&a%5Bb%5D=5")).toMatchObject({
      value: { "files[0]": "x", "a[b]": 5 },
    });
  });
});
