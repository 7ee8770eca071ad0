// The profiles API as a stranger meets it, from its short and from its long document: every style in
// which a picture can come, what it answers, and what is stored after it.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { WaybillOptions } from "../../src/index.js";
import {
  jsonOf,
  multipart,
  pictures,
  sha256,
  startScenario,
  urlencoded,
  type Answer,
  type Message,
  type Part,
  type Scenario,
} from "./http-scenario.js";

const { red, blue, gif, none } = pictures;
/** With room between its ranges: near ones are answered as one. */
const padded = Buffer.concat([red, Buffer.alloc(500)]);
const profiles = "/api/v1/profiles/";
const first = `${profiles}1/`;
const pic = `${first}pic/`;
const dateTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

const dataUri = (bytes: Buffer, type = "image/png"): string =>
  `data:${type};base64,${bytes.toString("base64")}`;
const picPart = { name: "pic", filename: "red.png", type: "image/png", body: red };
const namePart = { name: "name", body: "Ada" };
const bioPart = { name: "bio", body: "Notes" };

/** Whole bodies with a picture, in every style. `filename` is what the style can say. */
const styles: readonly { name: string; message: Message; filename?: string }[] = [
  {
    name: "JSON with base64",
    message: jsonOf({ name: "Ada", bio: "Notes", pic: red.toString("base64") }),
  },
  {
    name: "JSON with a data URI",
    message: jsonOf({ pic: dataUri(red), name: "Ada", bio: "Notes" }),
  },
  {
    name: "multipart, file first",
    message: multipart([picPart, namePart, bioPart]),
    filename: "red.png",
  },
  {
    name: "multipart, file last",
    message: multipart([namePart, bioPart, picPart]),
    filename: "red.png",
  },
  {
    name: "multipart, file between",
    message: multipart([bioPart, picPart, namePart]),
    filename: "red.png",
  },
  {
    name: "multipart, neither file name nor type",
    message: multipart([{ name: "pic", body: red }, namePart, bioPart]),
  },
  {
    name: "urlencoded with base64",
    message: urlencoded({ name: "Ada", bio: "Notes", pic: red.toString("base64") }),
  },
];

const ada = (picture: unknown): unknown => ({
  id: 1,
  name: "Ada",
  bio: "Notes",
  pic: picture,
  created_at: dateTime,
  updated_at: dateTime,
});

