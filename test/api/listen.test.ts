import { execFile } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import * as http2 from "node:http2";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { HttpHandler, Pace } from "../../src/http/exchange.js";
import { listen, type Listening, type ListenOptions } from "../../src/server/listen.js";

const run = promisify(execFile);
const pace: Pace = { idleMsMax: 10_000, bytesPerSecondMin: 1 };
const wholeBytes = 20_000_000;
let folder: string;
/** Files of 20 and 100 MB. */
let whole: string;
let large: string;
let tls: NonNullable<ListenOptions["tls"]>;
const servers: Listening[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-listen-"));
  large = join(folder, "large");
  whole = join(folder, "whole");
  await writeFile(large, "");
  await truncate(large, 100_000_000);
  await writeFile(whole, "");
  await truncate(whole, wholeBytes);
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const files = ["-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"];
  await run("openssl", ["req", "-x509", ...curve, ...files]);
  tls = { key: await readFile(key), cert: await readFile(cert) };
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close(0);
});

afterAll(() => rm(folder, { recursive: true }));

/** `/early` is refused unread, `/part` in mid-body; everything else is counted. */
const handler: HttpHandler = async ({ target, body, scheme }) => {
  const refusal = { status: 413, headers: {}, body: "too large" };
  if (target === "/early") return refusal;
  let bytes = 0;
  const count = (chunk: Uint8Array): void => {
    bytes += chunk.length;
    if (target === "/part" && bytes > 1_000_000) throw new Error("enough");
  };
  try {
    await body.pump(count, pace);
  } catch {
    return refusal;
  }
  return { status: 200, headers: {}, body: `${bytes} ${scheme}` };
};

async function start(options: Partial<ListenOptions> = {}, serve = handler): Promise<Listening> {
  const server = await listen(serve, { port: 0, host: "127.0.0.1", ...options });
  servers.push(server);
  return server;
}

async function curl(...args: string[]): Promise<string> {
  const { stdout } = await run("curl", ["-sS", "-m", "20", ...args]);
  return stdout;
}

const versions = [
  { name: "HTTP/1.1", flags: ["--http1.1"], isSecure: false },
  { name: "h2c by prior knowledge", flags: ["--http2-prior-knowledge"], isSecure: false },
  { name: "HTTP/1.1 over TLS", flags: ["--http1.1", "-k"], isSecure: true },
  { name: "HTTP/2 over TLS", flags: ["--http2", "-k"], isSecure: true },
];

describe("curl", () => {
  for (const { name, flags, isSecure } of versions) {
    const secure = () => start(isSecure ? { tls } : {});
    const scheme = isSecure ? "https" : "http";

    it(`gets an answer over ${name}`, async () => {
      const { url } = await secure();
      expect(url.startsWith(`${scheme}://127.0.0.1:`)).toBe(true);
      const report = await curl(...flags, "-w", " %{http_version}", `${url}/`);
      expect(report).toBe(`0 ${scheme} ${name.startsWith("HTTP/1") ? "1.1" : "2"}`);
    });

    it(`uploads 20 MB over ${name}`, async () => {
      const { url } = await secure();
      const report = await curl(...flags, "--data-binary", `@${whole}`, `${url}/`);
      expect(report).toBe(`${wholeBytes} ${scheme}`);
    });

    it(`prints the 413 to 100 MB, awaited or not, unread or in part, over ${name}`, async () => {
      const { url } = await secure();
      const reports = ["/early", "/part"].flatMap((target) =>
        ["Expect: 100-continue", "Expect:"].map((expects) => {
          const sent = ["-H", expects, "--data-binary", `@${large}`, `${url}${target}`];
          return curl(...flags, "-w", " %{http_code}", ...sent);
        }),
      );
      expect(await Promise.all(reports)).toEqual(Array(4).fill("too large 413"));
    }, 60_000); // on a busy machine 400 MB take their time
  }

  it("uploads without a length", async () => {
    const { url } = await start();
    const flags = ["-X", "POST", "-H", "Transfer-Encoding: chunked", "-T", whole];
    expect(await curl(...flags, `${url}/`)).toBe(`${wholeBytes} http`);
  });
});

