// T-14: Content-Digest, Repr-Digest and Want-Repr-Digest (RFC 9530) of what is sent and of what is read.
import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { fields, formContent, send } from "./wall.js";
import { picture, withShelf } from "./shelf.js";

const file = Buffer.from("the octets of a picture");
const names = { "sha-256": "sha256", "sha-512": "sha512" } as const;

function digest(octets: Uint8Array | string, algorithm: keyof typeof names = "sha-256"): string {
  const base64 = createHash(names[algorithm]).update(octets).digest("base64");
  return `${algorithm}=:${base64}:`;
}

const md5 = (octets: Uint8Array | string): string =>
  createHash("md5").update(octets).digest("base64");

it("T-14 a digest of the right octets is let through, in either field and by either algorithm", async () => {
  await withShelf(async ({ put, get }) => {
    for (const field of ["content-digest", "repr-digest"])
      for (const algorithm of ["sha-256", "sha-512"] as const) {
        const said = { [field]: digest(file, algorithm) };
        expect(await put(file, said), `${field} ${algorithm}`).toMatchObject({
          status: expect.toBeOneOf([200, 201]),
        });
        expect((await get()).octets).toEqual(file);
      }
  });
});

it("T-14 a digest of other octets is a 400 of its own, and nothing of the file is kept", async () => {
  for (const field of ["Content-Digest", "Repr-Digest"])
    for (const algorithm of ["sha-256", "sha-512"] as const)
      await withShelf(async ({ put, get, call }) => {
        const reply = await put(file, { [field]: digest("others", algorithm) });
        expect(reply).toMatchObject({
          status: 400,
          json: { type: "urn:problem-type:waybill:digest-mismatch" },
          errors: [
            {
              code: "digest-mismatch",
              detail: `The body's octets are not those of the ${algorithm} in ${field}.`,
            },
          ],
        });
        expect(await get()).toMatchObject({ status: 404 });
        const profile = await call({ method: "GET", path: "/profiles/1/" });
        expect(profile.json).toMatchObject({ pic: null });
      });
});

