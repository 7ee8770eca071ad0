// The database and the object store that the nodes share, started by the servers of the tests (test/servers), with the
// durability that they have unless they are told otherwise.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client } from "pg";
import { createServer } from "vite";
import { descendantsOf, nameOf } from "./tree-cpu.mjs";

/** A table of a million rows and its indexes fit, as they would on a machine for a database alone. */
const settings = ["max_connections = 300", "shared_buffers = 1GB", "max_wal_size = 4GB"];

export async function startPostgres() {
  const server = await withServer("postgres", (module) => module.startPostgres(settings));
  const durability = await queryAll(
    server.url,
    `SELECT name, setting FROM pg_settings
    WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'server_version') ORDER BY name`,
  );
  return {
    createDatabase: () => server.createDatabase(),
    pids: [await serverPid(server.url)],
    settings: Object.fromEntries(durability.map(({ name, setting }) => [name, setting])),
    stop: () => server.stop(),
  };
}

/** One that keeps all in memory: what it stores is not durable, and costs it no disk. */
export async function startCeph() {
  const server = await withServer("ceph", (module) => module.startCeph());
  const { stdout } = await promisify(execFile)("radosgw", ["--version"]);
  return {
    createBucket: () => server.createBucket(),
    environment: server.environment,
    pids: descendantsOf(process.pid).filter((pid) => /^(radosgw|ceph-)/.test(nameOf(pid))),
    version: /version (\S+)/.exec(stdout)[1],
    stop: () => server.stop(),
  };
}

/** The rows of the last statement. */
export function queryAll(url, text) {
  return withClient(url, async (client) => (await client.query(text)).rows);
}

export async function withClient(url, work) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The servers of the tests are TypeScript, which Node does not read everywhere yet. */
async function withServer(name, work) {
  const vite = await createServer({
    configFile: false,
    appType: "custom",
    logLevel: "error",
    optimizeDeps: { noDiscovery: true },
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  });
  try {
    const path = fileURLToPath(new URL(`../../test/servers/${name}.ts`, import.meta.url));
    const server = await work(await vite.ssrLoadModule(path));
    // Some of it is loaded only when it is used.
    const stop = () => server.stop().finally(() => vite.close());
    return { ...server, stop };
  } catch (error) {
    await vite.close();
    throw error;
  }
}

/** The process that all others of the server come from. */
function serverPid(url) {
  return withClient(url, async (client) => {
    const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
    const stat = readFileSync(`/proc/${rows[0].pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  });
}
