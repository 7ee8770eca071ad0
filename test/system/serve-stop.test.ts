// `waybill serve` ends when it is told to, whoever reads its log or holds its connections.
import { connect } from "node:net";
import { once } from "node:events";
import { expect, it } from "vitest";
import { startServer } from "./server-process.js";

const options = { document: "examples/profiles.yaml", data: ":memory:" };

it.each([
  { given: "nothing was logged", requests: 0 },
  { given: "lines were lost already", requests: 3 },
])(
  "a signal ends it when the reader of its log is gone and $given",
  async ({ requests }) => {
    const server = await startServer(options);
    server.child.stderr?.destroy();
    for (let i = 0; i < requests; i++) await fetch(`${server.url}/healthz`);
    expect(await server.stop()).toBe(0);
  },
  20_000,
);

it("a second signal does not wait for what is running", async () => {
  const server = await startServer(options);
  const { port } = new URL(server.url);
  const socket = connect(Number(port), "localhost");
  socket.on("error", () => undefined);
  const head = "POST /api/v1/profiles/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
  socket.write(`${head}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n`);
  await once(socket, "data");
  server.child.kill("SIGTERM");
  await expect.poll(() => server.logged()).toContain("stopping");
  expect(await server.stop()).toBe(1);
}, 20_000);
