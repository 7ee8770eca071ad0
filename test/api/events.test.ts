// The event log: what each change of an upload, a file or a resource leaves in it, and what a refused one does not.
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createSqliteDb } from "../../src/db/sqlite-db.js";
import type { Waybill } from "../../src/server/create-waybill.js";
import { pictures } from "../system/http-scenario.js";
import { openWaybill, undoAll } from "./open-waybill.js";
import type { Db } from "../../src/db/db.js";

const image = { contentMediaType: "image/*" };
const schemas = {
  Profile: {
    "x-resource": "/profiles",
    type: "object",
    required: ["name"],
    properties: { name: { type: "string", maxLength: 9 }, pic: image, note: image },
  },
  Passport: {
    "x-resource": "/passports",
    type: "object",
    required: ["front"],
    properties: { front: image },
  },
};
const dayMs = 24 * 60 * 60 * 1000;

let waybill: Waybill;
let db: Db;
let folder: string;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const prune = { intervalMs: 5, eventsMs: 7 * dayMs };
  ({ waybill, folder } = await openWaybill(schemas, { prune }));
  db = await createSqliteDb({ path: join(folder, "waybill.db") });
});
afterEach(async () => {
  vi.useRealTimers();
  await db.close();
  await undoAll();
});

const uri = (bytes: Buffer): string => `data:image/png;base64,${bytes.toString("base64")}`;

async function send(method: string, path: string, body?: unknown, more = {}) {
  vi.advanceTimersByTime(1); // so that one change is after the other in the log
  const isRaw = body === undefined || body instanceof Uint8Array;
  const response = await waybill.fetch(
    new Request(`http://api.test${path}`, {
      method,
      ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
      headers: { "content-type": isRaw ? "image/png" : "application/json", ...more },
    }),
  );
  const text = await response.text();
  const json = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, headers: response.headers, json };
}

/** `type subject`, in the order of the log; blobs and uploads are named b1, u1 as they turn up. */
async function log(): Promise<string[]> {
  const rows = await db.all("SELECT * FROM event ORDER BY id");
  const names = new Map<unknown, string>();
  const nameOf = (id: unknown, letter: string): string[] => {
    if (id === null) return [];
    const known = [...names.values()].filter((each) => each.startsWith(letter)).length;
    if (!names.has(id)) names.set(id, `${letter}${known + 1}`);
    return [names.get(id) ?? ""];
  };
  return rows.map((row) =>
    [
      row["type"],
      ...(row["resource_id"] === null ? [] : [`${row["collection"]}/${row["resource_id"]}`]),
      ...(row["property"] === null ? [] : [row["property"]]),
      ...nameOf(row["blob_id"], "b"),
      ...nameOf(row["upload_id"], "u"),
    ].join(" "),
  );
}

async function last(type: string): Promise<Record<string, unknown>> {
  const row = await db.get("SELECT data FROM event WHERE type = $1 ORDER BY id DESC", [type]);
  return JSON.parse(String(row?.["data"])) as Record<string, unknown>;
}

it("tells of files that are attached, replaced, cleared, and deleted with their resource", async () => {
  await send("POST", "/profiles", { name: "Ada", pic: uri(pictures.red) });
  const made = ["resource.created /profiles/1", "file.attached /profiles/1 /pic b1"];
  expect(await log()).toEqual(made);
  expect(await last("file.attached")).toEqual({
    position: 0,
    file: { mediaType: "image/png", size: 69, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  });
  const { json: read } = await send("GET", "/profiles/1");
  await send("PUT", "/profiles/1", { name: "Kept", pic: read["pic"] });
  await send("PATCH", "/profiles/1", { name: "much too long" });
  expect(await log()).toEqual(made);
  await send("PATCH", "/profiles/1", { pic: uri(pictures.blue) });
  await send("DELETE", "/profiles/1/pic");
  await send("PATCH", "/profiles/1", { note: uri(pictures.red) });
  await send("DELETE", "/profiles/1");
  expect(await log()).toEqual([
    ...made,
    "file.replaced /profiles/1 /pic b1",
    "file.attached /profiles/1 /pic b2",
    "blob.deleted b1",
    "file.detached /profiles/1 /pic b2",
    "blob.deleted b2",
    "file.attached /profiles/1 /note b3",
    "file.detached /profiles/1 /note b3",
    "resource.deleted /profiles/1",
    "blob.deleted b3",
  ]);
  expect(await last("file.detached")).toMatchObject({ reason: "resource deleted" });
});

it("tells of uploads: reserved, verified, attached, aborted, expired", async () => {
  const { json } = await send("POST", "/uploads", pictures.red);
  const pic = { upload: json["upload"] };
  await send("POST", "/profiles", { name: "much too long", pic });
  await send("POST", "/profiles", { name: "Ada", pic });
  await send("POST", "/profiles", { name: "Ada", pic });
  const tus = { "tus-resumable": "1.0.0", "upload-length": "69" };
  const { headers } = await send("POST", "/uploads", undefined, tus);
  const { pathname } = new URL(headers.get("location") ?? "", "http://api.test");
  await send("DELETE", pathname, undefined, { "tus-resumable": "1.0.0" });
  await send("POST", "/uploads", pictures.blue);
  vi.setSystemTime(Date.now() + 2 * dayMs);
  const want = [
    "upload.verified b1 u1",
    "upload.attached b1 u1",
    "resource.created /profiles/1",
    "file.attached /profiles/1 /pic b1",
    "upload.reserved u2",
    "upload.aborted u2",
    "blob.deleted u2",
    "upload.verified b2 u3",
    "upload.expired b2 u3",
    "blob.deleted b2",
  ];
  await vi.waitFor(async () => expect(await log()).toEqual(want));
  vi.setSystemTime(Date.now() + 7 * dayMs + 1);
  await vi.waitFor(async () => expect(await log()).toEqual([]));
});

it("tells of drafts that are completed, and of those that expire", async () => {
  await send("POST", "/passports", {});
  await send("PUT", "/passports/1/front", pictures.red);
  await send("POST", "/passports", {});
  vi.setSystemTime(Date.now() + 2 * dayMs);
  const want = [
    "resource.created /passports/1",
    "file.attached /passports/1 /front b1",
    "resource.completed /passports/1",
    "resource.created /passports/2",
    "draft.expired /passports/2",
  ];
  await vi.waitFor(async () => expect(await log()).toEqual(want));
  expect(await last("resource.created")).toEqual({ draft: true });
});
