// A COMMIT that is on its way to Postgres when its connection is lost: whoever asked is told 503, and what may still be
// committed keeps its bytes, since a row that comes after the question would be left without them.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createPostgresDb } from "../../src/db/postgres-db.js";
import { assembleWaybill, type Waybill } from "../../src/server/create-waybill.js";
import { createDiskStore } from "../../src/store/disk-store.js";
import { startPostgres, type PostgresServer } from "../servers/postgres.js";
import { anyFileDocument as document } from "./any-file-document.js";

let server: PostgresServer;
let between: Server;
let folder: string;
let waybill: Waybill;
/** The next COMMIT loses its client on its way, and arrives when it is told to. */
let holding = false;
let arrive: (() => void) | undefined;

beforeAll(async () => {
  server = await startPostgres(["fsync=off"]);
  folder = await mkdtemp(join(tmpdir(), "waybill-commit-"));
  const url = new URL(server.url);
  between = await startNetwork(Number(url.port));
  url.port = String((between.address() as AddressInfo).port);
  const db = await createPostgresDb({ url: url.href });
  const store = await createDiskStore({ folder });
  const data = { db, store, close: () => db.close() };
  waybill = await assembleWaybill({ document, prune: false }, data);
  await waybill.prune(); // the first round has transactions of its own
});
afterAll(async () => {
  await waybill.close();
  between.close();
  await server.stop();
  await rm(folder, { recursive: true });
});

async function startNetwork(port: number): Promise<Server> {
  const network = createServer((client) => {
    const onward = connect(port, "127.0.0.1");
    client.on("data", (chunk) => {
      if (!holding || !chunk.includes("COMMIT")) return onward.write(chunk);
      holding = false;
      arrive = () => onward.write(chunk);
      return client.destroy();
    });
    onward.on("data", (chunk) => client.writable && client.write(chunk));
    client.on("error", () => undefined).on("end", () => onward.end());
    onward.on("error", () => undefined).on("close", () => client.destroy());
  }).listen(0, "127.0.0.1");
  await once(network, "listening");
  return network;
}

const any = Buffer.from("a file").toString("base64");
const ways = [
  { way: "a create", made: 1, path: "/profiles", body: JSON.stringify({ name: "n", any }) },
  {
    way: "a batch",
    made: 2,
    path: "/batch",
    type: "multipart/mixed; boundary=b",
    body: [
      "--b",
      "Content-Type: application/http",
      "",
      "POST /profiles HTTP/1.1",
      "Content-Type: application/json",
      "",
      JSON.stringify({ name: "n", any }),
      "--b--",
      "",
    ].join("\r\n"),
  },
];

it.each(ways)("$way", async ({ made, path, body, type = "application/json" }) => {
  const init = { method: "POST", headers: { "content-type": type }, body };
  holding = true;
  const answer = await waybill.fetch(new Request(`http://api.test${path}`, init));
  expect(answer.status).toBe(503);
  arrive?.();
  const list = async (): Promise<{ any: { url: string } }[]> => {
    const page = await waybill.fetch(new Request("http://api.test/profiles"));
    return (JSON.parse(await page.text()) as { results: { any: { url: string } }[] }).results;
  };
  await expect.poll(list, { timeout: 20_000 }).toHaveLength(made);
  for (const profile of await list()) {
    const file = await waybill.fetch(new Request(new URL(profile.any.url, "http://api.test")));
    expect([file.status, await file.text()]).toEqual([200, "a file"]);
  }
});
