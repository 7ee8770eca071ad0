// What the benches stand on: one Postgres and one Ceph for all of them, started when the first one asks; for each bench
// databases, folders and buckets of its own.
import { join } from "node:path";
import { cephBackend, postgresBackend, sqliteBackend } from "./backends.mjs";
import { djangoVersions, installDjango } from "./django.mjs";
import { startCeph, startPostgres } from "./services.mjs";

export function createRig() {
  const started = {};
  const known = {};
  const once = (name, start) => (started[name] ??= start());
  const postgres = () => once("postgres", startPostgres);
  const ceph = () => once("ceph", startCeph);

  const makers = {
    sqlite: async (folder) => sqliteBackend(join(folder, "sqlite")),
    postgres: async (folder) =>
      postgresBackend({ postgres: await postgres(), folder: join(folder, "postgres") }),
    ceph: async () => cephBackend({ postgres: await postgres(), ceph: await ceph() }),
  };

  return {
    async backends(folder, names) {
      const made = [];
      for (const name of names) made.push(await makers[name](folder));
      if (started.postgres) known.Postgres = (await started.postgres).settings;
      if (started.ceph) known.Ceph = (await started.ceph).version;
      return made;
    },
    /** What the peer's processes need; undefined, and told, where it is not to be had. */
    async peer() {
      const missing = await installDjango();
      if (missing !== undefined) {
        console.error(missing);
        return undefined;
      }
      known.peer = await djangoVersions();
      const { createDatabase, pids } = await postgres();
      return { database: await createDatabase(), meters: { database: pids } };
    },
    versions: () => known,
    async stop() {
      for (const server of Object.values(started).toReversed())
        await server.then(({ stop }) => stop()).catch(console.error);
    },
  };
}