describe.each(["examples/profiles.yaml", "examples/profiles.openapi.yaml"])("%s", (document) => {
  let api: Scenario;
  beforeEach(async () => {
    api = await startScenario({ document });
  });
  afterEach(() => api.close());

  const referenceTo = (bytes: Buffer, mediaType = "image/png", filename?: string): unknown => ({
    url: `${api.url}${pic}`,
    mediaType,
    size: bytes.length,
    sha256: sha256(bytes),
    ...(filename === undefined ? {} : { filename }),
  });
  const list = async (query = ""): Promise<Answer> => api.send("GET", profiles + query);
  const at = (query: string): string => `${api.url}${profiles}?${query}`;
  const createAda = (picture = red): Promise<Answer> =>
    api.send("POST", profiles, multipart([namePart, bioPart, { ...picPart, body: picture }]));
  const read = async (): Promise<unknown> => (await api.send("GET", first)).json;

  describe("the two commands of the design", () => {
    it("run to the letter", async () => {
      const picture = await api.file("pic.png", red);
      const created = await api.curl(
        "-d",
        '{"name": "Douglas Hofstadter"}',
        "-H",
        "Content-Type: application/json",
        "-X",
        "POST",
        `url:${profiles}`,
      );
      expect(JSON.parse(created)).toEqual({
        id: 1,
        name: "Douglas Hofstadter",
        pic: null,
        created_at: dateTime,
        updated_at: dateTime,
      });
      const put = await api.curl("-F", `pic=@${picture}`, "-X", "PUT", `url:${pic}`);
      expect(JSON.parse(put)).toMatchObject({
        name: "Douglas Hofstadter",
        pic: referenceTo(red, "image/png", "pic.png"),
      });
      expect(await api.stored()).toEqual([sha256(red)]);
    });
  });

  describe("create", () => {
    it.each(styles)("by $name", async ({ message, filename }) => {
      const { status, headers, json } = await api.send("POST", profiles, message);
      expect(json).toEqual(ada(referenceTo(red, "image/png", filename)));
      expect(status).toBe(201);
      expect(headers.get("location")).toBe(`${api.url}${first}`);
      expect(headers.get("etag")).toMatch(/^"[^"]+"$/);
      expect(await read()).toEqual(json);
      expect(await api.stored()).toEqual([sha256(red)]);
    });

    const fileless: readonly { name: string; message: Message }[] = [
      { name: "JSON", message: jsonOf({ name: "Ada", bio: "Notes" }) },
      {
        name: "JSON with a null picture",
        message: jsonOf({ name: "Ada", bio: "Notes", pic: null }),
      },
      { name: "multipart", message: multipart([namePart, bioPart]) },
      {
        name: "multipart with an empty file input",
        message: multipart([
          { name: "pic", filename: "", type: "application/octet-stream", body: "" },
          namePart,
          bioPart,
        ]),
      },
      { name: "urlencoded", message: urlencoded({ name: "Ada", bio: "Notes" }) },
    ];
    it.each(fileless)("without a picture by $name", async ({ message }) => {
      const { status, json } = await api.send("POST", profiles, message);
      expect(json).toEqual(ada(null));
      expect(status).toBe(201);
      expect(await api.stored()).toEqual([]);
    });

    it("ignores what is read-only, in every style", async () => {
      const said = { id: 99, created_at: "1970-01-01T00:00:00Z", updated_at: "tomorrow" };
      const given = [
        jsonOf({ ...said, name: "Ada", bio: "Notes" }),
        urlencoded({ ...said, id: "99", name: "Ada", bio: "Notes" }),
      ];
      for (const [index, message] of given.entries()) {
        const { status, json } = await api.send("POST", profiles, message);
        expect(status).toBe(201);
        expect(json).toMatchObject({ id: index + 1, created_at: dateTime, updated_at: dateTime });
        expect(json).not.toMatchObject({ created_at: "1970-01-01T00:00:00Z" });
      }
    });
  });

  describe("replace and patch", () => {
    it.each(styles)("replaces by $name, and leaves no old bytes", async ({ message, filename }) => {
      await createAda(blue);
      const { status, json, headers } = await api.send("PUT", first, message);
      expect(json).toEqual(ada(referenceTo(red, "image/png", filename)));
      expect(status).toBe(200);
      expect(headers.get("etag")).toMatch(/^"[^"]+"$/);
      expect(await read()).toEqual(json);
      expect(await api.stored()).toEqual([sha256(red)]);
    });

    it.each(styles)("patches by $name, and leaves no old bytes", async ({ message, filename }) => {
      await createAda(blue);
      const { status, json } = await api.send("PATCH", first, message);
      expect(json).toEqual(ada(referenceTo(red, "image/png", filename)));
      expect(status).toBe(200);
      expect(await api.stored()).toEqual([sha256(red)]);
    });

    it.each([
      { name: "merge-patch", message: { ...jsonOf({ name: "Eve" }), headers: mergePatch } },
      { name: "JSON", message: jsonOf({ name: "Eve" }) },
      { name: "multipart", message: multipart([{ name: "name", body: "Eve" }]) },
      { name: "urlencoded", message: urlencoded({ name: "Eve" }) },
    ])("a patch by $name keeps what it does not name", async ({ message }) => {
      await createAda();
      const { json, status } = await api.send("PATCH", first, message);
      expect(status).toBe(200);
      expect(json).toMatchObject({
        name: "Eve",
        bio: "Notes",
        pic: referenceTo(red, "image/png", "red.png"),
      });
      expect(await api.stored()).toEqual([sha256(red)]);
    });

    it("a PUT drops what it does not name", async () => {
      await createAda();
      const { json } = await api.json("PUT", first, { name: "Eve" });
      expect(json).toEqual({
        id: 1,
        name: "Eve",
        pic: null,
        created_at: dateTime,
        updated_at: dateTime,
      });
      expect(await api.stored()).toEqual([]);
    });

    it.each(["PUT", "PATCH"])("%s of exactly what GET returned keeps the file", async (method) => {
      const { json } = await createAda();
      const answer = await api.json(method, first, json);
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual({ ...Object(json), updated_at: dateTime });
      const got = await api.send("GET", pic);
      expect(got.bytes).toEqual(red);
      expect(await api.stored()).toEqual([sha256(red)]);
    });

    it.each(["PUT", "PATCH"])("%s with null clears the file", async (method) => {
      await createAda();
      const { status, json } = await api.json(method, first, {
        name: "Ada",
        bio: "Notes",
        pic: null,
      });
      expect(status).toBe(200);
      expect(json).toEqual(ada(null));
      expect((await api.send("GET", pic)).status).toBe(404);
      expect(await api.stored()).toEqual([]);
    });

    it("a patch with null removes an optional property", async () => {
      await createAda();
      const { status, json } = await api.json("PATCH", first, { bio: null });
      expect(status).toBe(200);
      expect(json).not.toHaveProperty("bio");
    });

    it.each([
      { name: "another digest", change: { sha256: "0".repeat(64) } },
      { name: "another profile's URL", change: { url: "http://localhost/api/v1/profiles/2/pic/" } },
    ])("refuses a reference with $name", async ({ change }) => {
      const { json } = await createAda();
      const before = await read();
      const held: unknown = Object(json).pic;
      const answer = await api.json("PATCH", first, { pic: { ...Object(held), ...change } });
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({
        errors: [{ code: "not-the-current-file", pointer: "/pic" }],
      });
      expect(await read()).toEqual(before);
      expect(await api.stored()).toEqual([sha256(red)]);
    });

    it.each(["PUT", "PATCH", "DELETE"])("%s minds If-Match", async (method) => {
      const created = await createAda();
      const etag = created.headers.get("etag") ?? "";
      const message: Message = method === "DELETE" ? {} : jsonOf({ name: "Eve", bio: "Notes" });
      const guarded = (tag: string): Promise<Answer> =>
        api.send(method, first, { ...message, headers: { ...message.headers, "if-match": tag } });
      const refused = await guarded('"stale"');
      expect(refused.status).toBe(412);
      expect(refused.json).toMatchObject({ errors: [{ code: "precondition-failed" }] });
      expect(await read()).toEqual(created.json);
      const done = await guarded(etag);
      expect(done.status).toBe(method === "DELETE" ? 204 : 200);
      if (method === "DELETE") return;
      expect(done.headers.get("etag")).not.toBe(etag);
      expect((await guarded(etag)).status).toBe(412);
    });

    it("lets one of many with the same If-Match through", async () => {
      const etag = (await createAda()).headers.get("etag") ?? "";
      const names = ["Bob", "Cleo", "Dan", "Eve", "Fay"];
      const answers = await Promise.all(
        names.map((name) => {
          const headers = { "content-type": "application/json", "if-match": etag };
          return api.send("PATCH", first, { headers, body: JSON.stringify({ name }) });
        }),
      );
      const won = answers.find(({ status }) => status === 200);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412]);
      expect(await read()).toEqual(won?.json);
    });

    it("answers a retrieve with 304 while nothing changed", async () => {
      const etag = (await createAda()).headers.get("etag") ?? "";
      const again = await api.send("GET", first, { headers: { "if-none-match": etag } });
      expect([again.status, again.bytes.length]).toEqual([304, 0]);
      await api.json("PATCH", first, { name: "Eve" });
      const changed = await api.send("GET", first, { headers: { "if-none-match": etag } });
      expect(changed.status).toBe(200);
    });

    it("has created_at stay and updated_at grow", async () => {
      const before = Object((await createAda()).json);
      const after = Object((await api.json("PATCH", first, { name: "Eve" })).json);
      expect(after.created_at).toBe(before.created_at);
      expect(Date.parse(after.updated_at)).toBeGreaterThanOrEqual(Date.parse(before.updated_at));
    });
  });

  describe("the picture", () => {
    const raw = (type?: string, headers: Record<string, string> = {}): Message => ({
      headers: { ...(type === undefined ? {} : { "content-type": type }), ...headers },
      body: red,
    });
    const ways: readonly { name: string; message: Message; filename?: string }[] = [
      { name: "multipart", message: multipart([picPart]), filename: "red.png" },
      { name: "raw octets of its type", message: raw("image/png") },
      { name: "raw octets of no known type", message: raw("application/octet-stream") },
      { name: "raw octets without Content-Type", message: raw() },
      {
        name: "raw octets with a file name",
        message: raw("image/png", { "content-disposition": 'attachment; filename="a b.png"' }),
        filename: "a b.png",
      },
      {
        name: "raw octets with an extended file name",
        message: raw("image/png", {
          "content-disposition": "attachment; filename=x; filename*=UTF-8''%C5%BElu%C5%A5.png",
        }),
        filename: "žluť.png",
      },
    ];

    it.each(ways)("is put by $name", async ({ message, filename }) => {
      await api.json("POST", profiles, { name: "Ada", bio: "Notes" });
      const created = await api.send("PUT", pic, message);
      expect(created.json).toEqual(ada(referenceTo(red, "image/png", filename)));
      expect(created.status).toBe(201);
      const replaced = await api.send("PUT", pic, message);
      expect(replaced.status).toBe(200);
      expect(await api.stored()).toEqual([sha256(red)]);
    });

    it("is put by curl -T, with the name at the end of the path", async () => {
      await api.json("POST", profiles, { name: "Ada", bio: "Notes" });
      const file = await api.file("my pic.png", red);
      const named = await api.curl("-T", file, `url:${pic}`);
      expect(JSON.parse(named)).toEqual(ada(referenceTo(red, "image/png", "my pic.png")));
      const bare = await api.curl(
        "-X",
        "PUT",
        "-H",
        "Content-Type:",
        "--data-binary",
        `@${file}`,
        `url:${pic}`,
      );
      expect(JSON.parse(bare)).toEqual(ada(referenceTo(red)));
      expect(await api.stored()).toEqual([sha256(red)]);
    });

    it("reads back with everything that a browser and a cache need", async () => {
      await createAda();
      const got = await api.send("GET", pic);
      expect(got.status).toBe(200);
      expect(got.bytes).toEqual(red);
      expect(Object.fromEntries(got.headers)).toMatchObject({
        "content-type": "image/png",
        "content-length": String(red.length),
        "content-disposition": 'inline; filename="red.png"',
        "accept-ranges": "bytes",
        "x-content-type-options": "nosniff",
        etag: expect.stringMatching(/^"[^"]+"$/),
        "last-modified": expect.stringMatching(/ GMT$/),
      });
      const head = await api.send("HEAD", pic);
      expect(head.status).toBe(200);
      expect(head.bytes.length).toBe(0);
      const told = [
        "content-type",
        "content-length",
        "content-disposition",
        "etag",
        "accept-ranges",
      ];
      for (const name of told) expect(head.headers.get(name)).toBe(got.headers.get(name));
    });

    it("says a foreign file name as RFC 8187 has it", async () => {
      const filename = 'žluť "🐎".png';
      const given = multipart([
        { name: "pic", filename: filename.replaceAll('"', "%22"), type: "image/png", body: red },
        namePart,
      ]);
      await api.send("POST", profiles, given);
      const { headers } = await api.send("GET", pic);
      const said = headers.get("content-disposition") ?? "";
      expect(said).toMatch(
        /^inline; filename="[\x20-\x7e]*"; filename\*=UTF-8''[\w%.!#$&+^`|~-]+$/,
      );
      const extended = decodeURIComponent(said.slice(said.indexOf("''") + 2));
      expect(extended).toContain("žluť");
      expect(extended).toContain("🐎");
    });

    const size = red.length;
    const ranges = [
      { range: "bytes=0-9", status: 206, bytes: red.subarray(0, 10), place: `bytes 0-9/${size}` },
      {
        range: "bytes=-4",
        status: 206,
        bytes: red.subarray(size - 4),
        place: `bytes ${size - 4}-${size - 1}/${size}`,
      },
      {
        range: "bytes=60-",
        status: 206,
        bytes: red.subarray(60),
        place: `bytes 60-${size - 1}/${size}`,
      },
      { range: "bytes=9-0", status: 200, bytes: red, place: null },
      { range: "lines=0-9", status: 200, bytes: red, place: null },
    ];
    it.each(ranges)(
      "answers Range $range with $status",
      async ({ range, status, bytes, place }) => {
        await createAda();
        const got = await api.send("GET", pic, { headers: { range } });
        expect([got.status, got.headers.get("content-range")]).toEqual([status, place]);
        expect(got.bytes).toEqual(bytes);
      },
    );

    it("answers several ranges with their parts", async () => {
      await createAda(padded);
      const got = await api.send("GET", pic, { headers: { range: "bytes=0-3,300-309" } });
      expect(got.status).toBe(206);
      const type = got.headers.get("content-type") ?? "";
      const mark = /^multipart\/byteranges; boundary="?([^"]+)"?$/.exec(type)?.[1] ?? "";
      const parts = got.bytes.toString("latin1").split(`--${mark}`);
      expect(parts).toHaveLength(4);
      const contents = parts
        .slice(1, 3)
        .map((part) => part.slice(part.indexOf("\r\n\r\n") + 4, -2));
      expect(contents).toEqual([padded.toString("latin1", 0, 4), "\0".repeat(10)]);
      expect(parts[2]).toContain(`bytes 300-309/${padded.length}`);
      expect(got.headers.get("content-length")).toBe(String(got.bytes.length));
    });

    it("refuses a range outside with 416 and a problem", async () => {
      await createAda();
      const got = await api.send("GET", pic, { headers: { range: "bytes=5000-" } });
      expect(got.status).toBe(416);
      expect(got.headers.get("content-range")).toBe(`bytes */${size}`);
      expect(got.headers.get("content-type")).toBe("application/problem+json");
      expect(got.json).toMatchObject({ status: 416, errors: [{ code: "range-not-satisfiable" }] });
    });

    it("minds If-Range, by tag and by date", async () => {
      await createAda();
      const { headers } = await api.send("GET", pic);
      const ranged = async (ifRange: string): Promise<number> =>
        (await api.send("GET", pic, { headers: { range: "bytes=0-3", "if-range": ifRange } }))
          .status;
      expect(await ranged(headers.get("etag") ?? "")).toBe(206);
      expect(await ranged('"another"')).toBe(200);
      expect(await ranged("Thu, 01 Jan 1970 00:00:00 GMT")).toBe(200);
    });

    it("minds If-None-Match and If-Modified-Since", async () => {
      await createAda();
      const { headers } = await api.send("GET", pic);
      const etag = headers.get("etag") ?? "";
      const modified = headers.get("last-modified") ?? "";
      const cases = [
        [{ "if-none-match": etag }, 304],
        [{ "if-none-match": `"x", W/${etag}` }, 304],
        [{ "if-none-match": "*" }, 304],
        [{ "if-none-match": '"x"' }, 200],
        [{ "if-modified-since": modified }, 304],
        [{ "if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT" }, 200],
        [{ "if-none-match": '"x"', "if-modified-since": modified }, 200],
        [{ "if-match": '"x"' }, 412],
      ] as const;
      for (const [fields, status] of cases) {
        const got = await api.send("GET", pic, { headers: fields });
        expect([fields, got.status]).toEqual([fields, status]);
        if (status === 304) expect(got.headers.get("etag")).toBe(etag);
      }
    });

    it("is whole and alone after many puts at once", async () => {
      await createAda(gif);
      const put = (body: Buffer): Promise<Answer> =>
        api.send("PUT", pic, { headers: { "content-type": "image/png" }, body });
      const given = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? red : blue));
      const answers = await Promise.all(given.map(put));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const { bytes } = await api.send("GET", pic);
      expect([red, blue]).toContainEqual(bytes);
      expect(await api.stored()).toEqual([sha256(bytes)]);
    });

    it("is put only if it is, or is not, there as the request says", async () => {
      await createAda(blue);
      const { headers } = await api.send("GET", pic);
      const put = async (fields: Record<string, string>): Promise<number> =>
        (await api.send("PUT", pic, raw("image/png", fields))).status;
      expect(await put({ "if-none-match": "*" })).toBe(412);
      expect(await put({ "if-match": '"x"' })).toBe(412);
      expect(await api.stored()).toEqual([sha256(blue)]);
      expect(await put({ "if-match": headers.get("etag") ?? "" })).toBe(200);
      expect(await api.stored()).toEqual([sha256(red)]);
    });

    it("is not put in pieces", async () => {
      await createAda(blue);
      const part = raw("image/png", { "content-range": `bytes 0-${size - 1}/${size}` });
      const { status, json } = await api.send("PUT", pic, part);
      expect(status).toBe(400);
      expect(json).toMatchObject({ errors: [{ code: "partial-put" }] });
      expect(await api.stored()).toEqual([sha256(blue)]);
    });

    it("is deleted with its bytes, and its profile stays", async () => {
      await createAda();
      const gone = await api.send("DELETE", pic);
      expect([gone.status, gone.bytes.length]).toEqual([204, 0]);
      expect(await api.stored()).toEqual([]);
      expect(await read()).toEqual(ada(null));
      for (const method of ["GET", "DELETE"]) {
        const again = await api.send(method, pic);
        expect(again.status).toBe(404);
        expect(again.json).toMatchObject({ status: 404, errors: [{ code: "not-found" }] });
      }
    });
  });

  describe("delete", () => {
    it("takes the bytes along and never gives the id again", async () => {
      await createAda();
      expect((await api.send("DELETE", first)).status).toBe(204);
      expect(await api.stored()).toEqual([]);
      for (const method of ["GET", "DELETE"])
        expect((await api.send(method, first)).status).toBe(404);
      expect((await createAda()).json).toMatchObject({ id: 2 });
    });

    it("leaves the others their bytes, even where they are the same", async () => {
      await createAda();
      await createAda();
      await api.send("DELETE", first);
      expect(await api.stored()).toEqual([sha256(red)]);
      expect((await api.send("GET", `${profiles}2/pic/`)).bytes).toEqual(red);
    });
  });

  describe("list", () => {
    const names = ["Cleo", "Ada", "Bob", "Ada", "Eve"];
    beforeEach(async () => {
      for (const name of names) await api.json("POST", profiles, { name, bio: `Of ${name}` });
    });
    it("has all, with their count", async () => {
      const { status, headers, json } = await list();
      expect(status).toBe(200);
      expect(json).toMatchObject({ count: 5, next: null, previous: null });
      expect(namesIn(json)).toEqual(names);
      expect(headers.get("x-total-count")).toBe("5");
      expect(headers.get("link")).toBeNull();
    });

    it("has pages, linked to each other", async () => {
      const { json, headers } = await list("?page_size=2&page=2");
      const next = at("page_size=2&page=3");
      const previous = at("page_size=2&page=1");
      expect(json).toMatchObject({ count: 5, next, previous });
      expect(namesIn(json)).toEqual(["Bob", "Ada"]);
      expect(headers.get("link")).toBe(`<${next}>; rel="next", <${previous}>; rel="prev"`);
      const last = await list("?page_size=2&page=3");
      expect(last.json).toMatchObject({ next: null });
      expect(namesIn(last.json)).toEqual(["Eve"]);
      const beyond = await list("?page_size=2&page=9");
      expect([beyond.status, namesIn(beyond.json)]).toEqual([200, []]);
    });

    it.each([
      ["name", ["Ada", "Ada", "Bob", "Cleo", "Eve"]],
      ["-name", ["Eve", "Cleo", "Bob", "Ada", "Ada"]],
      ["-id", names.toReversed()],
      ["created_at", names],
      ["-name,-id", ["Eve", "Cleo", "Bob", "Ada", "Ada"]],
    ])("is ordered by %s", async (ordering, want) => {
      const { json } = await list(`?ordering=${ordering}`);
      expect(namesIn(json)).toEqual(want);
    });

    it("orders by ids within equal names", async () => {
      const { json } = await list("?ordering=name,-id&name=Ada");
      expect(json).toMatchObject({ count: 2, results: [{ id: 4 }, { id: 2 }] });
    });

    it.each([
      ["name=Ada", ["Ada", "Ada"]],
      ["bio=Of%20Bob", ["Bob"]],
      ["name=Ada&bio=Of+Bob", []],
      ["name=ada", []],
      ["other=x", names],
    ])("is filtered by %s", async (query, want) => {
      const { json } = await list(`?${query}`);
      expect(json).toMatchObject({ count: want.length });
      expect(namesIn(json)).toEqual(want);
    });

    it("keeps the filter in its links", async () => {
      const { json } = await list("?name=Ada&page_size=1");
      expect(json).toMatchObject({ count: 2, next: at("name=Ada&page_size=1&page=2") });
    });

    it.each([
      "page=0",
      "page=x",
      "page_size=0",
      "page_size=1001",
      "ordering=nothing",
      "page_size=1e2",
    ])("refuses %s", async (query) => {
      const { status, json } = await list(`?${query}`);
      expect(status).toBe(400);
      const parameter = query.slice(0, query.indexOf("="));
      expect(json).toMatchObject({ errors: [{ code: "invalid-parameter", parameter }] });
    });

    it("answers HEAD without a body", async () => {
      const { status, bytes, headers } = await api.send("HEAD", profiles);
      expect([status, bytes.length, headers.get("x-total-count")]).toEqual([200, 0, "5"]);
    });
  });

  describe("a file that is no image", () => {
    const pretending = [
      { name: "JSON with base64", message: jsonOf({ name: "Ada", pic: none.toString("base64") }) },
      { name: "JSON with a data URI", message: jsonOf({ name: "Ada", pic: dataUri(none) }) },
      { name: "multipart", message: multipart([{ ...picPart, body: none }, namePart]) },
      { name: "urlencoded", message: urlencoded({ name: "Ada", pic: none.toString("base64") }) },
    ];
    const wholes: readonly Refused[] = pretending.flatMap(({ name, message }) =>
      [
        ["POST", profiles],
        ["PUT", first],
        ["PATCH", first],
      ].map(([method = "", path = ""]) => ({ name: `${method} ${name}`, method, path, message })),
    );
    // A raw body is the whole value: the pointer is that of the whole.
    const alone: readonly Refused[] = [
      { name: "PUT pic, multipart", message: multipart([{ ...picPart, body: none }]) },
      {
        name: "PUT pic, raw",
        pointer: "",
        message: { headers: { "content-type": "image/png" }, body: none },
      },
      { name: "PUT pic, no type", pointer: "", message: { body: none } },
    ].map((each) => ({ ...each, method: "PUT", path: pic }));

    it.each([...wholes, ...alone])("is refused by $name", async (refused) => {
      const { method, path, message, pointer } = refused;
      const before = (await createAda(blue)).json;
      const { status, json } = await api.send(method, path, message);
      expect(json).toMatchObject({
        type: "urn:problem-type:waybill:not-an-image",
        status: 400,
        errors: [{ code: "not-an-image", pointer: pointer ?? "/pic" }],
      });
      expect(status).toBe(400);
      expect(await read()).toEqual(before);
      expect((await api.send("GET", profiles)).json).toMatchObject({ count: 1 });
      expect(await api.stored()).toEqual([sha256(blue)]);
    });
  });

  describe("an image that does not decode", () => {
    const broken = Buffer.concat([red.subarray(0, 20), Buffer.alloc(30)]);
    it.each([
      { name: "JSON", message: jsonOf({ name: "Ada", pic: broken.toString("base64") }) },
      { name: "multipart", message: multipart([{ ...picPart, body: broken }, namePart]) },
      { name: "urlencoded", message: urlencoded({ name: "Ada", pic: broken.toString("base64") }) },
    ])("is refused by $name", async ({ message }) => {
      const { status, json } = await api.send("POST", profiles, message);
      expect(json).toMatchObject({ errors: [{ code: "not-an-image", pointer: "/pic" }] });
      expect(status).toBe(400);
      expect((await api.send("GET", profiles)).json).toMatchObject({ count: 0 });
      expect(await api.stored()).toEqual([]);
    });
  });

  it("goes by the bytes, not by the name or the type", async () => {
    const lying = multipart([
      namePart,
      bioPart,
      { name: "pic", filename: "red.png", type: "image/png", body: gif },
    ]);
    const { status, json } = await api.send("POST", profiles, lying);
    expect(status).toBe(201);
    expect(json).toEqual(ada(referenceTo(gif, "image/gif", "red.png")));
    expect((await api.send("GET", pic)).headers.get("content-type")).toBe("image/gif");
  });
});

