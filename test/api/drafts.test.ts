// Create first, attach later: drafts through a real port, with what others see and what is stored after each step.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  jsonOf,
  multipart,
  pictures,
  sha256,
  startScenario,
  urlencoded,
  type Answer,
  type Message,
  type Scenario,
} from "../system/http-scenario.js";
import { undo, undoAll } from "./open-waybill.js";

const { red, blue, none } = pictures;
const image = { contentMediaType: "image/*" };
const passport = {
  "x-resource": "/passports",
  type: "object",
  required: ["name", "front", "back"],
  properties: {
    id: { type: "integer", readOnly: true },
    name: { type: "string", maxLength: 20 },
    front: image,
    back: image,
    note: { contentMediaType: "text/plain" },
  },
};
const album = {
  "x-resource": "/albums/",
  type: "object",
  required: ["pages"],
  properties: {
    draft: { type: "boolean" },
    pages: { type: "array", items: image, minItems: 2 },
  },
};
const hourMs = 60 * 60 * 1000;

let api: Scenario;

async function start(schemas: object, more: object = {}): Promise<Scenario> {
  const made = await startScenario({
    document: { openapi: "3.1.1", info: { title: "T", version: "1" }, components: { schemas } },
    authenticate: ({ headers }) => headers["x-user"],
    prune: { intervalMs: 5 },
    ...more,
  });
  undo.push(() => made.close());
  return made;
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  api = await start({ Passport: passport, Album: album });
});
afterEach(async () => {
  vi.useRealTimers();
  await undoAll();
});

type By = (method: string, path: string, message?: unknown) => Promise<Answer>;

