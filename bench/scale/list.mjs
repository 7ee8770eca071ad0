// Lists, filters and orders over a million resources, on SQLite and on Postgres; one request at a time, as each is to be
// seen by itself. Also how long the indexes take that the first start with such a document makes.
import { join } from "node:path";
import { median } from "../measure.mjs";
import { fillResources, listQueries } from "./fill-resources.mjs";
import { startNodes } from "./nodes.mjs";
import { runLoad } from "./run-load.mjs";

const document = join(import.meta.dirname, "listed.yaml");
const base = "/api/v1/profiles/";
const samplesMax = 200;

export async function benchLists({ backends, folder, quick, only }) {
  const count = quick ? 20_000 : 1_000_000;
  const subjects = [];
  try {
    for (const backend of backends) {
      const filled = await timed(() => backend.fill(fillResources(backend.dialect, count)));
      const started = await timed(() =>
        startNodes({ flags: backend.flags, document, folder, config: { prune: false } }),
      );
      await backend.settle();
      subjects.push({
        backend,
        nodes: started.value,
        fillSeconds: filled.seconds,
        indexSeconds: started.seconds,
        octets: await backend.octets(),
      });
    }
    const rows = await measureAll(subjects, count, { quick, only });
    return {
      count,
      rows,
      backends: subjects.map(({ backend: { name }, fillSeconds, indexSeconds, octets }) => ({
        backend: name,
        fillSeconds,
        indexSeconds,
        octets,
      })),
    };
  } finally {
    await Promise.all(subjects.map(({ nodes }) => nodes.stop()));
  }
}

async function measureAll(subjects, count, { quick, only = "" }) {
  const rows = [];
  for (const query of listQueries(count).filter(({ name }) => name.includes(only))) {
    const runs = subjects.map(() => []);
    for (let run = 0; run < (quick ? 1 : 3); run++) {
      for (const [i, { nodes }] of subjects.entries())
        runs[i].push(await ask(nodes, query, quick ? 0.2 : 0.7));
    }
    for (const [i, { backend }] of subjects.entries()) {
      const of = (key) => median(runs[i].map((each) => each[key]));
      rows.push({
        query: query.name,
        backend: backend.name,
        p50Ms: of("p50Ms"),
        p99Ms: of("p99Ms"),
      });
    }
  }
  return rows;
}

function ask(nodes, { path, query }, seconds) {
  const paths = Array.from({ length: samplesMax }, (_, i) => {
    if (path) return base + path(i);
    const text = typeof query === "function" ? query(i) : query;
    return text === "" ? base : `${base}?${text}`;
  });
  const load = { origins: nodes.origins, connections: 1, warmSeconds: 0.2, seconds, countLeast: 3 };
  return runLoad({ ...load, workload: "read", paths });
}

async function timed(work) {
  const startedMs = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - startedMs) / 1000 };
}
