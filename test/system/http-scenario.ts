// One API in this process behind a real port, with a data folder of its own: what the scenarios send,
// and what is stored after it, so that each can also say what did not happen.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createWaybill, type ListenOptions, type WaybillOptions } from "../../src/index.js";
import { assembleWaybill } from "../../src/server/create-waybill.js";
import { openUnderTest } from "../api/data-under-test.js";

const run = promisify(execFile);

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** Undefined where the answer is no JSON. */
  readonly json: unknown;
}

export interface Message {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Clients of one server. */
export interface HttpClient {
  send(method: string, path: string, message?: Message): Promise<Answer>;
  json(method: string, path: string, value: unknown): Promise<Answer>;
  /** Its stdout; paths that begin with a slash after `url:` are on this server. */
  curl(...args: string[]): Promise<string>;
  /** Writes octets to a socket and gives all that comes until the server closes or `until` has come. */
  raw(sent: readonly (string | Uint8Array)[], until?: RegExp): Promise<string>;
}

export interface Scenario extends HttpClient {
  readonly url: string;
  readonly port: number;
  /** A folder for files that clients send. */
  readonly folder: string;
  /** SHA-256 of every file in the store; unfinished ones begin with `tmp:`. */
  stored(): Promise<string[]>;
  file(name: string, content: string | Uint8Array): Promise<string>;
  close(): Promise<void>;
}

type Options = Omit<WaybillOptions, "data"> & Pick<ListenOptions, "tls">;

export async function startScenario({ tls, ...options }: Options): Promise<Scenario> {
  const folder = await mkdtemp(join(tmpdir(), "waybill-scenario-"));
  const data = join(folder, "data");
  const under = await openUnderTest(data);
  const waybill = under
    ? await assembleWaybill(options, under)
    : await createWaybill({ ...options, data });
  const server = await waybill.listen({ port: 0, host: "127.0.0.1", ...(tls ? { tls } : {}) });
  const { url, port } = server;
  return {
    url,
    port,
    folder,
    ...clientOf(url),
    stored: () => storedFiles(join(data, "files")),
    async file(name, content) {
      const path = join(folder, name);
      await writeFile(path, content);
      return path;
    },
    async close() {
      await server.close(0);
      await waybill.close();
      await rm(folder, { recursive: true });
    },
  };
}

export function clientOf(url: string): HttpClient {
  const send = async (method: string, path: string, message: Message = {}): Promise<Answer> => {
    const { headers = {}, body } = message;
    // Octets, so that fetch adds no Content-Type of its own.
    const octets = body === undefined ? {} : { body: Buffer.from(body) };
    const response = await fetch(url + path, { method, headers, ...octets, redirect: "manual" });
    return answerOf(response);
  };
  return {
    send,
    json: (method, path, value) => send(method, path, jsonOf(value)),
    curl: (...args) => curl(...args.map((arg) => arg.replace(/^url:/, url))),
    raw: (sent, until) => raw(Number(new URL(url).port), sent, until),
  };
}

async function answerOf(response: Response): Promise<Answer> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "");
  const json: unknown = isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : undefined;
  return { status: response.status, headers: response.headers, bytes, json };
}

async function curl(...args: string[]): Promise<string> {
  const { stdout } = await run("curl", ["-sS", "-m", "60", ...args], { maxBuffer: 64 << 20 });
  return stdout;
}

async function raw(
  port: number,
  sent: readonly (string | Uint8Array)[],
  until?: RegExp,
): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  // A refusal may come before all is sent: then writing fails, and reading tells why.
  socket.on("error", () => undefined);
  for (const piece of sent) socket.write(piece);
  let text = "";
  for await (const chunk of socket) {
    text += String(chunk);
    if (until?.test(text)) break;
  }
  socket.destroy();
  return text;
}

async function storedFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const digests = files.map(async ({ parentPath, name }) => {
    const digest = sha256(await readFile(join(parentPath, name)));
    return parentPath.endsWith("tmp") ? `tmp:${digest}` : digest;
  });
  return (await Promise.all(digests)).sort();
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** One part of a form: its octets, and a file name or a type if it has one. */
export interface Part {
  /** Left out, the part has no name. */
  readonly name?: string;
  readonly filename?: string;
  readonly type?: string;
  /** More header lines. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export const boundary = "waybill-scenario-7MA4YWxkTrZu0gW";

export function multipart(parts: readonly Part[]): Required<Message> {
  const pieces = parts.flatMap(({ name, filename, type, headers = {}, body }) => {
    const disposition = ["form-data"];
    if (name !== undefined) disposition.push(`name="${name}"`);
    if (filename !== undefined) disposition.push(`filename="${filename}"`);
    const lines = [`--${boundary}`, `Content-Disposition: ${disposition.join("; ")}`];
    if (type !== undefined) lines.push(`Content-Type: ${type}`);
    for (const [field, value] of Object.entries(headers)) lines.push(`${field}: ${value}`);
    return [`${lines.join("\r\n")}\r\n\r\n`, body, "\r\n"];
  });
  const body = Buffer.concat([...pieces, `--${boundary}--\r\n`].map((each) => Buffer.from(each)));
  return { headers: { "content-type": `multipart/form-data; boundary=${boundary}` }, body };
}

export function jsonOf(value: unknown): Required<Message> {
  return { headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

export function urlencoded(fields: Readonly<Record<string, string>>): Required<Message> {
  return {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields).toString(),
  };
}

/** Pictures, and what only pretends to be one. */
export const pictures = {
  /** PNG, 1 by 1. */
  red: base64(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC",
  ),
  /** PNG, 20 by 20. */
  blue: base64(
    "iVBORw0KGgoAAAANSUhEUgAAABQAAAAUCAIAAAAC64paAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAIElEQVQ4jWNgYPhP" +
      "AWIY1cwwGmAMo4mEYTRjMAxUYQAAFMCOgFYcALAAAAAASUVORK5CYII=",
  ),
  /** GIF, 1 by 1. */
  gif: base64("R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="),
  none: Buffer.from("%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"),
} as const;

function base64(text: string): Buffer {
  return Buffer.from(text, "base64");
}
