// Interim responses, octet by octet: none may get into another answer, nor come after its own has begun.
import { createServer } from "node:http";
import { EventEmitter, once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import type { HttpHandler, HttpRequest } from "../http/exchange.js";
import { createNodeListener } from "./node.js";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

/** All that comes back for these octets, without dates. */
async function answersTo(text: string, handler: HttpHandler): Promise<string> {
  const server = createServer();
  const listener = createNodeListener(handler);
  server.on("request", listener.request);
  server.on("checkContinue", listener.checkContinue);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  opened.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1", () =>
    socket.write(text),
  );
  let read = "";
  for await (const chunk of socket) read += String(chunk);
  return read.replaceAll(/^(Date|Connection|Keep-Alive): .*\r\n/gim, "");
}

const hint = ({ inform }: HttpRequest): void => inform?.(104, "Told", { location: "/x" });
const get = (path: string, version = "1.1"): string =>
  `GET ${path} HTTP/${version}\r\nHost: a\r\n${path === "/last" ? "Connection: close\r\n" : ""}\r\n`;
const interim = "HTTP/1.1 104 Told\r\nlocation: /x\r\n\r\n";
const final = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

const ok = { status: 200, headers: {}, body: "ok" };

it("comes before the answer, as often as it is said", async () => {
  const told = await answersTo(get("/last"), async (request) => {
    hint(request);
    hint(request);
    return ok;
  });
  expect(told).toBe(interim + interim + final);
});

it("does not stand for 100 Continue", async () => {
  const head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n";
  const told = await answersTo(`${head}Expect: 100-continue\r\n\r\nhi`, async (request) => {
    hint(request);
    await request.body.pump(() => undefined, { idleMsMax: 10_000, bytesPerSecondMin: 0 });
    return ok;
  });
  expect(told).toBe(`${interim}HTTP/1.1 100 Continue\r\n\r\n${final}`);
});

it("is not for HTTP/1.0", async () => {
  const told = await answersTo(get("/last", "1.0"), async (request) => {
    expect(request.inform).toBeUndefined();
    return ok;
  });
  expect(told).toBe(final);
});

it("gets into no answer to another request of the connection", async () => {
  const second = new EventEmitter();
  const informed = once(second, "informed");
  const told = await answersTo(get("/first") + get("/last"), async (request) => {
    if (request.target === "/first") {
      await informed;
      return ok;
    }
    hint(request);
    second.emit("informed");
    return ok;
  });
  expect(told).toBe(final + final);
});

it("is nothing once the answer has begun", async () => {
  const told = await answersTo(get("/last"), async (request) => ({
    ...ok,
    headers: { "content-length": "2" },
    body: (async function* () {
      yield Buffer.from("o");
      hint(request);
      yield Buffer.from("k");
    })(),
  }));
  expect(told).toBe(final);
});

it("has no field that would end it", async () => {
  const told = await answersTo(get("/last"), async ({ inform }) => {
    expect(() => inform?.(104, "Told", { location: "/x\r\nx: y" })).toThrow();
    return ok;
  });
  expect(told).toBe(final);
});