/** Sends octets, and gives all that comes until the connection closes. */
async function raw(port: number, ...sent: (string | Buffer)[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  let text = "";
  socket.on("data", (chunk: Buffer) => void (text += chunk.toString("latin1")));
  const closed = once(socket, "close");
  for (const each of sent) {
    socket.write(each);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await closed;
  return text;
}

describe("the first octets", () => {
  const request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const post = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\n";
  const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
  const goaway = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const cases: { name: string; given: (string | Buffer)[]; want: RegExp }[] = [
    { name: "a request at once", given: [request], want: /^HTTP\/1.1 200 / },
    { name: "a request in pieces", given: ["G", "ET", request.slice(3)], want: /^HTTP\/1.1 200 / },
    {
      name: "POST, that begins as PRI does",
      given: ["P", post.slice(1), "he", "llo"],
      want: /5 http$/,
    },
    { name: "a body with the head", given: [`${post}hello`], want: /5 http$/ },
    {
      name: "the preface in pieces",
      given: [
        "PRI * HT",
        "TP/2.0\r\n\r\nSM\r\n\r",
        Buffer.concat([Buffer.from("\n"), settings]),
        goaway,
      ],
      // A SETTINGS frame comes first (RFC 9113 §3.4).
      want: /^\0\0.\x04/, // oxlint-disable-line no-control-regex
    },
    { name: "a wrong preface", given: ["PRI * HTTP/3.0\r\n\r\n"], want: /^HTTP\/1.1 400 / },
    { name: "no HTTP at all", given: ["\x16\x03\x01\x02\0"], want: /^HTTP\/1.1 400 / },
    {
      name: "a field without a name",
      given: ["GET / HTTP/1.1\r\n: x\r\n\r\n"],
      want: /^HTTP\/1.1 400 /,
    },
    { name: "no Host", given: ["GET / HTTP/1.1\r\n\r\n"], want: /^HTTP\/1.1 400 / },
    {
      name: "two kinds of length",
      given: [
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      ],
      want: /^HTTP\/1.1 400 /,
    },
    {
      name: "a malformed chunk in mid-body",
      given: ["POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "zz\r\n"],
      want: /^HTTP\/1.1 400 /,
    },
    {
      name: "too long a head",
      given: [`GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`],
      want: /^HTTP\/1.1 431 /,
    },
  ];
  for (const { name, given, want } of cases) {
    it(name, async () => {
      const { port, url } = await start();
      expect(await raw(port, ...given)).toMatch(want);
      // And it lives on.
      expect(await curl(`${url}/`)).toBe("0 http");
    });
  }

  it("are waited for without holding up others", async () => {
    const { port, url } = await start();
    const idle = connect(port, "127.0.0.1");
    const slow = connect(port, "127.0.0.1");
    slow.write("PRI * HTTP");
    expect(await curl(`${url}/`)).toBe("0 http");
    idle.destroy();
    slow.destroy();
  });

  it("are told of when they are malformed", async () => {
    const errors: Error[] = [];
    const { port } = await start({ onConnectionError: (error) => errors.push(error) });
    await raw(port, "nonsense\r\n\r\n");
    expect(errors).toHaveLength(1);
  });
});

/** Answers when told to. */
function slowHandler() {
  const events = new EventEmitter();
  const hasBegun = once(events, "begun");
  const mayGo = once(events, "go");
  const serve: HttpHandler = async () => {
    events.emit("begun");
    await mayGo;
    return { status: 200, headers: {}, body: "done" };
  };
  return { serve, hasBegun, go: () => events.emit("go") };
}

describe("close", () => {
  for (const { name, flags, isSecure } of versions) {
    it(`lets a running request finish over ${name}`, async () => {
      const { serve, hasBegun, go } = slowHandler();
      const server = await start(isSecure ? { tls } : {}, serve);
      const answer = curl(...flags, `${server.url}/`);
      await hasBegun;
      const closed = server.close(10_000);
      go();
      expect(await answer).toBe("done");
      await closed;
      await expect(curl(...flags, `${server.url}/`)).rejects.toThrow("Failed to connect");
    });
  }

  it("cuts off what has not finished after its grace", async () => {
    const { serve, hasBegun } = slowHandler();
    const server = await start({}, serve);
    const answer = curl(`${server.url}/`);
    answer.catch(() => undefined);
    await hasBegun;
    await server.close(20);
    await expect(answer).rejects.toThrow("Empty reply");
  });

  it("ends connections that are idle, kept alive or silent at once", async () => {
    const server = await start();
    const silent = connect(server.port, "127.0.0.1");
    const kept = connect(server.port, "127.0.0.1");
    kept.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const session = http2.connect(server.url);
    const goaway = once(session, "goaway");
    await Promise.all([
      once(silent, "connect"),
      once(kept, "data"),
      once(session, "remoteSettings"),
    ]);
    const ended = Promise.all([silent, kept, session].map((each) => once(each, "close")));
    silent.resume();
    kept.resume();
    await server.close(60_000);
    await ended;
    expect((await goaway)[0]).toBe(http2.constants.NGHTTP2_NO_ERROR);
  });

  it("is the same promise when asked again", async () => {
    const server = await start();
    expect(server.close(0)).toBe(server.close(0));
  });
});

describe("listen", () => {
  it("rejects when the port is taken", async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toThrow("EADDRINUSE");
  });

  it("rejects when the certificate is none", async () => {
    await expect(start({ tls: { key: "x", cert: "y" } })).rejects.toThrow();
  });

  it("offers wide windows to uploads", async () => {
    const { url } = await start();
    const session = http2.connect(url);
    await once(session, "remoteSettings");
    expect(session.remoteSettings).toMatchObject({
      initialWindowSize: 8 * 1024 * 1024,
      maxConcurrentStreams: 32,
    });
    session.destroy();
  });

  it("writes wildcard and IPv6 hosts as URLs", async () => {
    expect((await start({ host: "0.0.0.0" })).url).toMatch(/^http:\/\/localhost:\d+$/);
    expect((await start({ host: "::1" })).url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  });
});