const mergePatch = { "content-type": "application/merge-patch+json" };

interface Refused {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly message: Message;
  readonly pointer?: string;
}

function namesIn(list: unknown): unknown[] {
  const results: unknown[] = Object(list).results;
  return results.map((each) => Object(each).name);
}

describe("other documents", () => {
  const scenarios: Scenario[] = [];
  afterEach(async () => {
    for (const scenario of scenarios.splice(0)) await scenario.close();
  });
  const start = async (
    resource: object,
    options: Partial<WaybillOptions> = {},
  ): Promise<Scenario> => {
    const scenario = await startScenario({
      document: {
        openapi: "3.1.1",
        info: { title: "Things", version: "1" },
        components: {
          schemas: { Thing: { "x-resource": "/things", type: "object", ...resource } },
        },
      },
      ...options,
    });
    scenarios.push(scenario);
    return scenario;
  };
  const image = { contentMediaType: "image/*" };
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  it("give UUIDs in order, and times in camel case", async () => {
    const time = { type: "string", format: "date-time", readOnly: true };
    const api = await start({
      properties: {
        id: { type: "string", format: "uuid", readOnly: true },
        title: { type: "string" },
        cover: image,
        createdAt: time,
        updatedAt: time,
      },
    });
    const message = multipart([
      { name: "title", body: "One" },
      { name: "cover", filename: "red.png", body: red },
    ]);
    const { status, json, headers } = await api.send("POST", "/things", message);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      id: expect.stringMatching(uuid),
      title: "One",
      createdAt: dateTime,
      updatedAt: dateTime,
    });
    const path = `/things/${Object(json).id}`;
    expect(headers.get("location")).toBe(api.url + path);
    expect(json).toMatchObject({ cover: { url: `${api.url}${path}/cover` } });
    expect((await api.send("GET", path)).json).toEqual(json);
    expect((await api.send("GET", `${path}/cover`)).bytes).toEqual(red);
    for (const id of ["1", "x", "01970000-0000-7000-8000-000000000000"])
      expect((await api.send("GET", `/things/${id}`)).status).toBe(404);
  });

  it("demand a required picture in every style, and keep it from being cleared", async () => {
    const api = await start({
      "x-draft-expires": false,
      required: ["pic"],
      properties: { name: { type: "string" }, pic: image },
    });
    const messages = [
      jsonOf({ name: "A" }),
      multipart([{ name: "name", body: "A" }]),
      urlencoded({ name: "A" }),
    ];
    for (const message of messages) {
      const { status, json } = await api.send("POST", "/things", message);
      expect(json).toMatchObject({ errors: [{ code: "missing-property", pointer: "/pic" }] });
      expect(status).toBe(400);
    }
    expect((await api.json("POST", "/things", { name: "A", pic: null })).status).toBe(400);
    await api.json("POST", "/things", { name: "A", pic: red.toString("base64") });
    expect((await api.json("PATCH", "/things/1", { pic: null })).status).toBe(400);
    expect((await api.json("PUT", "/things/1", { name: "A" })).status).toBe(400);
    expect((await api.send("DELETE", "/things/1/pic")).status).toBe(405);
    expect(await api.stored()).toEqual([sha256(red)]);
  });

  describe("with an array of files", () => {
    const photos = {
      properties: {
        name: { type: "string" },
        photos: { type: "array", items: image, maxItems: 3 },
      },
    };
    it.each([
      {
        name: "multipart",
        message: multipart([photo(red), { name: "name", body: "A" }, photo(blue)]),
      },
      {
        name: "JSON",
        message: jsonOf({ name: "A", photos: [red.toString("base64"), dataUri(blue)] }),
      },
      {
        name: "urlencoded",
        message: {
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams([
            ["photos", red.toString("base64")],
            ["name", "A"],
            ["photos", blue.toString("base64")],
          ]).toString(),
        },
      },
    ])("takes them in order by $name", async ({ message }) => {
      const api = await start(photos);
      const { status, json } = await api.send("POST", "/things", message);
      expect(status).toBe(201);
      expect(digests(json)).toEqual([sha256(red), sha256(blue)]);
      const [one = "", two = ""] = urls(json);
      expect((await api.send("GET", one)).bytes).toEqual(red);
      expect((await api.send("GET", two)).bytes).toEqual(blue);
    });

    it("is added to, thinned out, kept, and deleted", async () => {
      const api = await start(photos);
      const created = await api.send("POST", "/things", multipart([photo(red)]));
      const added = await api.send(
        "POST",
        "/things/1/photos",
        multipart([photo(blue), photo(gif)]),
      );
      expect(added.status).toBe(201);
      expect(digests(added.json)).toEqual([red, blue, gif].map(sha256));
      expect(urls(added.json)[0]).toBe(urls(created.json)[0]);

      expect((await api.send("DELETE", urls(added.json)[1] ?? "")).status).toBe(204);
      const thinned = await api.send("GET", "/things/1");
      expect(digests(thinned.json)).toEqual([red, gif].map(sha256));
      expect(await api.stored()).toEqual([red, gif].map(sha256).sort());

      const kept: unknown[] = Object(thinned.json).photos;
      const turned = await api.json("PATCH", "/things/1", {
        photos: [kept[1], blue.toString("base64"), kept[0]],
      });
      expect(turned.status).toBe(200);
      expect(digests(turned.json)).toEqual([gif, blue, red].map(sha256));

      expect((await api.json("PATCH", "/things/1", { photos: [] })).json).toMatchObject({
        photos: [],
      });
      expect(await api.stored()).toEqual([]);
    });

    it.each([
      { name: "multipart", message: multipart([photo(red), photo(red), photo(red), photo(red)]) },
      { name: "JSON", message: jsonOf({ photos: Array(4).fill(red.toString("base64")) }) },
    ])("refuses more than maxItems by $name", async ({ message }) => {
      const api = await start(photos);
      const { status } = await api.send("POST", "/things", message);
      expect([400, 413]).toContain(status);
      expect((await api.send("GET", "/things")).json).toMatchObject({ count: 0 });
      expect(await api.stored()).toEqual([]);
    });

    it("adds no file beyond maxItems", async () => {
      const api = await start(photos);
      await api.send("POST", "/things", multipart([photo(red), photo(red)]));
      const { status } = await api.send(
        "POST",
        "/things/1/photos",
        multipart([photo(blue), photo(blue)]),
      );
      expect([400, 413]).toContain(status);
      expect(digests((await api.send("GET", "/things/1")).json)).toEqual([
        sha256(red),
        sha256(red),
      ]);
    });

    it("refuses all where one is no image, and says which", async () => {
      const api = await start(photos);
      const messages = [
        multipart([photo(red), photo(none)]),
        jsonOf({ photos: [red.toString("base64"), none.toString("base64")] }),
      ];
      for (const message of messages) {
        const { json } = await api.send("POST", "/things", message);
        expect(json).toMatchObject({ errors: [{ code: "not-an-image", pointer: "/photos/1" }] });
        expect(await api.stored()).toEqual([]);
      }
    });
  });

  it.each([
    { name: "JSON", message: jsonOf({ pic: blue.toString("base64") }) },
    { name: "multipart", message: multipart([{ name: "pic", body: blue }]) },
    { name: "urlencoded", message: urlencoded({ pic: blue.toString("base64") }) },
  ])("hold the limit of pixels by $name", async ({ message }) => {
    const api = await start({ properties: { pic: image } }, { limits: { imagePixelsMax: 399 } });
    const { status, json } = await api.send("POST", "/things", message);
    const limit = { name: "imagePixelsMax", value: 399 };
    expect(json).toMatchObject({ errors: [{ code: "image-too-large", pointer: "/pic", limit }] });
    expect(status).toBe(413);
    expect(await api.stored()).toEqual([]);
    expect((await api.json("POST", "/things", { pic: red.toString("base64") })).status).toBe(201);
  });

  it("refuse what is read-only where the server is told to", async () => {
    const api = await start(
      { properties: { name: { type: "string" }, state: { type: "string", readOnly: true } } },
      { readOnly: "reject" },
    );
    const messages = [
      jsonOf({ name: "A", state: "x" }),
      multipart([
        { name: "name", body: "A" },
        { name: "state", body: "x" },
      ]),
      urlencoded({ name: "A", state: "x" }),
    ];
    for (const message of messages) {
      const { status, json } = await api.send("POST", "/things", message);
      expect(json).toMatchObject({ errors: [{ code: "read-only-property", pointer: "/state" }] });
      expect(status).toBe(400);
    }
  });
});

function photo(body: Buffer): Part {
  return { name: "photos", filename: "p.png", body };
}

function photosIn(json: unknown): unknown[] {
  return Object(json).photos;
}

function digests(json: unknown): unknown[] {
  return photosIn(json).map((each) => Object(each).sha256);
}

function urls(json: unknown): string[] {
  return photosIn(json).map((each) => new URL(String(Object(each).url)).pathname);
}
