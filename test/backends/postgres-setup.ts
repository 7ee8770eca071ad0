// For a project whose tests share one Postgres, a database for each test.
import type { TestProject } from "vitest/node";
import { startPostgres } from "../servers/postgres.js";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres(["fsync=off", "max_connections=300"]); // no power fails here
  project.provide("postgresUrl", server.url);
  return () => server.stop();
}
