// The operations of the multipart guide, as real clients send them: over every version of HTTP, with
// the parts' default types, their encodings, media types, the Encoding Object and styles.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  multipart,
  pictures,
  sha256,
  startScenario,
  type Part,
  type Scenario,
} from "./http-scenario.js";

const run = promisify(execFile);
const { red, gif, none } = pictures;
const metadata = { name: "My PDF Document", recipients: ["andy@example.com", "sarah@example.com"] };
const description =
  "This is a long form text field which can also be sent if JSON is not your thing.";

/** The request of the guide, byte for byte, with a PDF in place of its placeholder. */
const guideType = "multipart/form-data; boundary=--------------------------1234567890";
const guideBody = [
  "----------------------------1234567890",
  'Content-Disposition: form-data; name="metadata"',
  "Content-Type: application/json",
  "",
  '{\r\n"name": "My PDF Document",\r\n"recipients": [\r\n"andy@example.com",\r\n"sarah@example.com"\r\n]\r\n}',
  "----------------------------1234567890",
  'Content-Disposition: form-data; name="description"',
  "",
  description,
  "----------------------------1234567890",
  'Content-Disposition: form-data; name="file"; filename="document.pdf"',
  "Content-Type: application/octet-stream",
  "",
  none.toString("base64"),
  "----------------------------1234567890--",
  "",
].join("\r\n");

let api: Scenario;
let secure: Scenario;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-certificate-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const subject = ["-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=127.0.0.1"];
  await run("openssl", ["req", "-x509", ...curve, ...subject]);
  const tls = { key: await readFile(key), cert: await readFile(cert) };
  api = await startScenario({ document: "examples/upload.yaml" });
  secure = await startScenario({ document: "examples/upload.yaml", tls });
});
afterAll(async () => {
  await api.close();
  await secure.close();
  await rm(folder, { recursive: true });
});

interface Accepted {
  readonly name: string;
  readonly path?: string;
  readonly parts: readonly Part[];
  readonly value: unknown;
  readonly files?: readonly (string | Uint8Array)[];
}

interface Refused {
  readonly name: string;
  readonly path?: string;
  readonly parts: readonly Part[];
  readonly fault: Readonly<Record<string, unknown>>;
  readonly status?: number;
}

const reference = (bytes: string | Uint8Array, mediaType: string, filename?: string): unknown => ({
  id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  mediaType,
  size: bytes.length,
  sha256: sha256(bytes),
  ...(filename === undefined ? {} : { filename }),
});

function accepts(cases: readonly Accepted[]): void {
  it.each(cases)("takes $name", async ({ path = "/upload", parts, value, files = [] }) => {
    const before = await api.stored();
    const answer = await api.send("POST", path, multipart(parts));
    expect(answer.json).toEqual(value);
    expect(answer.status).toBe(201);
    expect(await api.stored()).toEqual([...before, ...files.map(sha256)].sort());
  });
}

function refuses(cases: readonly Refused[]): void {
  it.each(cases)("refuses $name", async ({ path = "/upload", parts, fault, status = 400 }) => {
    const before = await api.stored();
    const answer = await api.send("POST", path, multipart(parts));
    expect(answer.json).toMatchObject({ status, errors: [fault] });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await api.stored()).toEqual(before);
  });
}