function by(user: string | undefined, on = (): Scenario => api): By {
  const own: Record<string, string> = user === undefined ? {} : { "x-user": user };
  return (method, path, message) => {
    const { headers = {}, body } = isMessage(message)
      ? message
      : message === undefined
        ? {}
        : jsonOf(message);
    return on().send(method, path, {
      headers: { ...own, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  };
}

function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && "body" in value;
}

const bytes = (body: Buffer, type = "image/png"): Message => ({
  headers: { "content-type": type },
  body,
});
const ada = by("ada");
const bob = by("bob");
const nobody = by(undefined);

const reference = (file: Buffer): unknown =>
  expect.objectContaining({ sha256: sha256(file), mediaType: "image/png" });
const faultsOf = ({ json }: Answer): string[] =>
  (json as { errors: { code: string; pointer?: string }[] }).errors.map(
    ({ code, pointer }) => `${code} ${pointer ?? "-"}`,
  );

/** What all who may ask see of the lists. */
async function listed(path = "/passports"): Promise<unknown[]> {
  return Promise.all(
    [ada, bob, nobody].map(async (ask) => {
      const { headers, json } = await ask("GET", path);
      const { count, results } = json as { count: number; results: { id: number }[] };
      expect(headers.get("x-total-count")).toBe(String(count));
      expect(results.length).toBe(count);
      return results.map(({ id }) => id);
    }),
  );
}

const nothing = [[], [], []];

describe("a create without a file that is required", () => {
  const styles: { name: string; message: Message }[] = [
    { name: "JSON", message: jsonOf({ name: "A" }) },
    { name: "multipart", message: multipart([{ name: "name", body: "A" }]) },
    { name: "urlencoded", message: urlencoded({ name: "A" }) },
  ];
  it.each(styles)(
    "is a draft by $name: told in the body, with links to what is missing",
    async ({ message }) => {
      const { status, headers, json } = await ada("POST", "/passports", message);
      expect(json).toEqual({ id: 1, name: "A", note: null, draft: true });
      expect(status).toBe(201);
      expect(headers.get("location")).toBe(`${api.url}/passports/1`);
      expect(headers.get("link")).toBe(
        `<${api.url}/passports/1/front>; rel="edit-media"; title="front", ` +
          `<${api.url}/passports/1/back>; rel="edit-media"; title="back"`,
      );
      const createdMs = Math.floor(Date.now() / 1000) * 1000;
      expect(Date.parse(headers.get("sunset") ?? "")).toBe(createdMs + 24 * hourMs);
      expect(await listed()).toEqual(nothing);
    },
  );

  it("is one with some of its files, and needs the others only", async () => {
    const { headers, json } = await ada(
      "POST",
      "/passports",
      multipart([
        { name: "name", body: "A" },
        { name: "back", filename: "b.png", type: "image/png", body: blue },
      ]),
    );
    expect(json).toMatchObject({ draft: true, back: { sha256: sha256(blue) } });
    expect(json).not.toHaveProperty("front");
    expect(headers.get("link")).toMatch(/^<[^,]*\/front>; [^,]*$/);
    expect(await api.stored()).toEqual([sha256(blue)]);
  });

  it("with all of them is none", async () => {
    const front = red.toString("base64");
    const { headers, json } = await ada("POST", "/passports", { name: "A", front, back: front });
    expect(json).toEqual({
      id: 1,
      name: "A",
      note: null,
      front: reference(red),
      back: reference(red),
    });
    expect([headers.get("link"), headers.get("sunset")]).toEqual([null, null]);
    expect(await listed()).toEqual([[1], [1], [1]]);
  });

  it.each([
    { given: {}, want: ["missing-property /name"] },
    { given: { name: "A".repeat(21) }, want: ["invalid-value /name"] },
    { given: { name: "A", more: 1 }, want: ["unknown-property /more"] },
    { given: { name: "A", front: null }, want: ["invalid-value /front"] },
    { given: { name: "A", front: "" }, want: ["not-an-image /front"] },
    {
      given: { name: "A", front: none.toString("base64") },
      want: ["not-an-image /front"],
    },
  ])("is told other faults as ever: $want", async ({ given, want }) => {
    const answer = await ada("POST", "/passports", given);
    expect(answer.status).toBe(400);
    expect([...new Set(faultsOf(answer))]).toEqual(want);
    expect((await ada("GET", "/passports/1")).status).toBe(404);
    expect(await api.stored()).toEqual([]);
  });

  it("calls its state otherwise where the document means something else by `draft`", async () => {
    const { json, headers } = await ada("POST", "/albums/", { draft: false });
    expect(json).toEqual({ id: 1, draft: false, is_draft: true });
    expect(headers.get("link")).toBe(
      `<${api.url}/albums/1/pages/>; rel="edit-media"; title="pages"`,
    );
  });
});

describe("a draft", () => {
  beforeEach(async () => {
    expect((await ada("POST", "/passports", { name: "A" })).status).toBe(201);
  });

  it("is there for who made it, and for nobody else", async () => {
    const own = await ada("GET", "/passports/1");
    expect([own.status, own.json]).toEqual([200, { id: 1, name: "A", note: null, draft: true }]);
    expect(own.headers.get("link")).toContain("/passports/1/back");
    const unknown = await bob("GET", "/passports/2");
    const requests: [string, string, Message?][] = [
      ["GET", "/passports/1"],
      ["PATCH", "/passports/1", jsonOf({ name: "B" })],
      ["PUT", "/passports/1", jsonOf({ name: "B", front: red.toString("base64") })],
      ["DELETE", "/passports/1"],
      ["PUT", "/passports/1/front", bytes(red)],
      ["GET", "/passports/1/front"],
    ];
    for (const [method, path, message] of requests)
      for (const ask of [bob, nobody]) {
        const { status, json } = await ask(method, path, message);
        expect([method, path, status]).toEqual([method, path, 404]);
        if (method === "GET" && path === "/passports/1")
          expect(withoutId(json)).toEqual(withoutId(unknown.json));
      }
    expect(await listed()).toEqual(nothing);
    expect(await listed("/passports?name=A")).toEqual(nothing);
    expect((await ada("GET", "/passports/1")).json).toEqual(own.json);
    expect(await api.stored()).toEqual([]);
  });

  it.each([
    { name: "front first", order: ["front", "back"] },
    { name: "back first", order: ["back", "front"] },
  ])("is complete with its last file, $name, and then everybody's", async ({ order }) => {
    const [first = "", last = ""] = order;
    const one = await ada("PUT", `/passports/1/${first}`, bytes(red));
    expect(one.json).toMatchObject({ draft: true, [first]: { sha256: sha256(red) } });
    expect(one.headers.get("link")).toBe(
      `<${api.url}/passports/1/${last}>; rel="edit-media"; title="${last}"`,
    );
    expect((await ada("GET", `/passports/1/${first}`)).bytes).toEqual(red);
    expect((await bob("GET", `/passports/1/${first}`)).status).toBe(404);
    expect(await listed()).toEqual(nothing);
    const all = await ada("PUT", `/passports/1/${last}`, bytes(blue));
    expect(all.json).toEqual({
      id: 1,
      name: "A",
      note: null,
      [first]: reference(red),
      [last]: reference(blue),
    });
    expect([all.headers.get("link"), all.headers.get("sunset")]).toEqual([null, null]);
    expect(await listed()).toEqual([[1], [1], [1]]);
    expect((await bob("GET", "/passports/1")).json).toEqual(all.json);
    vi.setSystemTime(Date.now() + 100 * hourMs);
    await pruned();
    expect((await nobody("GET", `/passports/1/${last}`)).bytes).toEqual(blue);
  });

  it("may be completed by what was read, with its files added", async () => {
    const { json } = await ada("GET", "/passports/1");
    const front = red.toString("base64");
    expect(faultsOf(await ada("PUT", "/passports/1", json))).toEqual([
      "missing-property /front",
      "missing-property /back",
    ]);
    expect(await listed()).toEqual(nothing);
    const put = await ada("PUT", "/passports/1", { ...(json as object), front, back: front });
    expect(put.json).toEqual({
      id: 1,
      name: "A",
      note: null,
      front: reference(red),
      back: reference(red),
    });
    expect(await listed()).toEqual([[1], [1], [1]]);
  });

  it("may be completed by a patch with files, and be patched before", async () => {
    const renamed = await ada("PATCH", "/passports/1", { name: "B", draft: false });
    expect(renamed.json).toEqual({ id: 1, name: "B", note: null, draft: true });
    const files = multipart([
      { name: "front", filename: "f.png", type: "image/png", body: red },
      { name: "back", filename: "b.png", type: "image/png", body: blue },
    ]);
    expect((await ada("PATCH", "/passports/1", files)).json).not.toHaveProperty("draft");
    expect(await listed()).toEqual([[1], [1], [1]]);
  });

  it("keeps the required files that it has", async () => {
    await ada("PUT", "/passports/1/front", bytes(red));
    expect((await ada("PATCH", "/passports/1", { front: null })).status).toBe(400);
    expect((await ada("PUT", "/passports/1", { name: "A" })).status).toBe(400);
    expect((await ada("DELETE", "/passports/1/front")).status).toBe(405);
    expect((await ada("GET", "/passports/1/front")).bytes).toEqual(red);
    expect(await api.stored()).toEqual([sha256(red)]);
  });

  it("takes optional files too, which complete nothing", async () => {
    const { json } = await ada("PUT", "/passports/1/note", bytes(Buffer.from("hi"), "text/plain"));
    expect(json).toMatchObject({ draft: true, note: { size: 2 } });
    expect(await listed()).toEqual(nothing);
  });

  it("is deleted with its files", async () => {
    await ada("PUT", "/passports/1/front", bytes(red));
    expect((await ada("DELETE", "/passports/1")).status).toBe(204);
    expect((await ada("GET", "/passports/1")).status).toBe(404);
    expect(await api.stored()).toEqual([]);
  });

  it("refuses a file that does not fit, and stays one", async () => {
    await ada("PUT", "/passports/1/front", bytes(red));
    expect((await ada("PUT", "/passports/1/back", bytes(none))).status).toBe(400);
    expect((await ada("GET", "/passports/1")).json).toMatchObject({ draft: true });
    expect(await listed()).toEqual(nothing);
  });

  it("goes when its time is over: row, files and bytes, and is not seen before that", async () => {
    await ada("PUT", "/passports/1/front", bytes(red));
    vi.setSystemTime(Date.now() + 24 * hourMs - 1);
    await pruned();
    expect((await ada("GET", "/passports/1")).status).toBe(200);
    expect(await api.stored()).toEqual([sha256(red)]);
    vi.setSystemTime(Date.now() + 1);
    expect((await ada("GET", "/passports/1")).status).toBe(404);
    expect((await ada("PUT", "/passports/1/back", bytes(blue))).status).toBe(404);
    await vi.waitFor(async () => expect(await api.stored()).toEqual([]));
    expect(await listed()).toEqual(nothing);
    expect((await ada("POST", "/passports", { name: "B" })).json).toMatchObject({ id: 2 });
  });
});

it("of nobody in particular is everybody's who knows where it is, unless they say who they are", async () => {
  await nobody("POST", "/passports", { name: "A" });
  expect((await nobody("GET", "/passports/1")).status).toBe(200);
  expect((await ada("GET", "/passports/1")).status).toBe(404);
  expect(await listed()).toEqual(nothing);
});

const page = (body: Buffer) => ({ name: "pages", filename: "p.png", type: "image/png", body });

it("with an array of files is complete when the array fits", async () => {
  await ada("POST", "/albums/", {});
  const few = await ada("POST", "/albums/1/pages/", multipart([page(red)]));
  expect([few.status, faultsOf(few)]).toEqual([400, ["invalid-value /pages"]]);
  expect(await listed("/albums/")).toEqual(nothing);
  const all = await ada("POST", "/albums/1/pages/", multipart([page(red), page(blue)]));
  expect(all.json).toEqual({ id: 1, pages: [reference(red), reference(blue)] });
  expect(await listed("/albums/")).toEqual([[1], [1], [1]]);
});

describe("x-draft-expires", () => {
  it("says how long a draft may take", async () => {
    api = await start({ Passport: { ...passport, "x-draft-expires": "PT90M" } });
    const { headers } = await ada("POST", "/passports", { name: "A" });
    expect(Date.parse(headers.get("sunset") ?? "") - Date.now()).toBeLessThanOrEqual(1.5 * hourMs);
    vi.setSystemTime(Date.now() + 1.5 * hourMs - 1);
    expect((await ada("GET", "/passports/1")).status).toBe(200);
    vi.setSystemTime(Date.now() + 1);
    expect((await ada("GET", "/passports/1")).status).toBe(404);
  });

  it("may say that there are none", async () => {
    api = await start({ Passport: { ...passport, "x-draft-expires": false } });
    const answer = await ada("POST", "/passports", { name: "A" });
    expect(answer.status).toBe(400);
    expect(faultsOf(answer)).toEqual(["missing-property /front", "missing-property /back"]);
    expect((await ada("GET", "/passports/1")).status).toBe(404);
  });
});

const schema = (required: string[]) => ({
  type: "object",
  required,
  properties: {
    name: { type: "string" },
    pic: { type: "string", contentEncoding: "base64", contentMediaType: "image/png" },
  },
  additionalProperties: false,
});
const from = (paths: object): Promise<Scenario> => {
  const document = { openapi: "3.1.1", info: { title: "T", version: "1" }, paths };
  return start({}, { document });
};

const json = (required: string[]) => ({ "application/json": { schema: schema(required) } });

describe("a document that is written in full", () => {
  const octets = { content: { "image/png": { schema: { contentMediaType: "image/png" } } } };
  const pathsOf = (content: object, more: object = {}) => ({
    "/things": { post: { requestBody: { content } }, get: {} },
    "/things/{id}": { get: {}, patch: { requestBody: { content: json([]) } } },
    ...more,
  });
  const file = { "/things/{id}/pic": { put: { requestBody: octets }, get: {} } };

  it("has drafts where the file has a path of its own to be put to", async () => {
    api = await from(pathsOf(json(["name", "pic"]), file));
    const { status, json: made } = await ada("POST", "/things", { name: "A" });
    expect([status, made]).toEqual([201, { name: "A", draft: true }]);
    // Sent back as it was read, though the schema knows no such property.
    const patched = await ada("PATCH", "/things/1", made);
    expect([patched.status, patched.json]).toEqual([200, made]);
    expect((await ada("PUT", "/things/1/pic", bytes(red))).json).not.toHaveProperty("draft");
    expect((await bob("GET", "/things")).headers.get("x-total-count")).toBe("1");
  });

  it.each([
    { name: "no such path", paths: pathsOf(json(["name", "pic"])) },
    {
      name: "a path that only reads",
      paths: pathsOf(json(["name", "pic"]), { "/things/{id}/pic": { get: {} } }),
    },
  ])("refuses what has $name", async ({ paths }) => {
    api = await from(paths);
    const answer = await ada("POST", "/things", { name: "A" });
    expect([answer.status, faultsOf(answer)]).toEqual([400, ["missing-property /pic"]]);
  });

  it("has none where one media type does without the file", async () => {
    const form = { "multipart/form-data": { schema: schema(["name", "pic"]) } };
    api = await from(pathsOf({ ...json(["name"]), ...form }, file));
    expect((await ada("POST", "/things", { name: "A" })).json).toEqual({ name: "A" });
    const bare = await ada("POST", "/things", multipart([{ name: "name", body: "A" }]));
    expect([bare.status, faultsOf(bare)]).toEqual([400, ["missing-property /pic"]]);
  });

  it("leaves code that creates by itself alone", async () => {
    const seen: unknown[] = [];
    const paths = pathsOf(json(["name", "pic"]), file);
    Object.assign((paths["/things"] as { post: object }).post, { operationId: "make" });
    const document = { openapi: "3.1.1", info: { title: "T", version: "1" }, paths };
    const handle = ({ value }: { value: unknown }) => (seen.push(value), {});
    api = await start({}, { document, operations: { make: { handle } } });
    expect((await ada("POST", "/things", { name: "A" })).status).toBe(400);
    expect(seen).toEqual([]);
  });
});

/** Two rounds of the pruner begin after now. */
async function pruned(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 40));
}

function withoutId(problem: unknown): unknown {
  return { ...(problem as object), requestId: "", detail: "", errors: "" };
}
