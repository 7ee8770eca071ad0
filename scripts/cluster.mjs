// npm run cluster -- --minutes N [--seed S]: three nodes, Postgres and Ceph under a mixed load, while all of them fail, as
// the tests do for a minute (test/cluster). The last line counts what was lost; exit code 1 where anything was.
import { parseArgs } from "node:util";
import { recordedRun } from "./recorded-run.mjs";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "20" }, seed: { type: "string" } },
});
recordedRun({
  test: ["--project=backends", "test/backends/cluster.test.ts"],
  variables: { CLUSTER_MINUTES: values.minutes, CLUSTER_SEED: values.seed },
  resultVariable: "CLUSTER_RESULT",
});
