// S: `style`, `explode` and `allowReserved` of an Encoding Object, in form-data and urlencoded bodies.
import { describe, expect, it } from "vitest";
import { fields, formContent, multipart, send, urlencoded, urlencodedContent } from "./wall.js";

const strings = { type: "array", items: { type: "string" } };
const integers = { type: "array", items: { type: "integer" } };
const color = {
  type: "object",
  properties: { R: { type: "integer" }, G: { type: "integer" }, B: { type: "integer" } },
};

type Field = readonly [name: string, text: string];

function form(schema: object, encoding: object, sent: readonly Field[], openapi = "3.1.2") {
  return send({ openapi, content: formContent({ it: schema }, { it: encoding }) }, fields(...sent));
}

function pairs(schema: object, encoding: object, body: string, openapi = "3.1.2") {
  const content = urlencodedContent({ it: schema }, { it: encoding });
  return send({ openapi, content }, urlencoded(body));
}

const ok = (it: unknown): object => ({ status: 200, value: { it } });

describe("where a style counts", () => {
  it.each(["3.0.0", "3.0.4"])(
    "S-01 not in form-data of 3.0: contentType applies (%s)",
    async (openapi) => {
      const encoding = { style: "form", explode: false, contentType: "application/json" };
      expect(await form(color, encoding, [["it", '{"R":1}']], openapi)).toMatchObject(ok({ R: 1 }));
      expect(
        await form(
          integers,
          { explode: false },
          [
            ["it", "1"],
            ["it", "2"],
          ],
          openapi,
        ),
      ).toMatchObject(ok([1, 2]));
      const csv = await form(integers, { explode: false }, [["it", "1,2"]], openapi);
      expect(csv).toMatchObject({
        status: 400,
        errors: [{ code: "invalid-value", pointer: "/it/0" }],
      });
    },
  );

  it("S-01 but in urlencoded bodies of 3.0", async () => {
    expect(await pairs(integers, { explode: false }, "it=1,2,3", "3.0.4")).toMatchObject(
      ok([1, 2, 3]),
    );
  });

  it.each(["3.1.0", "3.1.2", "3.2.0"])("S-02 in both from 3.1 on (%s)", async (openapi) => {
    const csv = { style: "form", explode: false };
    expect(await form(integers, csv, [["it", "1,2,3"]], openapi)).toMatchObject(ok([1, 2, 3]));
    expect(await pairs(integers, csv, "it=1,2,3", openapi)).toMatchObject(ok([1, 2, 3]));
  });

  it.each([{ style: "form" }, { explode: true }, { allowReserved: false }])(
    "S-02 %j switches contentType off",
    async (said) => {
      const encoding = { ...said, contentType: "application/json" };
      expect(
        await form(strings, encoding, [
          ["it", "a"],
          ["it", "b"],
        ]),
      ).toMatchObject(ok(["a", "b"]));
      expect(await form({ type: "string" }, encoding, [["it", "a"]])).toMatchObject(ok("a"));
      expect(await pairs({ type: "string" }, encoding, "it=a")).toMatchObject(ok("a"));
      const typed = multipart([{ name: "it", type: "text/plain", body: "a" }]);
      const content = formContent({ it: { type: "string" } }, { it: encoding });
      expect(await send({ content }, typed)).toMatchObject(ok("a"));
    },
  );

  it("S-02 without any of the three contentType applies", async () => {
    const encoding = { contentType: "application/json" };
    expect(await form({ type: "string" }, encoding, [["it", '"a"']])).toMatchObject(ok("a"));
  });
});

