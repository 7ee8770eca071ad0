import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createUuid } from "../base/id.js";
import { openData, openDbOf, openStoreOf, showPlaces } from "./open-data.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-places-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("places of data", () => {
  it.each([
    [{ db: "mysql://u:secret@host/db" }, "db: there is nothing for mysql://"],
    [{ store: "ftp://u:secret@host/x" }, "store: there is nothing for ftp://"],
    [{ store: "s3://u:secret@:x/y" }, "store: s3://… cannot be read as a URL."],
    [{ db: ":memory:" }, "db and store must both be :memory:"],
    [{ store: ":memory:" }, "db and store must both be :memory:"],
    [{ store: "/files", readAlso: "/files" }, "readAlso must be another store."],
    [{ store: "/files", readAlso: "file:///tmp/../files/" }, "readAlso must be another store."],
    [{ store: "s3://b/p", readAlso: "s3://b/p/" }, "readAlso must be another store."],
    [{ store: "s3://b/%zz" }, "store: s3://b/%zz cannot be read as a URL."],
    [{ db: "postgres:/u:secret@host/db" }, "db: two slashes are missing behind postgres:"],
    [{ store: "s3:secret/x" }, "store: two slashes are missing behind s3:"],
    [{ readAlso: "gopher://secret/x" }, "store: there is nothing for gopher://"],
  ])("%j is refused, and no secret is told", async (places, want) => {
    const error: unknown = await openData({ data: join(folder, "wrong"), ...places }).catch(
      (each: unknown) => each,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(want);
    expect(String(error)).not.toContain("secret");
  });

  it.each([
    [{}, "data"],
    [
      { db: "postgres://me:secret@db.example:5433/way?sslmode=no" },
      "postgres://db.example:5433/way and data/files",
    ],
    [
      { store: "s3://id:secret@files/a/b?endpoint=http://secret" },
      "data/waybill.db and s3://files/a/b",
    ],
    [{ db: "postgres://me:se cret@[" }, "postgres://… and data/files"],
  ])("%j is shown as %s", (places, want) => {
    expect(showPlaces({ data: "data", ...places })).toBe(want);
  });

  it("may be a file and a folder of their own, by path and by URL, for one process alone", async () => {
    const data = join(folder, "not-made");
    const db = join(folder, "rows", "all.db");
    const files = join(folder, "blobs");
    const made = await openData({ data, db, store: pathToFileURL(files).href });
    expect(made.isAlone).toBe(true);
    const key = createUuid(1);
    await made.store.create(key).close();
    const other = { data, db: join(folder, "other.db"), store: files };
    await expect(openData(other)).rejects.toThrow("in use by another process");
    const beside = { data, db: pathToFileURL(db).href, store: files };
    await (await (await openStoreOf(beside)).open(key)).close();
    await (await openDbOf(beside)).close();
    await made.close();
    // The store's lock is given back; the files are not this database's.
    await expect(openData(other)).rejects.toThrow("files are stored");
    const again = await openData({ data, db, store: files });
    await again.close();
  });

  it("of a folder are those that are there when both are named", async () => {
    const data = join(folder, "both");
    const made = await openData({ data });
    const named = { data: "x", db: join(data, "waybill.db"), store: join(data, "files") };
    await expect(openData(named)).rejects.toThrow("in use by another process");
    await made.close();
    const none = { data: join(folder, "none") };
    for (const open of [openDbOf, openStoreOf])
      await expect(open(none)).rejects.toThrow("There is no folder");
  });
});
