// tus-js-client's own suite in Node, as its package brings it within the source map of its tests: unmodified, but for
// where the public server's name leads to. Prints one JSON line for each spec.
// node tus-suite.mjs PORT, with NODE_EXTRA_CA_CERTS for the certificate of whoever listens there.
import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Socket } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const host = "tusd.tusdemo.net";
const port = Number(process.argv[2]);
const require = createRequire(import.meta.url);

// In a browser, or without the package's test tools, these make no sense.
const elsewhere = new Set(["browser-index.js", "test-browser-specific.js"]);

// The name is that of a public server; its port is one that only root may listen on.
const { connect } = Socket.prototype;
Socket.prototype.connect = function (...args) {
  const [first] = args;
  const options = Array.isArray(first) ? first[0] : first;
  if (options?.host === host) Object.assign(options, { host: "127.0.0.1", port });
  return Reflect.apply(connect, this, args);
};

const folder = await mkdtemp(
  join(fileURLToPath(new URL("node_modules", import.meta.url)), ".tus-"),
);
try {
  const specs = await unpack(folder);
  process.exitCode = await run(specs);
} finally {
  await rm(folder, { recursive: true });
}

/** Resolves to the files that have specs. */
async function unpack(to) {
  const bundle = join(dirname(require.resolve("tus-js-client/package.json")), "dist");
  const map = JSON.parse(await readFile(join(bundle, "browser-test-bundle.js.map"), "utf8"));
  const files = [];
  for (const [i, source] of map.sources.entries()) {
    const [, name] = /\/test\/spec\/(.+)$/.exec(source) ?? [];
    if (name === undefined || elsewhere.has(name)) continue;
    await mkdir(dirname(join(to, name)), { recursive: true });
    await writeFile(join(to, name), map.sourcesContent[i]);
    if (name.startsWith("test-")) files.push(join(to, name));
  }
  await writeFile(join(to, "package.json"), '{"type": "module"}');
  return files;
}

async function run(specs) {
  const jasmine = require("jasmine-core").boot();
  const env = jasmine.getEnv();
  env.configure({ random: false });
  env.addReporter({
    specDone({ fullName, status, failedExpectations }) {
      const messages = failedExpectations.map(({ message }) => message);
      process.stdout.write(`${JSON.stringify({ name: fullName, status, messages })}\n`);
    },
  });
  for (const spec of specs) await import(pathToFileURL(spec).href);
  const { overallStatus } = await env.execute();
  return overallStatus === "passed" ? 0 : 1;
}
