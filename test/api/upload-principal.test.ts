// Whose an upload is: what `authenticate` gives, told apart and known again.
import { afterEach, describe, expect, it } from "vitest";
import { pictures } from "../system/http-scenario.js";
import { openWaybill, undoAll } from "./open-waybill.js";

afterEach(undoAll);

const schemas = {
  Thing: {
    "x-resource": "/things",
    type: "object",
    properties: { pic: { contentMediaType: "image/*" } },
  },
  Scan: {
    "x-resource": "/scans",
    required: ["pic"],
    properties: { pic: { contentMediaType: "image/*" } },
  },
};

/** `who` is what `authenticate` gives for the next request. */
async function start() {
  let principal: unknown;
  const options = { data: ":memory:", authenticate: () => principal };
  const { waybill } = await openWaybill(schemas, options);
  const send = async (who: unknown, method: string, path: string, body?: object) => {
    principal = who;
    const isRaw = body instanceof Uint8Array;
    const response = await waybill.fetch(
      new Request(`http://api.test${path}`, {
        method,
        headers: { "content-type": isRaw ? "image/png" : "application/json" },
        ...(body ? { body: isRaw ? Buffer.from(body) : JSON.stringify(body) } : {}),
      }),
    );
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const stage = (who: unknown) => send(who, "POST", "/uploads", pictures.red);
  const attach = async (by: unknown, to: unknown): Promise<number> => {
    const staged = await stage(by);
    expect(staged.status).toBe(201);
    const { upload } = JSON.parse(staged.text) as { upload: string };
    return (await send(to, "POST", "/things", { pic: { upload } })).status;
  };
  return { send, stage, attach };
}

const circular: Record<string, unknown> = {};
circular["self"] = circular;
class Hidden {
  readonly #name: string;
  constructor(name: string) {
    this.#name = name;
  }
  get name() {
    return this.#name;
  }
}

const nameless: [string, unknown][] = [
  ["a circular object", circular],
  ["a BigInt within", { age: 1n }],
  ["a Map", new Map([["name", "ada"]])],
  ["private fields", new Hidden("ada")],
  ["an id that is an object", { id: { name: "ada" } }],
  ["a yes", true],
];

describe("whose an upload is", () => {
  it.each(nameless)("%s is nobody to be known again: 501, and all else works", async (_, who) => {
    const { send, stage } = await start();
    expect((await send(who, "POST", "/things", {})).status).toBe(201);
    expect((await send(who, "GET", "/things")).status).toBe(200);
    const { status, text } = await stage(who);
    expect(status).toBe(501);
    expect(text).toContain("`id` or `sub`");
    expect((await send(who, "GET", "/uploads/1")).status).toBe(501);
    expect((await send(who, "DELETE", "/uploads/1")).status).toBe(501);
  });

  it.each(nameless)("%s can have no draft, which nobody could complete", async (_, who) => {
    const { send } = await start();
    const { status, text } = await send(who, "POST", "/scans", {});
    expect([status, text]).toEqual([400, expect.stringContaining("missing-property")]);
    expect((await send("ada", "POST", "/scans", {})).text).toContain('"draft":true');
  });

  it.each(nameless)("%s has no use of another's token", async (_, who) => {
    const { attach } = await start();
    expect(await attach("ada", who)).toBe(400);
  });

  const ada = { sub: "ada", iat: 1, exp: 2 };
  it.each<[string, unknown, unknown, number]>([
    ["the same text", "ada", "ada", 201],
    ["another text", "ada", "bob", 400],
    ["the same number", 7, 7, 201],
    ["a number and its text", 7, "7", 400],
    ["claims of a refreshed token", ada, { exp: 9, iat: 8, sub: "ada" }, 201],
    ["claims of another", ada, { ...ada, sub: "bob" }, 400],
    ["the same id", { id: 1, seen: new Map() }, { id: 1, seen: circular }, 201],
    ["an id and another's sub", { id: "ada" }, { sub: "ada" }, 400],
    ["an id and another's name", { id: "ada" }, "ada", 400],
    ["nobody's is anybody's", undefined, "ada", 201],
  ])("%s", async (_, by, to, status) => {
    const { attach } = await start();
    expect(await attach(by, to)).toBe(status);
  });
});