describe("defaults", () => {
  it("S-03 explode or allowReserved alone mean the style form", async () => {
    expect(await form(strings, { explode: false }, [["it", "a,b"]])).toMatchObject(ok(["a", "b"]));
    expect(await form(color, { explode: false }, [["it", "R,1,G,2"]])).toMatchObject(
      ok({ R: 1, G: 2 }),
    );
    expect(await form(strings, { allowReserved: true }, [["it", "a,b"]])).toMatchObject(
      ok(["a,b"]),
    );
  });

  it("S-03 without any of the three there is no style", async () => {
    expect(await form(strings, {}, [["it", "a,b"]])).toMatchObject(ok(["a,b"]));
    expect(await form(color, {}, [["it", '{"R":1}']])).toMatchObject(ok({ R: 1 }));
  });

  it("S-04 explode is true for form and false for the others", async () => {
    expect(
      await form(strings, { style: "form" }, [
        ["it", "a"],
        ["it", "b,c"],
      ]),
    ).toMatchObject(ok(["a", "b,c"]));
    expect(await pairs(strings, { style: "form" }, "it=a&it=b,c")).toMatchObject(ok(["a", "b,c"]));
    expect(await form(strings, { style: "pipeDelimited" }, [["it", "a|b"]])).toMatchObject(
      ok(["a", "b"]),
    );
    expect(await form(strings, { style: "spaceDelimited" }, [["it", "a b"]])).toMatchObject(
      ok(["a", "b"]),
    );
  });

  it.each([{}, { explode: true }, { explode: false }])(
    "S-04 deepObject is the same with %j",
    async (more) => {
      const encoding = { style: "deepObject", ...more };
      expect(await form(color, encoding, [["it[R]", "1"]])).toMatchObject(ok({ R: 1 }));
    },
  );
});

describe("styles of arrays and objects", () => {
  it("S-05 form, spaceDelimited and pipeDelimited without explode, for both", async () => {
    const cases = [
      ["form", ","],
      ["spaceDelimited", " "],
      ["pipeDelimited", "|"],
    ] as const;
    for (const [style, mark] of cases) {
      const encoding = { style, explode: false };
      expect(await form(integers, encoding, [["it", `1${mark}2`]])).toMatchObject(ok([1, 2]));
      expect(await form(color, encoding, [["it", `R${mark}1${mark}B${mark}2`]])).toMatchObject(
        ok({ R: 1, B: 2 }),
      );
    }
  });

  it("S-05 what is no pair, and what is of another type, is a fault with its place", async () => {
    expect(await form(color, { explode: false }, [["it", "R,1,G"]])).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/it", part: { name: "it" } }],
    });
    expect(await form(integers, { explode: false }, [["it", "1,x"]])).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/it/1", part: { name: "it" } }],
    });
    expect(await form(color, { explode: false }, [["it", "R,red"]])).toMatchObject({
      errors: [{ code: "invalid-value", pointer: "/it/R" }],
    });
  });

  it("S-05 an array is checked as a whole", async () => {
    const short = { ...integers, maxItems: 2 };
    expect(await form(short, { explode: false }, [["it", "1,2,3"]])).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/it", part: { name: "it" } }],
    });
  });

  it("S-06 nothing of form-data is percent-decoded, nor are ? and & and = marks", async () => {
    const pipes = { style: "pipeDelimited", explode: false };
    expect(await form(strings, pipes, [["it", "a%7Cb"]])).toMatchObject(ok(["a%7Cb"]));
    expect(
      await form(strings, { explode: false, allowReserved: true }, [["it", "?a=b&c,%2C"]]),
    ).toMatchObject(ok(["?a=b&c", "%2C"]));
    expect(await form(strings, { style: "spaceDelimited" }, [["it", "a+b%20c d"]])).toMatchObject(
      ok(["a+b%20c", "d"]),
    );
  });

  it("S-07 form with explode: each member of an object by its own name", async () => {
    const sent: Field[] = [
      ["R", "100"],
      ["G", "200"],
      ["B", "150"],
    ];
    const want = ok({ R: 100, G: 200, B: 150 });
    for (const encoding of [
      { style: "form" },
      { explode: true },
      { style: "form", explode: true },
    ]) {
      expect(await form(color, encoding, sent)).toMatchObject(want);
      expect(await pairs(color, encoding, "R=100&G=200&B=150")).toMatchObject(want);
    }
  });

  it("S-07 the place of a fault is that of the member", async () => {
    expect(await form(color, { style: "form" }, [["R", "red"]])).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/it/R", part: { name: "R" } }],
    });
  });

  it("S-08 deepObject: names with the member in brackets", async () => {
    const encoding = { style: "deepObject" };
    const sent: Field[] = [
      ["it[R]", "1"],
      ["it[G]", "2"],
    ];
    expect(await form(color, encoding, sent)).toMatchObject(ok({ R: 1, G: 2 }));
    expect(await pairs(color, encoding, "it%5BR%5D=1&it[G]=2")).toMatchObject(ok({ R: 1, G: 2 }));
  });

  it("S-08 members that the schema does not name are of its additionalProperties", async () => {
    const open = { type: "object", additionalProperties: { type: "integer" } };
    expect(
      await form(open, { style: "deepObject" }, [
        ["it[x]", "1"],
        ["it[y]", "2"],
      ]),
    ).toMatchObject(ok({ x: 1, y: 2 }));
    const closed = { ...color, additionalProperties: false };
    expect(
      await form(closed, { style: "deepObject" }, [
        ["it[R]", "1"],
        ["it[x]", "2"],
      ]),
    ).toMatchObject({
      status: 400,
      errors: [{ code: "unknown-property", pointer: "/it/x" }],
    });
  });
});