it("T-14 bytes that were on their way to the disk are gone as well", async () => {
  const data = await mkdtemp(join(tmpdir(), "waybill-digest-"));
  try {
    const filesOf = async (): Promise<string[]> => {
      const entries = await readdir(data, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    };
    await withShelf(
      async ({ put }) => {
        const before = await filesOf();
        const large = Buffer.alloc(90_000, "x"); // more than what waits in memory for its type
        expect(await put(large, { "repr-digest": digest("others") })).toMatchObject({
          status: 400,
          errors: [{ code: "digest-mismatch" }],
        });
        expect(await filesOf()).toEqual(before);
        expect(await put(large, { "repr-digest": digest(large) })).toMatchObject({ status: 201 });
        expect(await filesOf()).toHaveLength(before.length + 1);
      },
      { data },
    );
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});

it("T-14 what was there stays when another file has a wrong digest", async () => {
  await withShelf(async ({ put, get }) => {
    await put(file);
    expect(await put("other", { "repr-digest": digest(file) })).toMatchObject({ status: 400 });
    expect((await get()).octets).toEqual(file);
  });
});

it("T-14 each wrong digest is told, beside those that are right", async () => {
  await withShelf(async ({ put }) => {
    const reply = await put(file, {
      "content-digest": `${digest(file)}, ${digest("x", "sha-512")}`,
      "repr-digest": digest("x"),
    });
    expect(reply.errors.map(({ detail }) => detail)).toEqual([
      "The body's octets are not those of the sha-512 in Content-Digest.",
      "The body's octets are not those of the sha-256 in Repr-Digest.",
    ]);
  });
});

it("T-14 both are about the octets with their Content-Encoding, which is part of the representation", async () => {
  await withShelf(async ({ put, get }) => {
    const zipped = gzipSync(file);
    const coding = { "content-encoding": "gzip" };
    for (const field of ["content-digest", "repr-digest"]) {
      expect((await put(zipped, { ...coding, [field]: digest(zipped) })).status).toBeLessThan(300);
      expect((await get()).octets).toEqual(file);
      expect(await put(zipped, { ...coding, [field]: digest(file) })).toMatchObject({
        errors: [{ code: "digest-mismatch" }],
      });
    }
  });
});

it("T-14 forms and JSON are verified as files are", async () => {
  const content = formContent({ a: { type: "string" } });
  const form = fields(["a", "1"]);
  const right = { "content-digest": digest(form.body ?? "") };
  const wrong = { "content-digest": digest("x") };
  expect(await send({ content }, { ...form, headers: right })).toMatchObject({ value: { a: "1" } });
  expect(await send({ content }, { ...form, headers: wrong })).toMatchObject({
    status: 400,
    errors: [{ code: "digest-mismatch" }],
  });
  await withShelf(async ({ call }) => {
    const create = (headers: Record<string, string>) =>
      call({
        method: "POST",
        path: "/profiles/",
        type: "application/json",
        headers,
        body: '{"name":"Lin"}',
      });
    expect(await create(wrong)).toMatchObject({ status: 400 });
    expect((await call({ method: "GET", path: "/profiles/" })).headers.get("x-total-count")).toBe(
      "1",
    );
    expect(await create({ "repr-digest": digest('{"name":"Lin"}') })).toMatchObject({
      status: 201,
    });
  });
});

it("T-14 algorithms that are not known or not safe are passed over", async () => {
  await withShelf(async ({ put }) => {
    const others = 'md5=:AAAA:, unixsum=:AQ==:, x*-_.9=::;a;b=1;c="x,\\"y"';
    expect((await put(file, { "content-digest": others })).status).toBe(201);
    expect(await put(file, { "content-digest": `${others}, ${digest("x")}` })).toMatchObject({
      errors: [{ code: "digest-mismatch" }],
    });
    // Of equal keys the last one counts (RFC 9651 §4.2.2).
    expect((await put(file, { "content-digest": `${digest("x")},${digest(file)}` })).status).toBe(
      200,
    );
  });
});

it("T-14 a malformed digest is a 400 before any octet is read", async () => {
  const malformed = [
    "sha-256",
    "sha-256=abc",
    "sha-256=:AAAA:",
    "sha-256=:AA!A:",
    "SHA-256=:AAAA:",
    `${digest(file)},`,
    `${digest(file)} x`,
    `,${digest(file)}`,
    createHash("sha256").update(file).digest("base64"),
    `sha-256="${"x".repeat(100)}`,
  ];
  await withShelf(async ({ put, get }) => {
    for (const field of ["content-digest", "repr-digest"])
      for (const text of malformed)
        expect(await put(file, { [field]: text }), text).toMatchObject({
          status: 400,
          errors: [{ code: "malformed-header" }],
        });
    expect(await get()).toMatchObject({ status: 404 });
  });
});

it("T-14 Content-MD5 is held against the content", async () => {
  await withShelf(async ({ put, get }) => {
    expect(await put(file, { "content-md5": md5("others") })).toMatchObject({
      status: 400,
      errors: [
        {
          code: "digest-mismatch",
          detail: "The body's octets are not those of the md5 in Content-MD5.",
        },
      ],
    });
    for (const malformed of ["", "AAAA", `${md5(file)}=`, md5(file).slice(0, -1)])
      expect(await put(file, { "content-md5": malformed }), malformed).toMatchObject({
        status: 400,
        errors: [{ code: "malformed-header" }],
      });
    expect(await get()).toMatchObject({ status: 404 });
    const right = await put(file, { "content-md5": md5(file) });
    expect(right.status).toBeOneOf([200, 201]);
  });
});

it("T-14 a download has a Content-Digest where it is wanted, and what is sent is the whole", async () => {
  await withShelf(async ({ put, get }) => {
    await put(file);
    const wanted = { "want-content-digest": "sha-512=1, sha-256=2" };
    const contentDigest = async (headers: Record<string, string>): Promise<string | null> =>
      (await get(headers)).headers.get("content-digest");
    expect(await contentDigest(wanted)).toBe(digest(file));
    expect(await contentDigest({ ...wanted, range: "bytes=0-3" })).toBeNull();
    expect(await contentDigest({ "want-content-digest": "sha-256=0" })).toBeNull();
    expect(await contentDigest({})).toBeNull();
  });
});

it("T-14 a download has the Repr-Digest of the whole file, also where only part of it is sent", async () => {
  await withShelf(async ({ put, get, call }) => {
    await put(file);
    const want = digest(file);
    const replies = [
      await get(),
      await get({ range: "bytes=0-3" }),
      await get({ range: "bytes=0-0,-1" }),
      await call({ method: "HEAD", path: picture }),
    ];
    expect(replies.map(({ status, headers }) => [status, headers.get("repr-digest")])).toEqual([
      [200, want],
      [206, want],
      [206, want],
      [200, want],
    ]);
  });
});

it("T-14 Want-Repr-Digest says whether it is wanted", async () => {
  await withShelf(async ({ put, get }) => {
    await put(file);
    const answers = {
      "sha-256=10": digest(file),
      "sha-256=1, sha-512=10": digest(file), // that of sha-512 is not known without reading it all
      "sha-512=3": digest(file),
      "sha-256=0": null,
      "sha-256=0, sha-512=10": null,
    };
    for (const [wanted, want] of Object.entries(answers)) {
      const { status, headers } = await get({ "want-repr-digest": wanted });
      expect([status, headers.get("repr-digest")], wanted).toEqual([200, want]);
    }
    for (const wanted of [
      "sha-256",
      "sha-256=11",
      "sha-256=1.5",
      "sha-256=-1",
      "sha-256=:AA==:",
      "sha-256=1,",
    ])
      expect(await get({ "want-repr-digest": wanted }), wanted).toMatchObject({
        status: 400,
        errors: [{ code: "malformed-header" }],
      });
  });
});