describe("the request of the guide", () => {
  it.each([
    { name: "HTTP/1.1", flags: ["--http1.1"], version: "1.1", isSecure: false },
    {
      name: "HTTP/2 in cleartext",
      flags: ["--http2-prior-knowledge"],
      version: "2",
      isSecure: false,
    },
    { name: "HTTP/1.1 over TLS", flags: ["--http1.1"], version: "1.1", isSecure: true },
    { name: "HTTP/2 over TLS", flags: ["--http2"], version: "2", isSecure: true },
  ])("arrives over $name", async ({ flags, version, isSecure }) => {
    const at = isSecure ? secure : api;
    const trust = isSecure ? ["--cacert", join(folder, "cert.pem")] : [];
    const body = await at.file("guide", guideBody);
    const before = await at.stored();
    const sent = ["-H", `Content-Type: ${guideType}`, "--data-binary", `@${body}`];
    const out = await at.curl(
      ...flags,
      ...trust,
      ...sent,
      "-w",
      "\n%{http_code} %{http_version}",
      "url:/upload",
    );
    const [json = "", told] = out.split("\n");
    expect(told).toBe(`201 ${version}`);
    expect(JSON.parse(json)).toEqual({
      metadata,
      description,
      file: reference(none, "application/pdf", "document.pdf"),
    });
    expect(await at.stored()).toEqual([...before, sha256(none)].sort());
  });

  it("arrives from curl's own forms", async () => {
    const file = await api.file("document.pdf", none.toString("base64"));
    const fields = [
      "-F",
      `metadata=${JSON.stringify(metadata)};type=application/json`,
      "-F",
      `description=${description}`,
      "-F",
      `file=@${file};type=application/octet-stream`,
    ];
    const value: unknown = JSON.parse(await api.curl(...fields, "url:/upload"));
    expect(value).toEqual({
      metadata,
      description,
      file: reference(none, "application/pdf", "document.pdf"),
    });
  });

  it("arrives from FormData, whose blobs are all files", async () => {
    const form = new FormData();
    form.append("metadata", new Blob([JSON.stringify(metadata)], { type: "application/json" }));
    form.append("description", description);
    form.append("file", new Blob([none], { type: "application/pdf" }), "document.pdf");
    const response = await fetch(`${api.url}/upload`, { method: "POST", body: form });
    expect(await response.json()).toEqual({
      metadata,
      description,
      file: reference(none, "application/pdf", "document.pdf"),
    });
    expect(response.status).toBe(201);
  });

  it("arrives cut into single octets", async () => {
    const body = Buffer.from(guideBody);
    const chunks = [...body].map((octet) =>
      Buffer.from(`1\r\n${String.fromCharCode(octet)}\r\n`, "latin1"),
    );
    const head = [
      "POST /upload HTTP/1.1",
      "Host: localhost",
      `Content-Type: ${guideType}`,
      "Transfer-Encoding: chunked",
      "Connection: close",
    ];
    const answer = await api.raw([`${head.join("\r\n")}\r\n\r\n`, ...chunks, "0\r\n\r\n"]);
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(answer).toContain(sha256(none));
  });
});

const json = JSON.stringify(metadata);
const jsonPart = { name: "metadata", body: json };
const pdf64 = none.toString("base64");
const wrapped = pdf64.replaceAll(/(.{20})/g, "$1\r\n");

describe("parts with their default types", () => {
  accepts([
    { name: "a JSON part without a type", parts: [jsonPart], value: { metadata } },
    {
      name: "a JSON part with a foreign type",
      parts: [{ ...jsonPart, type: "text/plain" }],
      value: { metadata },
    },
    {
      name: "a JSON part with a file name",
      parts: [{ ...jsonPart, type: "application/json", filename: "blob" }],
      value: { metadata },
    },
    {
      name: "text in another charset",
      parts: [
        {
          name: "description",
          type: "text/plain; charset=iso-8859-1",
          body: Buffer.from("é", "latin1"),
        },
      ],
      value: { description: "é" },
    },
    {
      name: "digits where a string is described",
      parts: [{ name: "description", body: "123" }],
      value: { description: "123" },
    },
    { name: "no part at all", parts: [], value: {} },
    {
      name: "raw octets where base64 is described",
      parts: [{ name: "file", filename: "a.pdf", type: "application/pdf", body: none }],
      value: { file: reference(none, "application/pdf", "a.pdf") },
      files: [none],
    },
    {
      name: "base64 in a field without a file name",
      parts: [{ name: "file", body: pdf64 }],
      value: { file: reference(none, "application/pdf") },
      files: [none],
    },
    {
      name: "base64 with line breaks",
      parts: [{ name: "file", filename: "a.pdf", body: wrapped }],
      value: { file: reference(none, "application/pdf", "a.pdf") },
      files: [none],
    },
    {
      name: "base64 that its header names, once",
      parts: [{ name: "file", headers: { "Content-Transfer-Encoding": "base64" }, body: pdf64 }],
      value: { file: reference(none, "application/pdf") },
      files: [none],
    },
    {
      name: "a path for a file name, without the path",
      parts: [{ name: "file", filename: "../../etc/a.pdf", body: pdf64 }],
      value: { file: reference(none, "application/pdf", "a.pdf") },
      files: [none],
    },
    {
      name: "octets of no known type",
      parts: [
        {
          name: "file",
          filename: "a.bin",
          type: "application/octet-stream",
          body: Buffer.from([0, 1, 2, 255]),
        },
      ],
      value: { file: reference(Buffer.from([0, 1, 2, 255]), "application/octet-stream", "a.bin") },
      files: [Buffer.from([0, 1, 2, 255])],
    },
    {
      name: "an empty file",
      parts: [{ name: "file", filename: "empty", body: "" }],
      value: { file: { ...Object(reference("", "", "empty")), mediaType: expect.any(String) } },
      files: [""],
    },
    {
      name: "a part of no described name",
      parts: [{ name: "more", body: "text" }],
      value: { more: "text" },
    },
  ]);
  refuses([
    {
      name: "an item of another type",
      parts: [{ name: "metadata", body: '{"name":"a","recipients":[1]}' }],
      fault: {
        code: "invalid-value",
        pointer: "/metadata/recipients/0",
        part: { name: "metadata", index: 0, offset: 0 },
      },
    },
    {
      name: "a field that is no base64",
      parts: [{ name: "file", body: "Zm9v!mFy" }],
      fault: {
        code: "malformed-encoding",
        pointer: "/file",
        part: { name: "file", index: 0, offset: 0 },
        offset: offsetIn([{ name: "file", body: "Zm9v!mFy" }], "!"),
      },
    },
    {
      name: "a text that is no UTF-8",
      parts: [{ name: "description", body: Buffer.from([0x61, 0xff]) }],
      fault: { code: "malformed-encoding", pointer: "/description" },
    },
  ]);
});

