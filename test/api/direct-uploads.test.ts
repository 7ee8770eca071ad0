// Uploads that clients send by themselves, to signed URLs of the server: where the store has none.
import { afterEach, describe, expect, it } from "vitest";
import { pictures } from "../system/http-scenario.js";
import { openWaybill, undo, undoAll } from "./open-waybill.js";
import {
  as,
  askOf,
  bearerAuth,
  begin,
  codesOf,
  document,
  local,
  png,
  said,
  schemas,
  sha256,
} from "./direct-api.js";

afterEach(undoAll);

describe("to the server", () => {
  it("is asked for, sent without credentials, completed and attached", async () => {
    const { ask } = await local();
    const made = await ask("POST", "/uploads", said(pictures.red));
    expect(made.status).toBe(201);
    const { upload, direct, complete, id } = made.value;
    expect(made.value).toEqual({
      upload: expect.stringMatching(/^wbu_/),
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      state: "reserved",
      size: pictures.red.length,
      offset: 0,
      expiresAt: expect.stringMatching(/Z$/),
      direct: {
        kind: "put",
        method: "PUT",
        url: expect.stringMatching(
          `^http://api.test/uploads/${id}/content\\?expires=\\d+&signature=[\\w-]{43}$`,
        ),
        headers: png,
        expiresAt: expect.stringMatching(/Z$/),
      },
      complete: `http://api.test/uploads/${id}/complete`,
    });
    expect(made.headers.get("location")).toBe(`http://api.test/uploads/${id}`);
    expect(made.headers.get("cache-control")).toBe("no-store");
    const create = { name: "A", pic: { upload } };
    const early = await ask("POST", "/profiles", create);
    expect(codesOf(early)).toEqual(["upload-not-usable /pic"]);

    const sent = await ask(direct.method, direct.url, pictures.red, direct.headers);
    expect([sent.status, sent.headers.get("etag")]).toEqual([200, `"${id}"`]);
    expect(codesOf(await ask("POST", "/profiles", create))).toEqual(["upload-not-usable /pic"]);
    for (const _ of [1, 2]) {
      const done = await ask("POST", complete);
      expect(done.status).toBe(200);
      const { size, sha256: digest, ...rest } = said(pictures.red);
      expect(done.value).toMatchObject({ ...rest, size, sha256: digest, state: "verified" });
    }
    const again = await ask("PUT", direct.url, pictures.red, direct.headers);
    expect(codesOf(again)).toEqual(["completed-upload -"]);
    const profile = await ask("POST", "/profiles", create);
    expect(profile.value.pic).toMatchObject({ filename: "red.png", sha256: sha256(pictures.red) });
    expect(codesOf(await ask("POST", "/profiles", create))).toEqual(["upload-not-usable /pic"]);
    expect((await ask("POST", complete)).value.state).toBe("attached");
  });

  it.each([
    ["a missing member", { mediaType: "image/png" }, ["missing-property /size"]],
    ["nothing", {}, ["missing-property /size", "missing-property /mediaType"]],
    ["a size that is none", { size: -1, mediaType: "a/b" }, ["invalid-value /size"]],
    ["a size in a string", { size: "1", mediaType: "a/b" }, ["invalid-value /size"]],
    ["a fraction", { size: 1.5, mediaType: "a/b" }, ["invalid-value /size"]],
    ["no media type", { size: 1, mediaType: "png" }, ["invalid-value /mediaType"]],
    ["a range", { size: 1, mediaType: "image/*" }, ["invalid-value /mediaType"]],
    ["a line end", { size: 1, mediaType: 'a/b; c="\r\nx: y"' }, ["invalid-value /mediaType"]],
    [
      "a digest that is none",
      { size: 1, mediaType: "a/b", sha256: "ab" },
      ["invalid-value /sha256"],
    ],
    ["another method", { size: 1, mediaType: "a/b", method: "PATCH" }, ["invalid-value /method"]],
    ["an unknown member", { size: 1, mediaType: "a/b", sha: "" }, ["unknown-property /sha"]],
    ["no object", [], ["invalid-value "]],
  ])("refuses %s, and leaves nothing", async (_, body, want) => {
    const { ask, stored } = await local();
    const answer = await ask("POST", "/uploads", body);
    expect([answer.status, codesOf(answer)]).toEqual([400, want]);
    expect(await stored()).toEqual([]);
  });

  it("refuses more than is allowed at once", async () => {
    const { ask } = await local({ limits: { fileBytesMax: 10 } });
    const answer = await ask("POST", "/uploads", { size: 11, mediaType: "a/b" });
    expect([answer.status, codesOf(answer)]).toEqual([413, ["file-too-large /size"]]);
    expect((await ask("POST", "/uploads", { size: 10, mediaType: "a/b" })).status).toBe(201);
  });

  it("signs a media type as it goes over the wire: storages have no other spaces in it", async () => {
    const { ask } = await local();
    const mediaType = 'Text/Plain  ;charset="utf-8"; ';
    const { direct, complete } = await begin(ask, pictures.red, { mediaType });
    expect(direct.headers).toEqual({ "content-type": "text/plain; charset=utf-8" });
    expect((await ask("PUT", direct.url, pictures.red, { "content-type": mediaType })).status).toBe(
      200,
    );
    expect((await ask("POST", complete)).status).toBe(200);
  });

  it("takes a file without octets", async () => {
    const { ask } = await local();
    const none = new Uint8Array();
    const type = { "content-type": "text/plain" };
    const { upload, direct, complete } = await begin(ask, none, { mediaType: "text/plain" });
    expect((await ask("POST", complete)).status).toBe(409);
    expect((await ask("PUT", direct.url, none, type)).status).toBe(200);
    expect((await ask("POST", complete)).value).toMatchObject({ state: "verified", size: 0 });
    const profile = await ask("POST", "/profiles", { name: "A", raw: { upload } });
    expect(profile.value.raw).toMatchObject({ size: 0, sha256: sha256(none) });
  });

  it.each([
    ["fewer octets", pictures.red.subarray(1), png, "inconsistent-upload-length"],
    ["more octets", Buffer.concat([pictures.red, pictures.red]), png, "inconsistent-upload-length"],
    ["no length", pictures.red, { ...png, "content-length": "" }, "inconsistent-upload-length"],
    ["another type", pictures.red, { "content-type": "text/html" }, "unsupported-media-type"],
    ["no type", pictures.red, {}, "unsupported-media-type"],
    [
      "a coding",
      pictures.red,
      { ...png, "content-encoding": "gzip" },
      "unsupported-content-encoding",
    ],
    ["other octets", pictures.red.map((each) => each ^ 1), png, "digest-mismatch"],
  ])("refuses %s, and can be sent again", async (_, bytes, headers, code) => {
    const { ask } = await local();
    const { direct, complete } = await begin(ask);
    expect(codesOf(await ask("PUT", direct.url, bytes, headers))).toEqual([`${code} -`]);
    const early = await ask("POST", complete);
    expect([early.status, codesOf(early)]).toEqual([409, ["conflict -"]]);
    expect((await ask("PUT", direct.url, pictures.red, png)).status).toBe(200);
    // Whoever has not heard of it sends it once more.
    expect((await ask("PUT", direct.url, pictures.red, png)).status).toBe(200);
    expect((await ask("POST", complete)).status).toBe(200);
  });

  it("a second try that breaks leaves nothing that could be completed", async () => {
    const { ask } = await local();
    const { direct, complete } = await begin(ask);
    await ask("PUT", direct.url, pictures.red, png);
    const wrong = pictures.red.map((each) => each ^ 1);
    expect((await ask("PUT", direct.url, wrong, png)).status).toBe(400);
    expect((await ask("POST", complete)).status).toBe(409);
    await ask("PUT", direct.url, pictures.red, png);
    expect((await ask("POST", complete)).status).toBe(200);
  });

  it("a URL is for one upload, one method and one time", async () => {
    const { ask } = await local();
    const [one, other] = [await begin(ask), await begin(ask)];
    const url = new URL(one.direct.url);
    const changed = (change: (url: URL) => void): string => {
      const copy = new URL(url);
      change(copy);
      return copy.href;
    };
    const foreign = [
      changed((each) => (each.pathname = each.pathname.replace(one.id, other.id))),
      changed((each) => each.searchParams.set("expires", String(2 ** 33))),
      changed((each) => each.searchParams.set("signature", one.upload)),
      changed((each) => each.searchParams.set("signature", "")),
      changed((each) => each.searchParams.delete("expires")),
      changed((each) => (each.pathname = each.pathname.replace(one.id, crypto.randomUUID()))),
      changed((each) => each.searchParams.set("signature", "A".repeat(43))),
    ];
    for (const each of foreign) {
      const answer = await ask("PUT", each, pictures.red, png);
      expect([answer.status, codesOf(answer)], each).toEqual([403, ["forbidden -"]]);
    }
  });

  it("a URL ends with its time, and with its upload", async () => {
    let ahead = 0;
    const real = Date.now;
    undo.push(async () => void (Date.now = real));
    Date.now = () => real() + ahead;
    const { ask, waybill, stored } = await local({ uploads: { directMs: 60_000 } });
    const { direct, complete } = await begin(ask);
    ahead = 61_000;
    const late = await ask("PUT", direct.url, pictures.red, png);
    expect([late.status, late.value.detail]).toEqual([403, "The URL has expired."]);
    expect((await ask("POST", complete)).status).toBe(409);
    const next = await begin(ask);
    await ask("PUT", next.direct.url, pictures.red, png);
    expect((await ask("DELETE", `/uploads/${next.id}`)).status).toBe(204);
    expect(await stored()).toEqual([]);
    expect((await ask("PUT", next.direct.url, pictures.red, png)).status).toBe(410);
    expect((await ask("POST", next.complete)).status).toBe(410);
    ahead += 25 * 60 * 60 * 1000;
    await waybill.prune();
    expect((await ask("POST", complete)).status).toBe(410);
    expect(await stored()).toEqual([]);
  });

  it("is its owner's: nobody else completes, sees or attaches it", async () => {
    const { ask } = await local({
      document: {
        ...document,
        security: [{ bearerAuth: [] }],
        components: { schemas, securitySchemes: { bearerAuth } },
      },
      authenticate: ({ headers }) => headers["authorization"]?.replace("Bearer secret-", ""),
    });
    const { upload, direct, complete, id } = await begin(ask, pictures.red, {}, as("ada"));
    // The signature is all that the URL needs.
    expect((await ask("PUT", direct.url, pictures.red, png)).status).toBe(200);
    expect((await ask("POST", complete)).status).toBe(401);
    expect((await ask("POST", complete, undefined, as("bob"))).status).toBe(404);
    expect((await ask("GET", `/uploads/${id}`, undefined, as("bob"))).status).toBe(404);
    expect((await ask("POST", complete, undefined, as("ada"))).status).toBe(200);
    const create = { name: "A", pic: { upload } };
    expect((await ask("POST", "/profiles", create, as("bob"))).status).toBe(400);
    expect((await ask("POST", "/profiles", create, as("ada"))).status).toBe(201);
  });

  it("is for the operation and property that it was asked for", async () => {
    const { ask } = await local();
    const made = await ask("POST", "/uploads?property=raw", said(pictures.red));
    const { upload, direct, complete } = made.value;
    await ask("PUT", direct.url, pictures.red, png);
    await ask("POST", complete);
    const wrong = await ask("POST", "/profiles", { name: "A", pic: { upload } });
    expect(codesOf(wrong)).toEqual(["upload-not-usable /pic"]);
    expect((await ask("POST", "/profiles", { name: "A", raw: { upload } })).status).toBe(201);
  });

  it("is checked like any other: what is no image is refused where one is wanted", async () => {
    const { ask } = await local();
    const text = Buffer.from("<html>no image</html>");
    const { upload, direct, complete } = await begin(ask, text);
    await ask("PUT", direct.url, text, png);
    expect((await ask("POST", complete)).value.mediaType).toBe("text/html");
    const answer = await ask("POST", "/profiles", { name: "A", pic: { upload } });
    expect(codesOf(answer)).toEqual(["not-an-image /pic"]);
  });

  it("resumable protocols do not go on with it, nor it with theirs", async () => {
    const { ask } = await local();
    const { direct, complete, id } = await begin(ask);
    await ask("PUT", direct.url, pictures.red, png);
    const tus = { "tus-resumable": "1.0.0" };
    const octets = { "content-type": "application/offset+octet-stream", "upload-offset": "0" };
    const partial = { "content-type": "application/partial-upload", "upload-offset": "0" };
    const path = `/uploads/${id}`;
    const answers = [
      await ask("PATCH", path, "x", { ...tus, ...octets }),
      await ask("PATCH", path, "x", { ...partial, "upload-complete": "?1" }),
      await ask("HEAD", path, undefined, tus),
      await ask("HEAD", path),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect(codesOf(answers[0]!)).toEqual(["forbidden -"]);
    expect((await ask("POST", complete)).status).toBe(200);
    const made = await ask("POST", "/uploads", undefined, { ...tus, "upload-length": "3" });
    const other = made.headers.get("location") ?? "";
    const wrong = await ask("POST", `${other}/complete`);
    expect([wrong.status, codesOf(wrong)]).toEqual([403, ["forbidden -"]]);
  });

  it("is made once for one Idempotency-Key, with a new token", async () => {
    const { ask } = await local();
    const key = { "idempotency-key": "k1" };
    const first = await begin(ask, pictures.red, {}, key);
    const again = await begin(ask, pictures.red, {}, key);
    expect([again.id, again.complete]).toEqual([first.id, first.complete]);
    expect(again.upload).not.toBe(first.upload);
    const reused = await ask("POST", "/uploads", said(pictures.blue), key);
    expect(codesOf(reused)).toEqual(["idempotency-key-reused -"]);
    await ask("PUT", again.direct.url, pictures.red, png);
    await ask("POST", again.complete);
    const done = await begin(ask, pictures.red, {}, key);
    expect(done).toMatchObject({ id: first.id, state: "verified" });
    expect(done).not.toHaveProperty("direct");
    const create = { name: "A", pic: { upload: done.upload } };
    expect((await ask("POST", "/profiles", create)).status).toBe(201);
  });

  it("its URLs are below the public URL and the base path", async () => {
    const { ask } = await local({
      document: { ...document, servers: [{ url: "/v1" }] },
      publicUrl: "https://files.example.com/api",
      cors: { origins: ["https://app.example.com"] },
    });
    const made = await ask("POST", "/v1/uploads", said(pictures.red));
    const { direct, complete, id } = made.value;
    const base = `https://files.example.com/api/v1/uploads/${id}`;
    expect(complete).toBe(`${base}/complete`);
    expect(direct.url.startsWith(`${base}/content?`)).toBe(true);
    const path = direct.url.replace("https://files.example.com/api", "");
    const origin = { origin: "https://app.example.com" };
    const preflight = await ask("OPTIONS", path, undefined, {
      ...origin,
      "access-control-request-method": "PUT",
      "access-control-request-headers": "content-type",
    });
    expect(preflight.headers.get("access-control-allow-methods")).toContain("PUT");
    expect(preflight.headers.get("access-control-allow-headers")).toBe("content-type");
    const sent = await ask("PUT", path, pictures.red, { ...png, ...origin });
    expect(sent.status).toBe(200);
    expect(sent.headers.get("access-control-allow-origin")).toBe(origin.origin);
    expect(sent.headers.get("access-control-expose-headers")).toContain("etag");
  });

  it("secrets are the database's: a server that starts again knows the URL of the one before", async () => {
    const { waybill, folder } = await openWaybill(schemas);
    const { direct } = await begin(askOf(waybill));
    await waybill.close();
    const next = askOf((await openWaybill(schemas, {}, folder)).waybill);
    expect((await next("PUT", direct.url, pictures.red, png)).status).toBe(200);
  });

  it("a file in JSON is still a file by another way", async () => {
    const { ask } = await local();
    const type = { "content-type": "application/octet-stream" };
    expect((await ask("POST", "/uploads", '{"a": 1}', type)).value.size).toBe(8);
  });
});

describe("where the document has a path below uploads itself", () => {
  it("they are not there, and JSON is a file like any other", async () => {
    const octets = { requestBody: { content: { "application/octet-stream": {} } } };
    const paths = { "/{a}/{b}/{c}": { put: { ...octets, responses: {} } } };
    const { ask } = await local({ document: { ...document, paths } });
    const answer = await ask("POST", "/uploads", said(pictures.red));
    expect(answer.value).toMatchObject({ mediaType: "application/json" });
    expect(answer.value).not.toHaveProperty("direct");
  });
});
