// E-05 to E-09: `contentType` of an Encoding Object, and the Content-Type of the part itself.
import { describe, expect, it } from "vitest";
import { createDocument } from "../../src/openapi/document.js";
import { createPlan } from "../../src/plan/plan.js";
import { encodeBody } from "../../src/client/encode-body.js";
import { documentOf, formContent, multipart, send, type Api, type Part } from "./wall.js";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const gif = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

const versions = ["3.0.4", "3.1.2", "3.2.0"];
const picture = { type: "string", format: "binary" };
const object = { type: "object", properties: { a: { type: "integer" } } };

/** A form of one property `it`, and its one part. */
function one(schema: object, contentType: string | undefined, more: Partial<Api> = {}) {
  const encoding = contentType === undefined ? undefined : { it: { contentType } };
  const api = { ...more, content: formContent({ it: schema }, encoding) };
  return (part: Omit<Part, "name">) => send(api, multipart([{ name: "it", ...part }]));
}

const notAllowed = (detail: string): object => ({
  status: 400,
  errors: [
    { code: "part-type-not-allowed", pointer: "/it", part: { name: "it", index: 0 }, detail },
  ],
});

describe("a list of types", () => {
  const list = "image/png, image/jpeg; q=1";

  it.each(versions)(
    "E-05 allows each of them, with what parameters they have: %s",
    async (openapi) => {
      const post = one(picture, list, { openapi });
      const want = { status: 200, value: { it: { mediaType: "image/png" } } };
      expect(await post({ type: "image/png", body: png })).toMatchObject(want);
      expect(await post({ type: "image/gif", body: gif })).toMatchObject(
        notAllowed("The part is image/gif, expected image/png, image/jpeg; q=1."),
      );
    },
  );

  it("E-05 holds for the octets too, whatever the part says", async () => {
    const post = one(picture, list);
    for (const type of ["image/png", "application/octet-stream", undefined])
      expect(await post({ ...(type ? { type } : {}), body: gif })).toMatchObject({
        status: 400,
        errors: [{ code: "file-type-not-allowed", pointer: "/it" }],
      });
  });

  it.each(["image/png, image/jpeg", "image/*", "*/*"])(
    "E-05 a part that says a list or a wildcard says nothing: %s",
    async (type) => {
      const post = one(picture, list);
      expect(await post({ type, body: png })).toMatchObject({
        value: { it: { mediaType: "image/png" } },
      });
      expect(await post({ type, body: gif })).toMatchObject({
        errors: [{ code: "file-type-not-allowed" }],
      });
    },
  );
});

