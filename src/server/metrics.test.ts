import { afterEach, describe, expect, it } from "vitest";
import { createSqliteDb } from "../db/sqlite-db.js";
import { createMemoryStore } from "../store/memory-store.js";
import type { Store } from "../store/store.js";
import { assembleWaybill, type Waybill, type WaybillOptions } from "./create-waybill.js";
import { timedCalls, type Told } from "./timed-calls.js";

const document = {
  openapi: "3.1.1",
  info: { title: "T", version: "1" },
  components: {
    schemas: {
      Thing: {
        "x-resource": "/things",
        type: "object",
        properties: { name: { type: "string" }, pic: { contentMediaType: "*/*" } },
      },
    },
  },
};

let waybill: Waybill;
afterEach(() => waybill.close());

async function start(options: Partial<WaybillOptions>, store = createMemoryStore()): Promise<void> {
  const db = await createSqliteDb({ path: ":memory:" });
  const data = { db, store, close: () => db.close() };
  waybill = await assembleWaybill({ document, ...options }, data);
}

const send = (method: string, path: string, init: RequestInit = {}): Promise<Response> =>
  waybill.fetch(new Request(`http://api.test${path}`, { method, ...init }));

/** The values of all lines that begin so, by the rest of their names. */
async function read(name: string, path = "/metrics"): Promise<Record<string, number>> {
  const page = await (await send("GET", path)).text();
  const lines = page.split("\n").filter((line) => line.startsWith(name));
  return Object.fromEntries(
    lines.map((line) => {
      const [left = "", value] = line.slice(name.length).split(" ");
      return [left, Number(value)];
    }),
  );
}

describe("/metrics", () => {
  it("is nowhere unless it is wanted, and where it is wanted", async () => {
    await start({});
    expect((await send("GET", "/metrics")).status).toBe(404);
    await waybill.close();
    await start({ metrics: { path: "/inside/numbers" }, pages: false });
    expect((await send("GET", "/metrics")).status).toBe(404);
    expect(await read("process_cpu_seconds_total", "/inside/numbers")).not.toEqual({});
  });

  it.each([["x"], [{ path: "no-slash" }], [{ port: 1 }], [7]])(
    "%j is no option",
    async (metrics) => {
      await start({});
      await expect(start({ metrics } as never)).rejects.toThrow(/^metrics/);
    },
  );

  it("counts requests by operation and status, and never by path", async () => {
    await start({ metrics: true });
    const form = new FormData();
    form.append("pic", new Blob(["12345"]), "a.bin");
    expect((await send("POST", "/things", { body: form })).status).toBe(201);
    const bad = { body: "{", headers: { "content-type": "application/json" } };
    expect((await send("POST", "/things", bad)).status).toBe(400);
    await (await send("GET", "/things/1/pic")).arrayBuffer();
    await send("GET", "/nowhere/at-all");
    expect(await read("waybill_requests_total")).toMatchObject({
      '{operation="createThing",status="201"}': 1,
      '{operation="createThing",status="400"}': 1,
      '{operation="getThingPic",status="200"}': 1,
      '{operation="",status="404"}': 1,
    });
    expect(await read("waybill_bodies_total")).toEqual({
      '{style="form",outcome="done"}': 1,
      '{style="json",outcome="refused"}': 1,
    });
    const octets = await read("waybill_octets_total");
    expect(octets['{direction="in"}']).toBeGreaterThan(100);
    expect(octets['{direction="out"}']).toBeGreaterThan(100);
    expect(await read("waybill_store_calls_total")).toMatchObject({
      '{call="create.close",outcome="done"}': 1,
      '{call="open",outcome="done"}': 1,
    });
    expect(await read("waybill_open_blobs")).toEqual({
      '{kind="writer"}': 0,
      '{kind="reader"}': 0,
    });
    const page = await (await send("GET", "/metrics")).text();
    expect(page).not.toMatch(/nowhere|things\/1/);
  });

  it("counts rounds, steps, and what goes wrong in the background", async () => {
    const store = createMemoryStore();
    const broken: Store = { ...store, sweepAbandoned: () => Promise.reject(new Error("lost")) };
    await start({ metrics: true }, broken);
    await waybill.prune();
    expect(await read("waybill_prune_rounds_total")).toEqual({ '{outcome="run"}': 1 });
    expect(await read("waybill_prune_steps_total")).toMatchObject({
      '{step="uploads",outcome="done"}': 1,
      '{step="abandoned",outcome="failed"}': 1,
    });
    expect(await read("waybill_background_errors_total")).toEqual({ "": 1 });
    expect(
      (await read("waybill_db_calls_total"))['{call="transaction",outcome="done"}'],
    ).toBeGreaterThan(1);
  });
});

describe("timed calls", () => {
  it("are the same calls, with members, what they give and how they fail", async () => {
    await start({});
    const told: Told[] = [];
    const open: string[] = [];
    class Inner {
      readonly #secret = 5;
      async give(): Promise<number> {
        return this.#secret;
      }
      bad(): never {
        throw new Error("at once");
      }
      async open(): Promise<{ read(): number; close(): Promise<void> }> {
        return { read: () => 3, close: async () => undefined };
      }
    }
    const timed = timedCalls(
      { member: new Inner(), name: "x", none: undefined },
      { tell: (each) => told.push(each), held: (call, by) => open.push(`${call} ${by}`) },
    );
    expect([timed.name, timed.none, await timed.member.give()]).toEqual(["x", undefined, 5]);
    expect(() => timed.member.bad()).toThrow("at once");
    const reader = await timed.member.open();
    expect(reader.read()).toBe(3);
    await reader.close();
    await reader.close();
    expect(open).toEqual(["member.open 1", "member.open -1"]);
    expect(told.map(({ call, failed }) => [call, failed])).toEqual([
      ["member.give", false],
      ["member.bad", true],
      ["member.open", false],
      ["member.open.close", false],
      ["member.open.close", false],
    ]);
  });
});
