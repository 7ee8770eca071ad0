import * as http from "node:http";
import * as http2 from "node:http2";
import { connect, type AddressInfo, type Server } from "node:net";
import { EventEmitter, once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { isWaybillError } from "../base/fault.js";
import type { HttpHandler, HttpResponse, Pace } from "../http/exchange.js";
import { createNodeListener } from "./node.js";
import {
  adapterCases,
  type AdapterClient,
  type ReceivedResponse,
  type SentRequest,
} from "./test-adapter.js";

const patient: Pace = { idleMsMax: 60_000, bytesPerSecondMin: 0 };
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function start(server: http.Server | http2.Http2Server, handler: HttpHandler) {
  const listener = createNodeListener(handler, { drainMsMax: 50 });
  const sockets = new Set<{ destroy(): void }>();
  server.on("request", listener.request);
  server.on("checkContinue", listener.checkContinue);
  server.on("connection", (socket: { destroy(): void }) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { port, close };
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function linesOf(headers: http.IncomingHttpHeaders): ReceivedResponse["headers"] {
  const lines = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) lines.set(name, typeof value === "string" ? [value] : value);
  }
  return lines;
}

function plain(headers: SentRequest["headers"] = {}): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === "string" ? value : [...value],
    ]),
  );
}

async function openHttp1(handler: HttpHandler): Promise<AdapterClient> {
  const { port, close } = await start(http.createServer(), handler);
  const send = async ({
    method,
    target,
    headers,
    body,
  }: SentRequest): Promise<ReceivedResponse> => {
    const path = target;
    const request = http.request({ port, method, path, headers: plain(headers) });
    const answered = once(request, "response");
    // Who is answered early may be cut off while sending.
    request.on("error", () => undefined);
    for (const chunk of body ?? []) request.write(chunk);
    request.end();
    const [response] = (await answered) as [http.IncomingMessage];
    const status = response.statusCode ?? 0;
    return { status, headers: linesOf(response.headers), body: await collect(response) };
  };
  return { send, close };
}

async function openHttp2(handler: HttpHandler): Promise<AdapterClient> {
  const { port, close } = await start(http2.createServer(), handler);
  // The limit is for what uploads that are answered early leave in this process.
  const session = http2.connect(`http://127.0.0.1:${port}`, { maxSessionMemory: 100 });
  session.on("error", () => undefined);
  const send = async ({
    method,
    target,
    headers,
    body,
  }: SentRequest): Promise<ReceivedResponse> => {
    const head = { ":method": method, ":path": target, ...plain(headers) };
    const stream = session.request(head, { endStream: body === undefined });
    const answered = once(stream, "response");
    for (const chunk of body ?? []) stream.write(chunk);
    if (body) stream.end();
    const [fields] = (await answered) as [
      http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader,
    ];
    const { ":status": status = 0, ...rest } = fields;
    return { status, headers: linesOf(rest), body: await collect(stream) };
  };
  const end = async (): Promise<void> => {
    session.destroy();
    await close();
  };
  return { send, close: end };
}

describe("node:http", () => {
  for (const each of adapterCases) it(each.name, () => each.run(openHttp1));
});

describe("node:http2", () => {
  for (const each of adapterCases) it(each.name, () => each.run(openHttp2));
});

/** Speaks plain octets to a handler, and gives all that comes back until the connection is closed. */
async function raw(handler: HttpHandler, ...sent: string[]): Promise<string> {
  const server = await start(http.createServer(), handler);
  opened.push(server);
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => undefined);
  for (const each of sent) socket.write(each);
  let text = "";
  socket.on("data", (chunk: Buffer) => void (text += chunk.toString("latin1")));
  await once(socket, "close");
  return text;
}

/** RFC 9113 §4.1. Node's own client would end the stream before it resets it. */
function frame(type: number, flags: number, stream: number, payload: string): Buffer {
  const head = [0, 0, payload.length, type, flags, 0, 0, 0, stream];
  return Buffer.concat([Buffer.from(head), Buffer.from(payload, "latin1")]);
}

/** Starts an upload, lets `leave` happen when the first octets are there, and tells how the pump ended. */
function pumpOutcome(pace: Pace) {
  const events = new EventEmitter();
  const isStarted = once(events, "started");
  const settled = once(events, "settled");
  const handler: HttpHandler = async ({ body }) => {
    const code: unknown = await body
      .pump(() => void events.emit("started"), pace)
      .then(() => "complete")
      .catch((error: unknown) => (isWaybillError(error) ? error.code : error));
    events.emit("settled", code);
    return { status: code === "request-timeout" ? 408 : 400, headers: {}, body: String(code) };
  };
  return { handler, isStarted, outcome: settled.then(([code]: unknown[]) => code) };
}

