// Group commit on SQLite: durable creates a second by how many wait at once, and the commits that they took, each of which
// is one fsync of the journal; against one commit for each create. The rows are those of a create with one file.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createUuid } from "../../dist/base/id.js";
import { attachments } from "../../dist/db/attachments.js";
import { blobs } from "../../dist/db/blobs.js";
import { events } from "../../dist/db/events.js";
import { createGroupCommit } from "../../dist/db/group-commit.js";
import { migrate } from "../../dist/db/migrations.js";
import { indexProperties } from "../../dist/db/property-index.js";
import { resources } from "../../dist/db/resources.js";
import { openSqlite } from "../../dist/db/sqlite-connection.js";
import { createSql } from "../../dist/db/sqlite-sql.js";
import { median } from "../measure.mjs";

const pragmas = ["journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"];
const collection = "/api/v1/profiles";
const indexed = ["id", "name", "bio", "city", "created_at", "updated_at"];

export async function benchCommits({ folder, quick }) {
  const seconds = quick ? 0.3 : 2;
  const runs = quick ? 1 : 5;
  const contenders = [
    { way: "one commit each", waiting: 1, measure: measureAlone },
    ...[1, 8, 64, 256].map((waiting) => ({ way: "group commit", waiting, measure: measureGroup })),
  ].map((each) => ({ ...each, runs: [] }));
  for (let run = 0; run < runs; run++) {
    for (const each of contenders) {
      const place = mkdtempSync(join(folder, "commits-"));
      each.runs.push(await each.measure({ ...each, place, seconds }));
      rmSync(place, { recursive: true });
    }
  }
  return contenders.map((each) => ({
    way: each.way,
    waiting: each.waiting,
    perSecond: of(each, "perSecond"),
    commitsPerCreate: of(each, "commitsPerCreate"),
    cpuMsPerCreate: of(each, "cpuMsPerCreate"),
  }));
}

function of({ runs }, key) {
  return median(runs.map((each) => each[key]));
}

async function open(place) {
  const connection = openSqlite(join(place, "waybill.db"), pragmas);
  const counted = { ...connection, commits: 0, close: () => connection.close() };
  Object.defineProperty(counted, "inTransaction", { get: () => connection.inTransaction });
  counted.run = (text, params) => {
    if (text === "COMMIT") counted.commits++;
    return connection.run(text, params);
  };
  const queue = createGroupCommit(counted);
  await migrate({ transaction: (work) => queue.add(work) });
  await queue.add((sql) => indexProperties(sql, indexed));
  counted.commits = 0;
  return { connection: counted, queue };
}

async function measureGroup({ place, waiting, seconds }) {
  const { connection, queue } = await open(place);
  const count = await timed(seconds, waiting, () => queue.add(create), connection);
  await queue.close();
  connection.close();
  return count;
}

async function measureAlone({ place, waiting, seconds }) {
  const { connection } = await open(place);
  const sql = createSql((statement) => statement(connection));
  const each = async () => {
    connection.run("BEGIN IMMEDIATE");
    await create(sql);
    connection.run("COMMIT");
  };
  const count = await timed(seconds, waiting, each, connection);
  connection.close();
  return count;
}

async function timed(seconds, waiting, each, connection) {
  for (let i = 0; i < 200; i++) await each();
  connection.commits = 0;
  const cpuBefore = process.cpuUsage();
  const begunMs = performance.now();
  let created = 0;
  const user = async () => {
    while (performance.now() - begunMs < seconds * 1000) {
      await each();
      created++;
    }
  };
  await Promise.all(Array.from({ length: waiting }, user));
  const took = (performance.now() - begunMs) / 1000;
  const { user: inUser, system } = process.cpuUsage(cpuBefore);
  return {
    perSecond: created / took,
    commitsPerCreate: connection.commits / created,
    cpuMsPerCreate: (inUser + system) / 1000 / created,
  };
}

/** What src/resource/resources.ts writes and reads for one with a file. */
async function create(sql) {
  const nowMs = Date.now();
  const id = String(await resources.nextId(sql, collection));
  const at = new Date(nowMs).toISOString();
  const document = {
    id: Number(id),
    name: `Douglas Hofstadter ${id}`,
    bio: "Professor of cognitive science, and author of books that are about themselves.",
    city: `Bloomington ${Number(id) % 1000}`,
    pic: null,
    created_at: at,
    updated_at: at,
  };
  const blobId = createUuid(nowMs);
  const reference = {
    id: blobId,
    filename: "pic.png",
    mediaType: "image/png",
    size: 20372,
    sha256: blobId.padEnd(64, "0"),
    width: 82,
    height: 82,
  };
  const row = {
    collection,
    id,
    seq: Number(id),
    document,
    draft: false,
    createdAt: nowMs,
    updatedAt: nowMs,
  };
  await resources.insert(sql, row);
  await blobs.insert(sql, { reference, key: createUuid(nowMs), createdAt: nowMs });
  await attachments.attach(sql, {
    collection,
    resourceId: id,
    property: "/pic",
    position: 0,
    blobId,
    createdAt: nowMs,
  });
  await events.insert(
    sql,
    [
      { type: "resource.created", resource: { collection, id } },
      { type: "file.attached", blobId, resource: { collection, id }, property: "/pic" },
    ],
    nowMs,
  );
  await resources.get(sql, { collection, id });
  await attachments.ofResource(sql, { collection, id });
}
