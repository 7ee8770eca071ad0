// A COMMIT whose answer is lost on the way: a rejection, though the change was made, and no second run.
import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createPostgresDb } from "../../src/db/postgres-db.js";
import { startPostgres, type PostgresServer } from "../servers/postgres.js";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres(["fsync=off"]);
});
afterAll(() => server.stop());

/** Between client and server; cuts the connection instead of an answer that `isCut` says. */
async function startProxy(port: number, isCut: (answer: Buffer) => boolean) {
  const open = new Set<Socket>();
  const proxy = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.on("error", () => to.destroy()).on("close", () => to.destroy());
    }
    client.on("data", (chunk) => upstream.write(chunk));
    upstream.on("data", (chunk) => {
      if (isCut(chunk)) client.destroy();
      else client.write(chunk);
    });
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  const close = (): void => {
    for (const socket of open) socket.destroy();
    proxy.close();
  };
  return { port: typeof address === "object" ? address?.port : 0, close };
}

it("rejects, is not run again, and goes on with another connection", async () => {
  const url = new URL(server.url);
  let isArmed = false;
  const proxy = await startProxy(Number(url.port), (answer) => {
    const isIt = isArmed && answer.includes("COMMIT\0");
    if (isIt) isArmed = false;
    return isIt;
  });
  url.port = String(proxy.port);
  const db = await createPostgresDb({ url: url.href });
  let times = 0;
  isArmed = true;
  const lost = db.transaction(async (sql) => {
    times++;
    await sql.run("INSERT INTO tombstone (key, created_at) VALUES ('a', 0)");
  });
  await expect(lost).rejects.toMatchObject({
    code: "unavailable",
    message: "The database went away before it said whether it made this change.",
  });
  expect(times).toBe(1);
  expect(await db.all("SELECT key FROM tombstone")).toEqual([{ key: "a" }]);
  expect(await db.run("DELETE FROM tombstone")).toBe(1);
  await db.close();
  proxy.close();
});
