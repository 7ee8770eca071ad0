// Options of uploads, pruning and cross-origin requests: refused where they mean nothing, both ways in.
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, describe, expect, it, vi } from "vitest";
import { pictures } from "../../test/system/http-scenario.js";
import { readConfig } from "../cli/config.js";
import { createWaybill, type WaybillOptions } from "./create-waybill.js";

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).toReversed()) await each();
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "waybill-due-"));
  undo.push(() => rm(made, { recursive: true }));
  return made;
}

async function start(data: string, options: object) {
  const pic = { contentMediaType: "image/*" };
  const schemas = { Thing: { "x-resource": "/things", properties: { pic } } };
  const document = { openapi: "3.1.1", info: {}, components: { schemas } };
  const waybill = await createWaybill({ document, data, ...(options as Partial<WaybillOptions>) });
  undo.push(() => waybill.close());
  return waybill;
}

async function configured(said: object) {
  const name = join(await folder(), "waybill.json");
  await writeFile(name, JSON.stringify(said));
  return readConfig({ config: name }, {});
}

describe("what means nothing is refused", () => {
  it.each([
    [{ prune: { intervalMs: 3e9 } }, "prune.intervalMs"],
    [{ prune: { intervalMs: 0 } }, "prune.intervalMs"],
    [{ prune: { intervalMs: "60" } }, "prune.intervalMs"],
    [{ prune: { everyMs: 5 } }, "prune: there is no option everyMs"],
    [{ prune: "off" }, "prune must be false or an object"],
    [{ uploads: { expiresMs: 1e300 } }, "uploads.expiresMs"],
    [{ uploads: { expireMs: 5 } }, "uploads: there is no option expireMs"],
    [{ uploads: { path: "files" } }, "uploads.path"],
    [{ uploads: { path: "/{x}" } }, "uploads.path"],
    [{ uploads: { download: "yes" } }, "uploads.download"],
    [{ uploads: "no" }, "uploads must be false or an object"],
    [{ uploads: true }, "uploads must be false or an object"],
    [{ cors: true }, "cors must be false or an object"],
    [{ cors: {} }, "cors.origins"],
    [{ cors: { origins: "*" } }, "cors.origins"],
    [{ cors: { origins: ["app.example.com"] } }, "cors.origins"],
    [{ cors: { origins: ["https://app.example.com/"] } }, "cors.origins"],
    [{ cors: { origins: ["*"], credentials: true } }, "cors.credentials"],
    [{ cors: { origins: [], maxAgeS: -1 } }, "cors.maxAgeS"],
    [{ cors: { origin: "*" } }, "cors: there is no option origin"],
  ])("%j", async (said, message) => {
    await expect(start(":memory:", said)).rejects.toThrow(message);
    await expect(start(":memory:", said)).rejects.toThrow(TypeError);
    await expect(configured(said)).rejects.toThrow(message);
  });

  it.each([
    [{ uploads: { path: "/batch" } }, "uploads.path and batch.path"],
    [{ uploads: { path: "/x" }, batch: { path: "/x/" } }, "uploads.path and batch.path"],
    [
      { uploads: { path: "/things" } },
      "uploads.path must be another path: the document has /things",
    ],
    [{ batch: { path: "/things/" } }, "batch.path must be another path: the document has /things"],
    [
      { batch: { path: "/things/7" } },
      "batch.path must be another path: the document has /things/{id}",
    ],
  ])("paths that are not free: %j", async (said, message) => {
    await expect(start(":memory:", said)).rejects.toThrow(message);
  });

  it("paths that are free", async () => {
    await start(":memory:", { uploads: { path: "/batch" }, batch: false });
    const document = { openapi: "3.1.1", info: {}, paths: { "/uploads": { post: {} } } };
    const schemas = {
      Batch: { "x-resource": "/batch", properties: { pic: { format: "binary" } } },
    };
    await start(":memory:", { document: { ...document, components: { schemas } } });
  });

  it("a document that was written out with them is served with the same options", async () => {
    const options = { uploads: { path: "/files" }, batch: { path: "/together" } };
    const first = await start(":memory:", options);
    const document = await (await first.fetch(new Request("http://a.test/openapi.json"))).json();
    await start(":memory:", { ...options, document });
  });

  it("times without end", async () => {
    await expect(start(":memory:", { uploads: { expiresMs: Infinity } })).rejects.toThrow(
      TypeError,
    );
    await expect(start(":memory:", { prune: { intervalMs: NaN } })).rejects.toThrow(TypeError);
  });

  it("what means something is taken", async () => {
    const said = { uploads: { path: "/files", expiresMs: 5 }, prune: { intervalMs: 2 ** 31 - 1 } };
    expect(await configured(said)).toMatchObject(said);
    expect(await configured({ uploads: false, prune: false })).toMatchObject({
      uploads: false,
      prune: false,
    });
    await start(":memory:", said);
  });
});

describe("what is due", () => {
  it("what was staged before uploads were turned off expires", async () => {
    const data = await folder();
    const stored = async () =>
      (await readdir(join(data, "files"), { recursive: true, withFileTypes: true })).filter(
        (each) => each.isFile(),
      ).length;
    const first = await start(data, { uploads: { expiresMs: 1 }, prune: { intervalMs: 1e6 } });
    const request = new Request("http://api.test/uploads", { method: "POST", body: pictures.red });
    expect((await first.fetch(request)).status).toBe(201);
    await first.close();
    expect(await stored()).toBe(1);
    await start(data, { uploads: false });
    await expect.poll(stored).toBe(0);
  });

  it("what goes wrong in the background is told, and tried again", async () => {
    const data = await folder();
    const onError = vi.fn(() => {
      throw new Error("the log is full");
    });
    await start(data, { prune: { intervalMs: 5 }, onError });
    const database = new Database(join(data, "waybill.db"));
    database.exec("DROP TABLE upload");
    database.close();
    await expect.poll(() => onError.mock.calls.length).toBeGreaterThan(1);
  });
});
