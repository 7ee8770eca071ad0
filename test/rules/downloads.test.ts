// T: a stored file as it is read: its name, its parts, and under which conditions.
import { expect, it } from "vitest";
import { multipart } from "./wall.js";
import { picture, withShelf, type Shelf } from "./shelf.js";

const digits = "0123456789";

async function putNamed({ call }: Shelf, filename: string): Promise<void> {
  const wire = multipart([{ name: "pic", filename, type: "application/x-thing", body: digits }]);
  const reply = await call({ method: "PUT", path: picture, ...wire });
  expect(reply.status).toBeLessThan(300);
}

it("T-08 a name that is not ASCII is in both parameters, for old receivers and new", async () => {
  await withShelf(async (shelf) => {
    const names = {
      "plain.pdf": 'attachment; filename="plain.pdf"',
      "žluť 🐎.pdf":
        "attachment; filename=\"zlut _.pdf\"; filename*=UTF-8''%C5%BElu%C5%A5%20%F0%9F%90%8E.pdf",
      "50%.pdf": "attachment; filename=\"50_.pdf\"; filename*=UTF-8''50%25.pdf",
      'a\\"b.pdf': "attachment; filename=\"a_b.pdf\"; filename*=UTF-8''a%22b.pdf",
    };
    for (const [name, want] of Object.entries(names)) {
      await putNamed(shelf, name);
      expect((await shelf.get()).headers.get("content-disposition")).toBe(want);
    }
  });
});

it("T-08 a raw upload may say its name in both ways; the extended one is preferred", async () => {
  await withShelf(async ({ put, get }) => {
    const field = "attachment; filename=\"plain.pdf\"; filename*=UTF-8''%C5%BE.pdf";
    await put(digits, { "content-disposition": field });
    expect((await get()).headers.get("content-disposition")).toBe(
      "inline; filename=\"z.pdf\"; filename*=UTF-8''%C5%BE.pdf", // by its octets it is text
    );
    expect(await put(digits, { "content-disposition": "attachment; filename*=x" })).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-header" }],
    });
  });
});

it("T-09 the whole file has a strong ETag, Last-Modified and Accept-Ranges", async () => {
  await withShelf(async ({ put, get }) => {
    await put(digits);
    const { status, headers, octets } = await get();
    expect([status, octets.toString(), headers.get("content-length")]).toEqual([200, digits, "10"]);
    expect(headers.get("etag")).toMatch(/^"[^"]+"$/);
    expect(headers.get("last-modified")).toMatch(/ GMT$/);
    expect(headers.get("accept-ranges")).toBe("bytes");
  });
});

it("T-09 one range is a 206 with Content-Range", async () => {
  await withShelf(async ({ put, get }) => {
    await put(digits);
    const ranges = {
      "bytes=0-0": ["0", "bytes 0-0/10"],
      "bytes=-1": ["9", "bytes 9-9/10"],
      "bytes=7-": ["789", "bytes 7-9/10"],
      "bytes=8-99": ["89", "bytes 8-9/10"],
      "bytes=-99": [digits, "bytes 0-9/10"],
      "bytes=0-1,2-3": ["0123", "bytes 0-3/10"], // merged: it costs less than two parts
    };
    for (const [range, want] of Object.entries(ranges)) {
      const { status, headers, octets } = await get({ range });
      const got = [octets.toString(), headers.get("content-range")];
      expect([status, ...got], range).toEqual([206, ...want]);
      expect(headers.get("content-length")).toBe(String(want[0]?.length));
    }
  });
});

it("T-09 ranges far apart are parts of multipart/byteranges", async () => {
  await withShelf(async ({ put, get }) => {
    await put(`a${"-".repeat(998)}z`);
    const { status, headers, octets } = await get({ range: "bytes=0-0,-1" });
    const [type, boundary] = (headers.get("content-type") ?? "").split("; boundary=");
    expect([status, type, headers.has("content-range")]).toEqual([
      206,
      "multipart/byteranges",
      false,
    ]);
    const part = (range: string, text: string) =>
      `--${boundary}\r\ncontent-type: text/plain\r\ncontent-range: bytes ${range}/1000\r\n\r\n${text}\r\n`;
    const want = `${part("0-0", "a")}${part("999-999", "z")}--${boundary}--\r\n`;
    expect(octets.toString().trimStart().toLowerCase()).toBe(want.toLowerCase());
    expect(headers.get("content-length")).toBe(String(octets.length));
  });
});

it("T-09 a range past the end is a 416 that says the length", async () => {
  await withShelf(async ({ put, get }) => {
    await put(digits);
    const reply = await get({ range: "bytes=999-" });
    expect(reply).toMatchObject({ status: 416, errors: [{ code: "range-not-satisfiable" }] });
    expect(reply.headers.get("content-range")).toBe("bytes */10");
    // Malformed ranges and other units are ignored (RFC 9110 §14.2).
    for (const range of ["bytes=5-2", "bytes=x-", "pages=1-2", "bytes"])
      expect((await get({ range })).status, range).toBe(200);
  });
});

it("T-09 If-Range is compared strongly: with another tag, or a weak one, all is sent", async () => {
  await withShelf(async ({ put, get }) => {
    await put(digits);
    const etag = (await get()).headers.get("etag") ?? "";
    const date = (await get()).headers.get("last-modified") ?? "";
    const statuses = {
      [etag]: 206,
      [date]: 206,
      [`W/${etag}`]: 200,
      '"other"': 200,
      "Mon, 01 Jan 2001 00:00:00 GMT": 200,
    };
    for (const [said, status] of Object.entries(statuses))
      expect((await get({ range: "bytes=0-0", "if-range": said })).status, said).toBe(status);
  });
});

it("T-09 what the client has already is a 304 without a body", async () => {
  await withShelf(async ({ put, get }) => {
    await put(digits);
    const etag = (await get()).headers.get("etag") ?? "";
    const reply = await get({ "if-none-match": `"x", W/${etag}` });
    expect([reply.status, reply.octets.length, reply.headers.get("etag")]).toEqual([304, 0, etag]);
    expect(await get({ "if-match": '"x"' })).toMatchObject({
      status: 412,
      errors: [{ code: "precondition-failed" }],
    });
  });
});
