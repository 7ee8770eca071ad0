import { defineConfig } from "vitest/config";
import { conformanceReporter } from "./test/conformance-reporter.js";
import { countReporter } from "./test/count-reporter.js";

/** What changes data over the API, on a folder or on whatever `WAYBILL_TEST_DATA` says. */
const overApi = [
  "batch",
  "drafts",
  "idempotency",
  "ietf-targets",
  "ietf-uploads",
  "tus",
  "tus-concat",
  "uploads",
  "url-files",
].map((name) => `test/api/${name}.test.ts`);

export default defineConfig({
  test: {
    pool: "threads",
    isolate: false,
    maxWorkers: 2, // the default leaves one of two cores idle
    testTimeout: 20_000, // for a hang; busy machines are slow
    reporters: ["default", conformanceReporter, countReporter],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "test/unit/**/*.test.ts"],
          testTimeout: 30_000, // a hang, not a busy machine
        },
      },
      // What takes long to prove: real bodies at every cut, other readers beside ours, random octets.
      {
        extends: true,
        test: { name: "proof", include: ["test/proof/**/*.test.ts"], testTimeout: 60_000 },
      },
      // The whole of it in one process, on folders and ports.
      {
        extends: true,
        test: { name: "api", include: ["test/api/**/*.test.ts"], testTimeout: 30_000 },
      },
      // Databases and storages that other programs serve: real ones, each started by the file that needs it.
      {
        extends: true,
        test: {
          name: "backends",
          include: ["test/backends/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      // A database may run the work of a transaction again: nobody may notice.
      {
        extends: true,
        test: {
          name: "api-twice",
          include: overApi,
          env: { WAYBILL_TEST_DATA: "twice" },
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "api-postgres",
          include: overApi,
          env: { WAYBILL_TEST_DATA: "postgres" },
          globalSetup: ["test/backends/postgres-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      { extends: true, test: { name: "rules", include: ["test/rules/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "system",
          include: ["test/system/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
