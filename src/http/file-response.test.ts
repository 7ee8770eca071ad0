import { describe, expect, it } from "vitest";
import type { ByteRange } from "./byte-ranges.js";
import type { HttpResponse } from "./exchange.js";
import { fileResponse, type ServedFile } from "./file-response.js";

const octets = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251));

function fileOf(change: Partial<ServedFile> = {}): ServedFile & { readonly reads: ByteRange[] } {
  const reads: ByteRange[] = [];
  return {
    size: octets.length,
    mediaType: "image/png",
    etag: '"v2"',
    modifiedMs: Date.UTC(2024, 0, 10),
    filename: "a.png",
    async *read(range) {
      reads.push(range);
      yield octets.subarray(range.start, range.start + 1);
      yield octets.subarray(range.start + 1, range.end);
    },
    reads,
    ...change,
  };
}

async function bodyOf(response: HttpResponse): Promise<Buffer> {
  const { body } = response;
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === "string" || body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("fileResponse", () => {
  const cases: {
    name: string;
    method?: string;
    given: Record<string, string>;
    status: number;
    headers: Record<string, string | undefined>;
    body?: Buffer;
  }[] = [
    {
      name: "everything",
      given: {},
      status: 200,
      headers: {
        "content-type": "image/png",
        "content-length": "1000",
        "content-disposition": 'inline; filename="a.png"',
        "accept-ranges": "bytes",
        etag: '"v2"',
        "last-modified": "Wed, 10 Jan 2024 00:00:00 GMT",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "private, no-cache",
      },
      body: octets,
    },
    {
      name: "HEAD, without reading",
      method: "HEAD",
      given: { range: "bytes=0-1" },
      status: 200,
      headers: { "content-length": "1000", "content-range": undefined },
    },
    {
      name: "one range",
      given: { range: "bytes=10-19" },
      status: 206,
      headers: { "content-length": "10", "content-range": "bytes 10-19/1000" },
      body: octets.subarray(10, 20),
    },
    {
      name: "a range of the same version",
      given: { range: "bytes=-5", "if-range": '"v2"' },
      status: 206,
      headers: { "content-range": "bytes 995-999/1000" },
      body: octets.subarray(995),
    },
    {
      name: "everything of another version",
      given: { range: "bytes=-5", "if-range": '"v1"' },
      status: 200,
      headers: { "content-length": "1000" },
      body: octets,
    },
    {
      name: "a range that is not there",
      given: { range: "bytes=1000-" },
      status: 416,
      headers: { "content-range": "bytes */1000", "content-type": undefined },
      body: Buffer.alloc(0),
    },
    {
      name: "not modified, before any range",
      given: { range: "bytes=1000-", "if-none-match": '"v2"' },
      status: 304,
      headers: { etag: '"v2"', "content-length": undefined },
      body: Buffer.alloc(0),
    },
    {
      name: "another version",
      given: { "if-match": '"v1"' },
      status: 412,
      headers: {},
      body: Buffer.alloc(0),
    },
  ];
  for (const { name, method = "GET", given, status, headers, body } of cases) {
    it(name, async () => {
      const file = fileOf();
      const response = fileResponse({ method, headers: given }, file);
      expect(response.status).toBe(status);
      for (const [field, want] of Object.entries(headers)) {
        expect([field, response.headers[field]]).toEqual([field, want]);
      }
      if (body) expect((await bodyOf(response)).equals(body)).toBe(true);
      else expect([response.body, file.reads]).toEqual([undefined, []]);
    });
  }

  it("several ranges, of exactly the length it says", async () => {
    const file = fileOf();
    const request = { method: "GET", headers: { range: "bytes=0-0,500-509,-1" } };
    const response = fileResponse(request, file);
    const body = await bodyOf(response);
    const boundary = String(response.headers["content-type"]).split("boundary=")[1];
    const part = (range: string, data: Buffer) =>
      Buffer.concat([
        Buffer.from(`\r\n--${boundary}\r\nContent-Type: image/png\r\n`),
        Buffer.from(`Content-Range: bytes ${range}/1000\r\n\r\n`),
        data,
      ]);
    const want = Buffer.concat([
      part("0-0", octets.subarray(0, 1)),
      part("500-509", octets.subarray(500, 510)),
      part("999-999", octets.subarray(999)),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    expect(response.status).toBe(206);
    expect(response.headers["content-range"]).toBe(undefined);
    expect(body.equals(want)).toBe(true);
    expect(response.headers["content-length"]).toBe(String(body.length));
  });

  it("an empty file, without reading", async () => {
    const file = fileOf({ size: 0 });
    const response = fileResponse({ method: "GET", headers: { range: "bytes=-1" } }, file);
    expect([response.status, response.body, file.reads]).toEqual([200, "", []]);
  });

  const dispositions: [mediaType: string, want: string][] = [
    ["image/jpeg", "inline"],
    ["audio/mpeg", "inline"],
    ["video/mp4; codecs=avc1", "inline"],
    ["text/plain; charset=utf-8", "inline"],
    ["image/svg+xml", "attachment"],
    ["text/html", "attachment"],
    ["application/xhtml+xml", "attachment"],
    ["application/xml", "attachment"],
    ["application/pdf", "attachment"],
    ["text/javascript", "attachment"],
    ["video/x+xml", "attachment"],
    ["application/octet-stream", "attachment"],
    ["nonsense", "attachment"],
  ];
  for (const [mediaType, want] of dispositions) {
    it(`${mediaType} as ${want}`, () => {
      const file = fileOf({ mediaType, filename: undefined });
      const response = fileResponse({ method: "GET", headers: {} }, file);
      expect(response.headers["content-disposition"]).toBe(want);
    });
  }
});
