// tus-js-client's own suite, unmodified, against `waybill serve`: in Node, and the bundle of its tests in Chromium,
// on a page of another origin. It names a public server; here that name leads to ours, with a certificate of our own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "./chromium.js";
import { serveClientPage } from "./client-page.js";
import { selfSigned, type SelfSigned } from "./self-signed.js";
import { root, startServer, type ServerProcess } from "./server-process.js";

const clients = join(root, "test/clients");
const host = "tusd.tusdemo.net";
const document = {
  openapi: "3.1.1",
  info: { title: "Files", version: "1" },
  components: {
    schemas: {
      Note: { "x-resource": "/notes", properties: { file: { contentMediaType: "*/*" } } },
    },
  },
};
const config = { uploads: { path: "/files", download: true }, cors: { origins: ["*"] } };

let folder: string;
let certificate: SelfSigned;
let server: ServerProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-tus-suite-"));
  await writeFile(join(folder, "api.json"), JSON.stringify(document));
  await writeFile(join(folder, "waybill.json"), JSON.stringify(config));
  certificate = await selfSigned(folder, host);
  const { key, cert } = certificate;
  server = await startServer({
    document: join(folder, "api.json"),
    data: join(folder, "data"),
    args: ["--config", join(folder, "waybill.json"), "--tls-key", key, "--tls-cert", cert],
  });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

interface Spec {
  readonly name: string;
  readonly status: string;
  readonly messages: readonly string[];
}

/** Of what was neither passed nor left out by the suite itself. */
function failed(specs: readonly Spec[]): Spec[] {
  return specs.filter(({ status }) => status !== "passed" && status !== "excluded");
}

const real = "tus end-to-end should upload to a real tus server";

function expectPassed(specs: readonly Spec[]): void {
  expect(failed(specs)).toEqual([]);
  const names = specs.map(({ name }) => name);
  expect(names).toContain(real);
  expect(names).toContain(`${real} with creation-with-upload`);
  expect(server.logged()).toContain('"path":"/files/"');
}

it("runs in Node", async () => {
  const child = spawn(
    process.execPath,
    [join(clients, "tus-suite.mjs"), new URL(server.url).port],
    {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate.cert },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  const lines = out.split("\n").filter((line) => line.startsWith('{"name"'));
  const specs = lines.map((line) => JSON.parse(line) as Spec);
  expectPassed(specs);
  expect([code, err]).toEqual([0, ""]);
  expect(specs.length).toBe(59);
});

it("runs in Chromium, from a page of another origin", async () => {
  const pages = await serveClientPage(html, scripts);
  const browser = await launchChromium([
    `--host-resolver-rules=MAP ${host} 127.0.0.1:${new URL(server.url).port}`,
    `--ignore-certificate-errors-spki-list=${certificate.spkiSha256}`,
  ]);
  try {
    const page = await browser.newPage();
    await page.goto(pages.origin);
    const specs = await runSuite(page);
    expectPassed(specs);
    expect(specs.length).toBe(67);
  } finally {
    await browser.close();
    pages.close();
  }
});

const scripts: Readonly<Record<string, string>> = {
  "/jasmine.js": "jasmine-core/lib/jasmine-core/jasmine.js",
  "/ajax.js": "jasmine-ajax/lib/mock-ajax.js",
  "/suite.js": "tus-js-client/dist/browser-test-bundle.js",
};

const html = `<!doctype html><script src="/jasmine.js"></script><script>
  window.jasmine = jasmineRequire.core(jasmineRequire);
  const env = jasmine.getEnv();
  Object.assign(window, jasmineRequire.interface(jasmine, env));
  env.configure({ random: false });
</script><script src="/ajax.js"></script><script src="/suite.js"></script>`;

async function runSuite(page: Page): Promise<Spec[]> {
  const script = `new Promise((resolve) => {
    const specs = [];
    jasmine.getEnv().addReporter({
      specDone: ({ fullName: name, status, failedExpectations }) =>
        void specs.push({ name, status, messages: failedExpectations.map((each) => each.message) }),
      jasmineDone: () => resolve(specs),
    });
    jasmine.getEnv().execute();
  })`;
  return page.evaluate<Spec[]>(script);
}