describe("urlencoded text", () => {
  const csv = { explode: false };

  it("S-09 is split at the marks that are not escaped, and then decoded", async () => {
    expect(await pairs(strings, csv, "it=1%2C2,3")).toMatchObject(ok(["1,2", "3"]));
    expect(await pairs(strings, csv, "it=a+b,%26%3D")).toMatchObject(ok(["a b", "&="]));
    expect(await pairs(color, csv, "it=R,1,G,2")).toMatchObject(ok({ R: 1, G: 2 }));
  });

  // `|` and a space cannot stand in a URL: RFC 6570 has no such operators, and their escapes are the marks.
  it.each([
    ["pipeDelimited", "a%7Cb|c"],
    ["spaceDelimited", "a%20b+c"],
  ])("S-09 the marks of %s may be escaped", async (style, text) => {
    expect(await pairs(strings, { style }, `it=${text}`)).toMatchObject(ok(["a", "b", "c"]));
  });

  it("S-09 a question mark at the start is part of the first name", async () => {
    const content = urlencodedContent({ it: strings, "?it": { type: "string" } }, { it: csv });
    expect(await send({ content }, urlencoded("?it=1,2"))).toMatchObject({
      value: { "?it": "1,2" },
    });
  });
});

describe("files under a style", () => {
  const octets = Buffer.from([0xff, 0x2c, 0x00]);
  const shown = { file: "\xff,\x00" };
  const binary = { type: "string", format: "binary" };
  const part = { name: "it", filename: "a.bin", body: octets };

  it.each(["3.0.4", "3.1.2", "3.2.0"])("S-10 stay what they are: %s", async (openapi) => {
    for (const encoding of [
      { style: "form" },
      { style: "form", explode: true },
      { style: "pipeDelimited" },
    ]) {
      const one = { openapi, content: formContent({ it: binary }, { it: encoding }) };
      expect(await send(one, multipart([part]))).toMatchObject(ok(shown));
      const many = {
        openapi,
        content: formContent({ it: { type: "array", items: binary } }, { it: encoding }),
      };
      expect(await send(many, multipart([part, part]))).toMatchObject(ok([shown, shown]));
    }
  });

  it("S-10 keep the contentType that is said for them", async () => {
    const encoding = { style: "form", contentType: "application/pdf" };
    const content = formContent({ it: binary }, { it: encoding });
    expect(await send({ content }, multipart([part]))).toMatchObject({
      status: 400,
      errors: [{ code: "file-type-not-allowed", pointer: "/it" }],
    });
  });
});

describe("values that are not there", () => {
  it("S-11 no part is no value, an empty text is an empty text", async () => {
    expect(await form(strings, { style: "form" }, [["other", "x"]])).toMatchObject({
      value: { other: "x" },
    });
    expect(await form(strings, { style: "form" }, [["it", ""]])).toMatchObject(ok([""]));
    expect(await form({ type: "string" }, { style: "form" }, [["it", ""]])).toMatchObject(ok(""));
    expect(await form(strings, { explode: false }, [["it", "a,,b"]])).toMatchObject(
      ok(["a", "", "b"]),
    );
  });

  it("S-11 an empty list cannot be told from no member", async () => {
    expect(await form(strings, { explode: false }, [["it", ""]])).toMatchObject({ status: 200 });
  });
});