describe("a client that leaves in mid-body", () => {
  it("is gone over HTTP/1.1", async () => {
    const { handler, isStarted, outcome } = pumpOutcome(patient);
    const server = await start(http.createServer(), handler);
    opened.push(server);
    const socket = connect(server.port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    await isStarted;
    socket.destroy();
    expect(await outcome).toBe("client-gone");
  });

  for (const code of [http2.constants.NGHTTP2_NO_ERROR, http2.constants.NGHTTP2_CANCEL]) {
    it(`is gone over HTTP/2 with code ${code}`, async () => {
      const { handler, isStarted, outcome } = pumpOutcome(patient);
      const server = await start(http2.createServer(), handler);
      opened.push(server);
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
      socket.write(frame(4, 0, 0, ""));
      // POST, http, / and an authority, by the static table (RFC 7541 Appendix A).
      socket.write(frame(1, 4, 1, "\x83\x86\x84\x41\x01x"));
      socket.write(frame(0, 0, 1, "abc"));
      await isStarted;
      socket.write(frame(3, 0, 1, `\0\0\0${String.fromCharCode(code)}`));
      expect(await outcome).toBe("client-gone");
      socket.destroy();
    });
  }

  it("is gone before the body is read", async () => {
    let outcome: unknown;
    const done = new Promise<void>((resolve) => {
      const handler: HttpHandler = async ({ body }) => {
        await new Promise((go) => setTimeout(go, 30));
        outcome = await body.pump(() => undefined, patient).catch((error: unknown) => error);
        resolve();
        return { status: 200, headers: {} };
      };
      void start(http.createServer(), handler).then((server) => {
        opened.push(server);
        const socket = connect(server.port, "127.0.0.1");
        const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc";
        socket.write(head, () => socket.destroy());
      });
    });
    await done;
    expect(outcome).toMatchObject({ code: "client-gone" });
  });
});

describe("the pace of a body", () => {
  it("ends in silence with 408, and closes", async () => {
    const { handler } = pumpOutcome({ idleMsMax: 20, bytesPerSecondMin: 0 });
    const text = await raw(handler, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    expect(text).toMatch(/^HTTP\/1.1 408 [^]*connection: close[^]*request-timeout$/i);
  });

  it("ends when it is too slow on average", async () => {
    const { handler, outcome } = pumpOutcome({ idleMsMax: 40, bytesPerSecondMin: 1_000_000 });
    const { port, close } = await start(http.createServer(), handler);
    opened.push({ close });
    const request = http.request({ port, method: "POST" });
    request.on("error", () => undefined);
    const timer = setInterval(() => request.write("x"), 5);
    expect(await outcome).toBe("request-timeout");
    clearInterval(timer);
    request.destroy();
  });

  it("does not count the time that the receiver takes", async () => {
    const hasty: Pace = { idleMsMax: 20, bytesPerSecondMin: 1_000_000 };
    const client = await openHttp1(async ({ body }) => {
      await body.pump(() => new Promise((resolve) => setTimeout(resolve, 80)), hasty);
      return { status: 200, headers: {} };
    });
    opened.push(client);
    const sent = { method: "POST", target: "/", body: [Buffer.from("abc")] };
    expect((await client.send(sent)).status).toBe(200);
  });
});

const early: HttpHandler = async () => ({ status: 413, headers: {}, body: "no" });
const echo: HttpHandler = async ({ body }) => {
  let text = "";
  await body.pump((chunk) => void (text += Buffer.from(chunk).toString()), patient);
  return { status: 200, headers: {}, body: text };
};

describe("Expect: 100-continue", () => {
  const head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n";

  it("is answered when the body is read, not before", async () => {
    const text = await raw(echo, `${head}Connection: close\r\n\r\n`, "abc");
    expect(text).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK\r\n[^]*abc$/);
  });

  it("is not answered when the request is lost already, and the connection closed", async () => {
    const text = await raw(early, `${head}\r\n`);
    expect(text).toMatch(/^HTTP\/1.1 413 [^]*connection: close[^]*\r\n\r\nno$/i);
  });
});

describe("an answer before the request is read", () => {
  it("keeps a connection whose small body is there already", async () => {
    const one = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
    const two = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    const text = await raw(early, one + two);
    expect(text.match(/HTTP\/1.1 413/g)).toHaveLength(2);
  });

  it("waits no longer than its bound for the rest", async () => {
    const text = await raw(early, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\nabc");
    expect(text).toMatch(/^HTTP\/1.1 413 /);
  });

  it("leaves an HTTP/2 session usable, over and over", async () => {
    const client = await openHttp2(early);
    opened.push(client);
    const body = Array.from({ length: 20 }, () => new Uint8Array(16_384));
    for (let i = 0; i < 50; i++) {
      const answer = await client.send({ method: "POST", target: "/", body });
      expect([answer.status, Buffer.from(answer.body).toString()]).toEqual([413, "no"]);
    }
  });

  it("resets an HTTP/2 stream without an error", async () => {
    const server = await start(http2.createServer(), early);
    opened.push(server);
    const session = http2.connect(`http://127.0.0.1:${server.port}`);
    const stream = session.request({ ":method": "POST" }, { endStream: false });
    stream.resume();
    await once(stream, "close");
    expect(stream.rstCode).toBe(http2.constants.NGHTTP2_NO_ERROR);
    session.destroy();
  });
});

/** A response without an end, that counts how often it was pulled. */
function endless() {
  let pulls = 0;
  const events = new EventEmitter();
  const isReturned = once(events, "returned");
  async function* chunks(): AsyncIterable<Uint8Array> {
    try {
      for (;;) {
        pulls++;
        yield new Uint8Array(65_536);
      }
    } finally {
      events.emit("returned");
    }
  }
  const response: HttpResponse = { status: 200, headers: {}, body: chunks() };
  return { response, isReturned, pulls: () => pulls };
}

function stalledHttp1(port: number): () => void {
  const socket = connect(port, "127.0.0.1");
  socket.pause();
  socket.on("error", () => undefined);
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  return () => void socket.destroy();
}

function stalledHttp2(port: number): () => void {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const stream = session.request({ ":path": "/" });
  stream.on("error", () => undefined);
  stream.pause();
  return () => {
    stream.close(http2.constants.NGHTTP2_CANCEL);
    stream.on("close", () => session.destroy());
  };
}

/** As above, to be cut off by the server. */
function stalledSession(port: number): () => void {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  const stream = session.request({ ":path": "/" });
  stream.on("error", () => undefined);
  stream.pause();
  return () => session.destroy();
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

describe("a streamed response", () => {
  for (const [name, server] of [
    ["HTTP/1.1", () => http.createServer()],
    ["HTTP/2", () => http2.createServer()],
  ] as const) {
    it(`goes as fast as it is read, and is let go of, over ${name}`, async () => {
      const { response, isReturned, pulls } = endless();
      const { port, close } = await start(server(), async () => response);
      opened.push({ close });
      const leave = name === "HTTP/2" ? stalledHttp2(port) : stalledHttp1(port);
      let before = -1;
      // Until nothing moves any more: an unread socket takes some megabytes.
      while (before !== pulls() || before < 1) {
        before = pulls();
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      expect(before).toBeLessThan(1000);
      leave();
      await isReturned;
    });
  }

  it("is cut off when nobody reads it", async () => {
    const { response, isReturned } = endless();
    const server = await startStalling(http.createServer(), async () => response);
    const leave = stalledHttp1(server.port);
    await isReturned;
    leave();
    await server.close();
  });
});

/** `close` waits for its connections. */
async function startStalling(
  server: http.Server | http2.Http2Server,
  handler: HttpHandler,
  stallMsMax = 40,
) {
  const listener = createNodeListener(handler, { stallMsMax });
  const closed: Promise<unknown>[] = [];
  server.on("request", (request: http.IncomingMessage, response: http.ServerResponse) => {
    closed.push(once(response, "close"));
    listener.request(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, closed, close: () => closeServer(server) };
}

describe("a response that is no stream", () => {
  const MiB = 1024 * 1024;
  const bodies = [
    { given: "bytes", body: new Uint8Array(32 * MiB) },
    { given: "text", body: "x".repeat(32 * MiB) },
  ];
  const kinds = [
    { kind: "HTTP/1.1", create: () => http.createServer(), stalled: stalledHttp1 },
    { kind: "HTTP/2", create: () => http2.createServer(), stalled: stalledSession },
  ];
  for (const { given, body } of bodies) {
    for (const { kind, create, stalled } of kinds) {
      it(`is cut off when nobody reads its ${given} over ${kind}`, async () => {
        const answer = { status: 200, headers: {}, body };
        const server = await startStalling(create(), async () => answer);
        const leave = stalled(server.port);
        await expect.poll(() => server.closed.length).toBe(1);
        await Promise.all(server.closed);
        leave();
        await server.close();
      });
    }
  }

  it("is not cut off while it is read, however slowly", async () => {
    const size = 32 * MiB;
    const answer = { status: 200, headers: {}, body: new Uint8Array(size) };
    // Each pause is far below the patience, all of them together are above it.
    const server = await startStalling(http.createServer(), async () => answer, 1000);
    const request = http.get({ port: server.port, agent: false });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    let bytes = 0;
    for await (const chunk of response) {
      bytes += (chunk as Uint8Array).length;
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
    expect(bytes).toBe(size);
    await server.close();
  });
});

const tellTarget: HttpHandler = async ({ target, authority }) => ({
  status: 200,
  headers: {},
  body: JSON.stringify([target, authority]),
});

describe("a request target", () => {
  const cases: [given: string, host: string, want: [target: string, authority: string]][] = [
    ["/a?b", "x", ["/a?b", "x"]],
    ["http://y:8080/a?b", "x", ["/a?b", "y:8080"]],
    ["http://y?b", "x", ["/?b", "y"]],
    ["http://y", "x", ["/", "y"]],
    ["/a://b", "x", ["/a://b", "x"]],
    ["*", "x", ["*", "x"]],
    ["/%", "x", ["/%", "x"]],
  ];
  for (const [given, host, want] of cases) {
    it(given, async () => {
      const head = `OPTIONS ${given} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      expect((await raw(tellTarget, head)).endsWith(JSON.stringify(want))).toBe(true);
    });
  }
});