describe("one type", () => {
  it("E-06 a wildcard takes every type that it covers and no other", async () => {
    const post = one(picture, "image/*");
    expect(await post({ type: "image/gif", body: gif })).toMatchObject({ status: 200 });
    expect(await post({ type: "text/plain", body: "hello" })).toMatchObject(
      notAllowed("The part is text/plain, expected image/*."),
    );
  });

  it("E-06 wins over the default of the schema", async () => {
    const post = one({ type: "string" }, "application/json");
    expect(await post({ body: '"x"' })).toMatchObject({ value: { it: "x" } });
    expect(await post({ body: "x" })).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-json", pointer: "/it" }],
    });
    const text = one({ type: "integer" }, "text/csv");
    expect(await text({ type: "text/plain", body: "5" })).toMatchObject(
      notAllowed("The part is text/plain, expected text/csv."),
    );
  });

  it("E-06 parameters count only where both say them", async () => {
    const post = one({ type: "string" }, "text/plain; charset=utf-8");
    for (const type of ["text/plain", "TEXT/PLAIN;charset=UTF-8", "text/plain; format=flowed"])
      expect(await post({ type, body: "x" })).toMatchObject({ status: 200, value: { it: "x" } });
    expect(await post({ type: "text/plain; charset=iso-8859-1", body: "x" })).toMatchObject({
      status: 400,
      errors: [{ code: "part-type-not-allowed" }],
    });
  });

  it("E-07 a part without a type is of the type that the document says", async () => {
    const xml = one(object, "application/xml");
    expect(await xml({ body: "<it><a>5</a></it>" })).toMatchObject({ value: { it: { a: 5 } } });
    const json = one(object, "application/vnd.acme+json");
    expect(await json({ body: '{"a":5}' })).toMatchObject({ value: { it: { a: 5 } } });
  });

  it("E-07 unless the option says that it must have one", async () => {
    const options = { body: { untypedParts: "reject" } } as const;
    const post = one(object, "application/xml", { options });
    expect(await post({ body: "<it><a>5</a></it>" })).toMatchObject(
      notAllowed("The part has no Content-Type, expected application/xml."),
    );
    const typed = { type: "application/xml", body: "<it><a>5</a></it>" };
    expect(await post(typed)).toMatchObject({ status: 200 });
    // Where the document says no type there is none to miss.
    expect(await one(object, undefined, { options })({ body: "{}" })).toMatchObject({
      status: 200,
    });
  });

  it("E-08 a part's own type wins over a default", async () => {
    const post = one(object, undefined);
    expect(await post({ type: "application/xml", body: "<it><a>5</a></it>" })).toMatchObject({
      status: 200,
      value: { it: { a: 5 } },
    });
    const text = one({ type: "string" }, undefined);
    expect(await text({ type: "application/json", body: '"x"' })).toMatchObject({
      value: { it: "x" },
    });
    expect(await text({ type: "text/csv", body: '"x"' })).toMatchObject({ value: { it: '"x"' } });
  });

  it("E-08 an object that comes as text/plain is JSON all the same", async () => {
    const post = one(object, undefined);
    expect(await post({ type: "text/plain", body: '{"a":5}' })).toMatchObject({
      status: 200,
      value: { it: { a: 5 } },
    });
  });

  it.each(["*/*", "application/*", "application/json, application/xml"])(
    "E-08 a list or a wildcard as the type of a part says nothing of a value either: %s",
    async (type) => {
      const post = one(object, "application/json");
      expect(await post({ type, body: '{"a":5}' })).toMatchObject({ value: { it: { a: 5 } } });
    },
  );

  it("E-08 a part of another type than the document says is refused", async () => {
    const post = one(object, "application/json");
    expect(await post({ type: "application/xml", body: "<it/>" })).toMatchObject(
      notAllowed("The part is application/xml, expected application/json."),
    );
  });
});

function media(schema: object, contentType: string) {
  const document = createDocument(
    documentOf({ content: formContent({ it: schema }, { it: { contentType } }) }),
  );
  const plan = createPlan(document).operations[0]?.body?.media[0];
  if (!plan) throw new Error("no plan");
  return plan;
}

async function written(schema: object, contentType: string, value: unknown): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of encodeBody(media(schema, contentType), { it: value }).body)
    pieces.push(piece);
  return Buffer.concat(pieces).toString("latin1");
}

describe("with the option to go by the part's own type", () => {
  const options = { body: { mismatchedParts: "accept" } } as const;

  it("E-08 a value is read as what the part says it is", async () => {
    const json = one(object, "application/json", { options });
    const want = { status: 200, value: { it: { a: 5 } } };
    expect(await json({ type: "application/xml", body: "<it><a>5</a></it>" })).toMatchObject(want);
    const xml = one(object, "application/xml", { options });
    expect(await xml({ type: "application/json", body: '{"a":5}' })).toMatchObject(want);
    expect(await xml({ body: "<it><a>5</a></it>" })).toMatchObject(want);
  });

  it("E-08 a file has to be what the part says it is", async () => {
    const post = one(picture, "image/png", { options });
    const want = { status: 200, value: { it: { mediaType: "image/gif" } } };
    expect(await post({ type: "image/gif", body: gif })).toMatchObject(want);
    expect(await post({ type: "image/gif", body: png })).toMatchObject({
      status: 400,
      errors: [{ code: "file-type-not-allowed", pointer: "/it" }],
    });
  });
});

describe("the client", () => {
  it("E-09 is told which type of a list a file has, and does not look at its octets", async () => {
    const list = "image/png, image/jpeg";
    expect(() => encodeBody(media(picture, list), { it: png })).toThrow(
      "Say the media type: one of image/png, image/jpeg.",
    );
    expect(() => encodeBody(media(picture, "image/*"), { it: png })).toThrow("one of image/*.");
    const told = { content: png, mediaType: "image/jpeg" };
    expect(await written(picture, list, told)).toContain("\r\nContent-Type: image/jpeg\r\n");
  });

  it("E-09 writes the one type that there is", async () => {
    expect(await written(picture, "image/png", png)).toContain("\r\nContent-Type: image/png\r\n");
  });
});