describe("contentEncoding", () => {
  const path = "/upload/encodings";
  const bytes = Buffer.from([0xfb, 0xef, 0xff, 0x3e, 0x3f, 0xfe, 0x01]);
  const octets = (filename?: string): unknown =>
    reference(bytes, "application/octet-stream", filename);
  accepts([
    {
      name: "each in its alphabet",
      path,
      parts: [
        { name: "standard", body: bytes.toString("base64") },
        { name: "urlSafe", body: bytes.toString("base64url") },
      ],
      value: { standard: octets(), urlSafe: octets() },
      files: [bytes, bytes],
    },
    {
      name: "base64url with padding",
      path,
      parts: [{ name: "urlSafe", body: `${bytes.toString("base64url")}==` }],
      value: { urlSafe: octets() },
      files: [bytes],
    },
    {
      name: "base64 without padding",
      path,
      parts: [{ name: "standard", body: bytes.toString("base64").replaceAll("=", "") }],
      value: { standard: octets() },
      files: [bytes],
    },
  ]);
  refuses([
    {
      name: "base64url where base64 is described",
      path,
      parts: [{ name: "standard", body: bytes.toString("base64url") }],
      fault: { code: "malformed-encoding", pointer: "/standard" },
    },
    {
      name: "base64 where base64url is described",
      path,
      parts: [{ name: "urlSafe", body: bytes.toString("base64") }],
      fault: { code: "malformed-encoding", pointer: "/urlSafe" },
    },
    {
      name: "padding in the middle",
      path,
      parts: [{ name: "standard", body: "Zg==Zg==" }],
      fault: { code: "malformed-encoding", pointer: "/standard" },
    },
  ]);
});

describe("contentMediaType", () => {
  const path = "/upload/media-types";
  accepts([
    {
      name: "text of one type",
      path,
      parts: [{ name: "csvSpecifically", type: "text/csv", body: "a,b\r\n1,2\r\n" }],
      value: { csvSpecifically: "a,b\r\n1,2\r\n" },
    },
    {
      name: "one of a list",
      path,
      parts: [{ name: "pngOrJpegImage", filename: "a.png", body: red.toString("base64") }],
      value: { pngOrJpegImage: reference(red, "image/png", "a.png") },
      files: [red],
    },
    {
      name: "one of a list, with the list for its type",
      path,
      parts: [
        { name: "pngOrJpegImage", filename: "a.png", type: "image/png, image/jpeg", body: red },
      ],
      value: { pngOrJpegImage: reference(red, "image/png", "a.png") },
      files: [red],
    },
    {
      name: "any that a wildcard covers",
      path,
      parts: [{ name: "anyImage", body: gif.toString("base64") }],
      value: { anyImage: reference(gif, "image/gif") },
      files: [gif],
    },
  ]);
  refuses([
    {
      name: "an image that the list does not name",
      path,
      parts: [{ name: "pngOrJpegImage", type: "image/png", body: gif.toString("base64") }],
      fault: { code: "file-type-not-allowed", pointer: "/pngOrJpegImage" },
    },
    {
      name: "what the wildcard does not cover",
      path,
      parts: [
        { name: "anyImage", filename: "a.png", type: "image/png", body: none.toString("base64") },
      ],
      fault: { code: "not-an-image", pointer: "/anyImage" },
    },
  ]);
});

