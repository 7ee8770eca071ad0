// The contract of databases on a real Postgres, and what is its own: other locales, lost servers, indexes, retries.
import { afterAll, beforeAll, describe, it } from "vitest";
import { createPostgresDb } from "../../src/db/postgres-db.js";
import { testDb } from "../../src/db/test-db.js";
import { startPostgres, type PostgresServer } from "../servers/postgres.js";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres(["fsync=off"]); // a database for each case, and no power fails here
});
afterAll(() => server.stop());

const locales = [
  { locale: "C.UTF-8", options: undefined },
  { locale: "Swedish by ICU", options: "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'sv'" },
];
describe.each(locales)("postgres, $locale", ({ options }) => {
  const make = async () => {
    const url = await server.createDatabase(options);
    const db = await createPostgresDb({ url });
    return { db, reopen: () => createPostgresDb({ url }), dispose: () => db.close() };
  };
  for (const { name, run } of testDb("postgres", make)) it(name, run);
});
