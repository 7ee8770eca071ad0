// What tests of direct uploads share: a server over a folder, one over a store that signs, and what both are asked.
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { createSqliteDb } from "../../src/db/sqlite-db.js";
import { assembleWaybill, type WaybillOptions } from "../../src/server/create-waybill.js";
import { pictures } from "../system/http-scenario.js";
import { openWaybill, undo } from "./open-waybill.js";
import { createSignedStore } from "./signed-store.js";

export const schemas = {
  Profile: {
    "x-resource": "/profiles",
    type: "object",
    required: ["name"],
    properties: {
      name: { type: "string", maxLength: 20 },
      pic: { contentMediaType: "image/*" },
      raw: { contentMediaType: "*/*" },
    },
  },
};
export const document = {
  openapi: "3.1.1",
  info: { title: "T", version: "1" },
  components: { schemas },
};
export const bearerAuth = { type: "http", scheme: "bearer" };

export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  /** As its test knows it. */
  readonly value: ReturnType<typeof JSON.parse>;
}
export type Ask = (
  method: string,
  path: string,
  body?: object | Uint8Array | string,
  headers?: Record<string, string>,
) => Promise<Sent>;

export interface Handled {
  readonly fetch: (request: Request) => Promise<Response>;
}

export const askOf =
  ({ fetch }: Handled): Ask =>
  async (method, path, body, headers = {}) => {
    const isRaw = body instanceof Uint8Array || typeof body === "string";
    const url = path.startsWith("http") ? path : `http://api.test${path}`;
    const response = await fetch(
      new Request(url, {
        method,
        redirect: "manual",
        ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
        headers: {
          ...(body === undefined || isRaw ? {} : { "content-type": "application/json" }),
          ...(isRaw ? { "content-length": String(body.length) } : {}),
          ...headers,
        },
      }),
    );
    const text = await response.text();
    const isJson = text !== "" && response.headers.get("content-type")?.includes("json");
    return {
      status: response.status,
      headers: response.headers,
      value: isJson ? JSON.parse(text) : text,
    };
  };

export const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
export const said = (bytes: Uint8Array, more = {}) => ({
  size: bytes.length,
  mediaType: "image/png",
  sha256: sha256(bytes),
  filename: "red.png",
  ...more,
});
export const as = (who: string) => ({ authorization: `Bearer secret-${who}` });
export const png = { "content-type": "image/png" };

export async function local(options: Partial<WaybillOptions> = {}) {
  const { waybill, folder } = await openWaybill(schemas, options);
  const stored = async () => {
    const found = await readdir(join(folder, "files"), { recursive: true, withFileTypes: true });
    return found.filter((each) => each.isFile()).map(({ name }) => name);
  };
  return { ask: askOf(waybill), waybill, stored };
}

/** A server over a store that signs, whose clock is the test's. */
export async function remote(options: Partial<WaybillOptions> = {}, signed = createSignedStore()) {
  const db = await createSqliteDb({ path: ":memory:" });
  undo.push(() => db.close());
  const clock = { at: Date.UTC(2026, 0, 1), now: () => clock.at };
  const node = async () => {
    const data = { db, store: signed.store, close: async () => undefined };
    const waybill = await assembleWaybill({ document, prune: false, ...options }, data, clock);
    undo.push(() => waybill.close());
    await waybill.prune();
    return { ask: askOf(waybill), prune: () => waybill.prune() };
  };
  return { ...(await node()), node, signed, db, clock };
}

export const codesOf = ({ value }: Sent) =>
  value.errors.map(({ code, pointer = "-" }: Record<string, string>) => `${code} ${pointer}`);

export async function begin(ask: Ask, bytes: Uint8Array = pictures.red, more = {}, headers = {}) {
  const made = await ask("POST", "/uploads", said(bytes, more), headers);
  expect(made.status, JSON.stringify(made.value)).toBe(201);
  return made.value;
}