describe("the Encoding Object", () => {
  const path = "/upload/encoding-object";
  const id = "0d3f1f0a-6c1c-4f0e-8f5e-0123456789ab";
  const xml =
    "<historyMetadata><version>3</version><author>Ada &amp; Eve</author></historyMetadata>";
  const history = { name: "historyMetadata", type: "application/xml; charset=utf-8", body: xml };
  const limited = (limit: string): Part => ({
    name: "profileImage",
    filename: "a.png",
    type: "image/png",
    headers: { "X-Rate-Limit-Limit": limit },
    body: red,
  });
  const historyMetadata = { version: 3, author: "Ada & Eve" };
  accepts([
    {
      name: "all of it",
      path,
      parts: [
        limited("10"),
        history,
        { name: "address", body: '{"street":"Main","city":"Oslo"}' },
        { name: "id", body: id },
      ],
      value: {
        id,
        address: { street: "Main", city: "Oslo" },
        historyMetadata,
        profileImage: reference(red, "image/png", "a.png"),
      },
      files: [red],
    },
    {
      name: "XML without a charset, and without a type",
      path,
      parts: [{ ...history, type: "application/xml" }],
      value: { historyMetadata },
    },
    {
      name: "XML without a type",
      path,
      parts: [{ name: "historyMetadata", body: xml }],
      value: { historyMetadata },
    },
    {
      name: "a picture without the header, which is not required",
      path,
      parts: [{ name: "profileImage", filename: "a.png", type: "image/png", body: red }],
      value: { profileImage: reference(red, "image/png", "a.png") },
      files: [red],
    },
    {
      name: "a picture with a header that is not described",
      path,
      parts: [{ name: "profileImage", headers: { "X-Other": "y" }, body: red }],
      value: { profileImage: reference(red, "image/png") },
      files: [red],
    },
  ]);
  const place = { name: "profileImage", index: 0, offset: 0 };
  refuses([
    {
      name: "a header that is no integer",
      path,
      parts: [limited("ten")],
      fault: { code: "invalid-part-header", pointer: "/profileImage", part: place },
    },
    {
      name: "a type that is not in the list",
      path,
      parts: [{ name: "profileImage", type: "image/gif", body: gif }],
      fault: { code: "part-type-not-allowed", pointer: "/profileImage", part: place },
    },
    {
      name: "octets that are not of the type they say",
      path,
      parts: [{ name: "profileImage", type: "image/png", body: gif }],
      fault: { code: "file-type-not-allowed", pointer: "/profileImage", part: place },
    },
    {
      name: "XML by another type",
      path,
      parts: [{ ...history, type: "text/plain" }],
      fault: { code: "part-type-not-allowed", pointer: "/historyMetadata" },
    },
    {
      name: "malformed XML",
      path,
      parts: [{ ...history, body: "<historyMetadata><version>3</historyMetadata>" }],
      fault: { code: "malformed-xml", pointer: "/historyMetadata" },
    },
    {
      name: "XML with a document type",
      path,
      parts: [
        {
          ...history,
          body: '<!DOCTYPE a [<!ENTITY b "c">]><historyMetadata><author>&b;</author></historyMetadata>',
        },
      ],
      fault: { code: "malformed-xml", pointer: "/historyMetadata" },
    },
    {
      name: "text where XML has an integer",
      path,
      parts: [{ ...history, body: "<historyMetadata><version>x</version></historyMetadata>" }],
      fault: { code: "invalid-value", pointer: "/historyMetadata/version" },
    },
    {
      name: "an id that is no UUID",
      path,
      parts: [{ name: "id", body: "7" }],
      fault: { code: "invalid-value", pointer: "/id", part: { name: "id", index: 0, offset: 0 } },
    },
  ]);
});

describe("style and explode", () => {
  const path = "/upload/styles";
  accepts([
    {
      name: "every style",
      path,
      parts: [
        { name: "file", filename: "a.bin", body: none },
        { name: "tags", body: "red,green" },
        { name: "sizes", body: "1|2|3" },
        { name: "codes", body: "x y" },
        { name: "R", body: "100" },
        { name: "G", body: "200" },
        { name: "place[city]", body: "Oslo" },
        { name: "place[floor]", body: "-2" },
      ],
      value: {
        file: reference(none, "application/pdf", "a.bin"),
        tags: ["red", "green"],
        sizes: [1, 2, 3],
        codes: ["x", "y"],
        color: { R: 100, G: 200 },
        place: { city: "Oslo", floor: -2 },
      },
      files: [none],
    },
    {
      name: "percent signs as they are",
      path,
      parts: [{ name: "tags", body: "a%2Cb,c" }],
      value: { tags: ["a%2Cb", "c"] },
    },
  ]);
  refuses([
    {
      name: "an item that is no integer",
      path,
      parts: [{ name: "sizes", body: "1|x" }],
      fault: { code: "invalid-value", pointer: "/sizes/1" },
    },
    {
      name: "a member that is no integer",
      path,
      parts: [{ name: "G", body: "x" }],
      fault: { code: "invalid-value", pointer: "/color/G" },
    },
    {
      name: "a member of an object that is no integer",
      path,
      parts: [{ name: "place[floor]", body: "low" }],
      fault: { code: "invalid-value", pointer: "/place/floor" },
    },
    {
      name: "a member that comes twice",
      path,
      parts: [
        { name: "G", body: "1" },
        { name: "G", body: "2" },
      ],
      fault: { code: "duplicate-part", pointer: "/color/G", part: { name: "G", index: 1 } },
    },
  ]);
});

/** Where a text begins in the body of these parts. */
function offsetIn(parts: readonly Part[], text: string): number {
  return Buffer.from(multipart(parts).body).indexOf(text);
}
