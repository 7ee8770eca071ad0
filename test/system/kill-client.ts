// The bodies of a client, in every style, and a request that can be slow, and can be cut off. Knows
// what a picture looks like to the server: the header of a PNG, then any octets at all.
import { createHash, randomFillSync } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest, type Agent, type IncomingHttpHeaders } from "node:http";
import { connect as connectHttp2, constants } from "node:http2";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { crc32 } from "node:zlib";

export interface Picture {
  readonly bytes: Buffer;
  readonly size: number;
  readonly sha256: string;
}

export interface Body {
  readonly type: string;
  readonly bytes: Buffer;
}

const pool = randomFillSync(Buffer.alloc(4 * 1024 * 1024));
let made = 0;

/** No two are alike. `size` is at least 100. */
export function picture(size: number): Picture {
  const ihdr = chunkOf("IHDR", Buffer.from([0, 0, 0, 9, 0, 0, 0, 7, 8, 6, 0, 0, 0]));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const serial = Buffer.alloc(8);
  serial.writeDoubleBE(++made);
  const rest = size - signature.length - ihdr.length - 12 - serial.length;
  const start = (made * 4099) % (pool.length - rest);
  const idat = chunkOf("IDAT", Buffer.concat([serial, pool.subarray(start, start + rest)]));
  const bytes = Buffer.concat([signature, ihdr, idat]);
  return { bytes, size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

function chunkOf(name: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length);
  head.write(name, 4, "latin1");
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crc32(Buffer.concat([head.subarray(4), data])));
  return Buffer.concat([head, data, tail]);
}

export type Fields = Readonly<Record<string, string | null | Picture>>;

export function jsonBody(fields: Fields, type = "application/json"): Body {
  const plain = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === "string" || value === null ? value : value.bytes.toString("base64"),
  ]);
  return { type, bytes: Buffer.from(JSON.stringify(Object.fromEntries(plain))) };
}

/** What is null is left out. */
export function formBody(fields: Fields): Body {
  const boundary = "a-boundary-that-is-in-no-picture";
  const parts = Object.entries(fields).flatMap(([name, value]) => {
    if (value === null) return [];
    const isText = typeof value === "string";
    const file = isText ? "" : '; filename="pic.png"\r\nContent-Type: image/png';
    return [
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`,
      isText ? value : value.bytes,
      "\r\n",
    ];
  });
  const all = [...parts, `--${boundary}--\r\n`].map((each) => Buffer.from(each));
  return { type: `multipart/form-data; boundary=${boundary}`, bytes: Buffer.concat(all) };
}

export const rawBody = ({ bytes }: Picture): Body => ({ type: "image/png", bytes });

export interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

export interface Call {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly body?: Body;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body goes out in this many pieces, with a breath between them. */
  readonly pieces?: number;
  readonly agent?: Agent;
}

const breathMs = 15;

/** Rejects when the connection fails. An answer whose head has come is one, even if its body is cut off. */
export function send(call: Call): Promise<Answer> {
  const { port, method, path, body, agent } = call;
  const headers = {
    ...call.headers,
    ...(body ? { "content-type": body.type, "content-length": String(body.bytes.length) } : {}),
  };
  return new Promise((resolve, reject) => {
    const out = httpRequest({ host: "127.0.0.1", port, method, path, headers, agent });
    out.on("error", reject);
    out.on("response", (response) => {
      // An early answer may be followed by a reset, while the body is still on its way.
      out.off("error", reject);
      out.on("error", () => undefined);
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => undefined);
      response.on("close", () => {
        const { statusCode: status = 0, headers: fields } = response;
        resolve({
          status,
          location: fields.location,
          headers: fields,
          bytes: Buffer.concat(chunks),
        });
      });
    });
    void sendBody(call, (bytes) => void out.write(bytes)).then(() => out.end());
  });
}

async function sendBody({ body, pieces = 1 }: Call, write: (bytes: Buffer) => void): Promise<void> {
  if (!body) return;
  const step = Math.ceil(body.bytes.length / pieces);
  for (let from = 0; from < body.bytes.length; from += step) {
    if (from > 0) await pause(breathMs);
    write(body.bytes.subarray(from, from + step));
  }
}

/** A request of which only half of the body is sent. */
export interface HalfSent {
  /** The connection breaks. */
  breakOff(): void;
  /** The status that comes, though the body never does. */
  readonly status: Promise<number>;
}

export type HalfCall = Required<Pick<Call, "port" | "method" | "path" | "body">>;

export const protocols: Readonly<Record<string, (call: HalfCall) => Promise<HalfSent>>> = {
  "HTTP/1.1": sendHalfHttp1,
  "HTTP/2": sendHalfHttp2,
};

async function sendHalfHttp1({ port, method, path, body }: HalfCall): Promise<HalfSent> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  const status = once(socket, "data").then(([data]) => Number(String(data).slice(9, 12)));
  const head = [
    `${method} ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Content-Type: ${body.type}`,
    `Content-Length: ${body.bytes.length}`,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  socket.write(half(body));
  return { status, breakOff: () => void socket.destroy() };
}

async function sendHalfHttp2({ port, method, path, body }: HalfCall): Promise<HalfSent> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  const stream = session.request({
    ":method": method,
    ":path": path,
    "content-type": body.type,
    "content-length": String(body.bytes.length),
  });
  stream.on("error", () => undefined);
  stream.write(half(body));
  const status = once(stream, "response").then(([headers]) => {
    stream.close(constants.NGHTTP2_CANCEL);
    session.close();
    return Number(headers[":status"]);
  });
  return { status, breakOff: () => session.destroy() };
}

const half = ({ bytes }: Body): Buffer => bytes.subarray(0, bytes.length / 2);
