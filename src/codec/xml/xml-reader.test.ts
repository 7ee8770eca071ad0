import { describe, expect, it } from "vitest";
import { WaybillError } from "../../base/fault.js";
import type { Fault } from "../../base/fault.js";
import { createXmlReader } from "./xml-reader.js";
import type { XmlElement } from "./xml-reader.js";

const limits = { depthMax: 4, keysMax: 10 };

function read(pieces: readonly string[], given = limits): XmlElement {
  const reader = createXmlReader({ limits: given });
  for (const piece of pieces) reader.write(piece);
  return reader.end();
}

function* everyCut(text: string): Generator<string[]> {
  yield [text];
  yield [...text];
  for (let at = 1; at < text.length; at++) yield [text.slice(0, at), text.slice(at)];
}

/** An element as a short array: `{uri}prefix:local`, attributes, children. */
function brief(node: XmlElement | string): unknown {
  if (typeof node === "string") return node;
  const attributes = node.attributes.map(({ uri, prefix, local, value }) => [
    nameOf({ uri, prefix, local }),
    value,
  ]);
  return [nameOf(node), Object.fromEntries(attributes), ...node.children.map(brief)];
}

function nameOf({ uri, prefix, local }: Pick<XmlElement, "uri" | "prefix" | "local">): string {
  return `${uri && `{${uri}}`}${prefix && `${prefix}:`}${local}`;
}

describe("trees, at every cut", () => {
  const cases = [
    { given: "<a/>", want: ["a", {}] },
    { given: '<?xml version="1.0" encoding="utf-8"?>\n<a>x</a>\n', want: ["a", {}, "x"] },
    {
      given: '<Person id="123"><name>Ada</name> <n>5</n></Person>',
      want: ["Person", { id: "123" }, ["name", {}, "Ada"], " ", ["n", {}, "5"]],
    },
    {
      given: '<p:a xmlns:p="urn:x" p:b="1" c="2"><d xmlns="urn:y"/></p:a>',
      want: ["{urn:x}p:a", { "{urn:x}p:b": "1", c: "2" }, ["{urn:y}d", {}]],
    },
    {
      given: "<a>1 &lt; 2<![CDATA[ & ]]>3<!-- no -->4<?pi?>&#x1F600;&amp;</a>",
      want: ["a", {}, "1 < 2 & 34😀&"],
    },
    { given: '<a b="&quot;&apos;&gt;"/>', want: ["a", { b: "\"'>" }] },
    { given: '<__proto__ constructor="1"/>', want: ["__proto__", { constructor: "1" }] },
    { given: "<!-- <!DOCTYPE - -><?no?>\n--><a/>", want: ["a", {}] },
    { given: "<?p <!DOCTYPE ??>\n<!----><a/>", want: ["a", {}] },
    { given: "<a><![CDATA[<!DOCTYPE]]></a><!-- <!DOCTYPE -->", want: ["a", {}, "<!DOCTYPE"] },
    { given: "<a><b>x</b><b/>y</a>", want: ["a", {}, ["b", {}, "x"], ["b", {}], "y"] },
  ];
  for (const { given, want } of cases) {
    it(given, () => {
      for (const pieces of everyCut(given)) expect(brief(read(pieces))).toEqual(want);
    });
  }
});

describe("faults", () => {
  const cases: { given: string; want: Partial<Omit<Fault, "detail">>; detail?: RegExp }[] = [
    { given: "<a><b></a>", want: { code: "malformed-xml" }, detail: /line 1, column \d+: / },
    { given: "<a>\n <b></c></a>", want: { code: "malformed-xml" }, detail: /line 2, column \d+: / },
    { given: "", want: { code: "malformed-xml" } },
    { given: "text", want: { code: "malformed-xml" } },
    { given: "<a/><b/>", want: { code: "malformed-xml" } },
    { given: "<a", want: { code: "malformed-xml" } },
    { given: "<a>", want: { code: "malformed-xml" } },
    { given: "<a b=1/>", want: { code: "malformed-xml" } },
    { given: '<a b="1" b="2"/>', want: { code: "malformed-xml" } },
    { given: "<p:a/>", want: { code: "malformed-xml" } },
    { given: "<a>&nbsp;</a>", want: { code: "malformed-xml" } },
    { given: "<a>\u0001</a>", want: { code: "malformed-xml" } },
    {
      given: "<!DOCTYPE a><a/>",
      want: { code: "malformed-xml" },
      detail: /document type declaration/,
    },
    { given: "<a>\ud83d😀</a>", want: { code: "malformed-xml" }, detail: /surrogate/ },
    { given: "<a>\ude00</a>", want: { code: "malformed-xml" }, detail: /surrogate/ },
    { given: "<a></a>\ud83d", want: { code: "malformed-xml" }, detail: /surrogate/ },
    { given: "<!DOCTYPE", want: { code: "malformed-xml" }, detail: /column 9: a document type/ },
    {
      given: "<?x ?><!-- - --> <!DOCTYPE",
      want: { code: "malformed-xml" },
      detail: /column 26: a document type/,
    },
    { given: "<a/><!DOCTYPE", want: { code: "malformed-xml" }, detail: /doctype/ },
    { given: "<!doctype a><a/>", want: { code: "malformed-xml" } },
    { given: "<!-- -- --><a/>", want: { code: "malformed-xml" } },
    {
      given: '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
      want: { code: "malformed-xml" },
      detail: /document type declaration/,
    },
    {
      given: '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
      want: { code: "malformed-xml" },
      detail: /document type declaration/,
    },
    {
      given: "<a><a><a><a><a/></a></a></a></a>",
      want: { code: "too-deep", limit: { name: "depthMax", value: 4 } },
    },
    {
      given: `<a>${"<b/>".repeat(10)}</a>`,
      want: { code: "too-many-keys", limit: { name: "keysMax", value: 10 } },
    },
    {
      given: `<a ${Array.from({ length: 10 }, (_, i) => `b${i}="1"`).join(" ")}`,
      want: { code: "too-many-keys", limit: { name: "keysMax", value: 10 } },
    },
  ];
  for (const { given, want, detail = /./ } of cases) {
    it(given, () => {
      for (const pieces of everyCut(given)) {
        const fault = faultOf(() => read(pieces));
        expect(fault).toMatchObject(want);
        expect(fault.detail).toMatch(detail);
      }
    });
  }
});

function faultOf(work: () => unknown): Fault {
  try {
    work();
  } catch (error) {
    if (error instanceof WaybillError) return error.faults[0];
    throw error;
  }
  throw new Error("nothing was thrown");
}

it("does not recurse: nesting is bounded by its limit alone", () => {
  const depth = 3000;
  const text = "<a>".repeat(depth) + "</a>".repeat(depth);
  let node: XmlElement | string | undefined = read([text], { depthMax: depth, keysMax: depth });
  let levels = 0;
  for (; typeof node === "object"; levels++) node = node.children[0];
  expect(levels).toBe(depth);
});

it("is dead after its first error", () => {
  const reader = createXmlReader({ limits });
  const first = faultOf(() => reader.write("<a></b>"));
  expect(faultOf(() => reader.write("<c/>"))).toBe(first);
  expect(faultOf(() => reader.end())).toBe(first);
});
