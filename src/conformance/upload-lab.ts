// The server under test, with what it says it can, and both protocols as a few calls. What is advertised is
// asked once.
import { createHash, randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { check, checkStatus, type Attaching } from "./protocol-case.js";
import {
  openRequest,
  sendRequest,
  type Fields,
  type OpenRequest,
  type Reply,
} from "./wire-client.js";

export interface LabOptions {
  /** `http://localhost:8080` */
  readonly baseUrl: string;
  readonly path: string;
  /** With every request: credentials. */
  readonly headers: Fields;
  readonly attach: Attaching | undefined;
  /** Longest time to wait for an upload to expire; those that live longer are not waited for. */
  readonly expiryMsMax: number;
}

export interface Advertised {
  /** Empty where tus is not spoken. */
  readonly tusVersions: readonly string[];
  readonly tusExtensions: readonly string[];
  readonly tusAlgorithms: readonly string[];
  readonly tusMaxSize: number | undefined;
  /** `Upload-Limit`: undefined where the IETF's resumable uploads are not spoken. */
  readonly draftLimit: string | undefined;
}

export interface Created {
  readonly url: string;
  readonly reply: Reply;
}

export interface UploadLab {
  readonly options: LabOptions;
  readonly target: string;
  advertised(): Promise<Advertised>;
  send(method: string, url: string, headers?: Fields, body?: Uint8Array): Promise<Reply>;
  open(method: string, url: string, headers: Fields): OpenRequest;
  trailed(method: string, url: string, message: Trailed): Promise<Reply>;
  /** Creation by tus. */
  create(headers: Fields, body?: Uint8Array): Promise<Created>;
  patch(url: string, offset: number, body: Uint8Array, headers?: Fields): Promise<Reply>;
  head(url: string): Promise<Reply>;
  /** By tus, which must be able to tell. */
  offset(url: string): Promise<number>;
  /** Where GET of an upload tells its octets or their SHA-256: held against these. */
  checkStored(url: string, bytes: Uint8Array): Promise<void>;
}

export interface Trailed {
  readonly headers: Fields;
  readonly body: Uint8Array;
  readonly trailers: Fields;
}

export const tusVersion = { "tus-resumable": "1.0.0" };
export const octets = { "content-type": "application/offset+octet-stream" };

export function createLab(options: LabOptions): UploadLab {
  const target = new URL(options.path, `${options.baseUrl.replace(/\/$/, "")}/`).href;
  let asked: Promise<Advertised> | undefined;
  const send: UploadLab["send"] = (method, url, headers = {}, body) =>
    sendRequest({
      method,
      url,
      headers: { ...options.headers, ...headers },
      ...(body ? { body } : {}),
    });
  const head: UploadLab["head"] = (url) => send("HEAD", url, tusVersion);
  return {
    options,
    target,
    advertised: () => (asked ??= send("OPTIONS", target).then(advertisedBy)),
    send,
    open: (method, url, headers) =>
      openRequest({ method, url, headers: { ...options.headers, ...headers } }),
    trailed: (method, url, { headers, body, trailers }) =>
      sendRequest({ method, url, headers: { ...options.headers, ...headers }, body, trailers }),
    async create(headers, body) {
      const reply = await send("POST", target, { ...tusVersion, ...headers }, body);
      checkStatus(reply, [201], "creation");
      return { reply, url: locationOf(reply, target) };
    },
    patch: (url, offset, body, headers = {}) =>
      send(
        "PATCH",
        url,
        { ...tusVersion, ...octets, "upload-offset": String(offset), ...headers },
        body,
      ),
    head,
    async offset(url) {
      const reply = await head(url);
      checkStatus(reply, [200, 204], "HEAD of the upload");
      const said = reply.headers["upload-offset"] ?? "";
      check(/^\d+$/.test(said), `HEAD has Upload-Offset ${said || "missing"}`);
      return Number(said);
    },
    async checkStored(url, bytes) {
      const reply = await send("GET", url);
      if (reply.status !== 200) return;
      const isJson = reply.headers["content-type"]?.startsWith("application/json") === true;
      const said = isJson ? shaIn(reply.body) : sha256(reply.body);
      check(said === undefined || said === sha256(bytes), "the stored octets are not those sent");
    },
  };
}

export function locationOf(reply: Reply, target: string): string {
  const { location } = reply.headers;
  check(location !== undefined && location !== "", "creation has no Location");
  return new URL(location, target).href;
}

/** Octets that nobody else sends. */
export function someBytes(count = 65_536): Buffer {
  return randomBytes(count);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Milliseconds until the upload expires, by what an answer said; undefined where it did not say, or it is long. */
export function expiryIn({ headers }: Reply, { expiryMsMax }: LabOptions): number | undefined {
  const age = /max-age=(\d+)/.exec(headers["upload-limit"] ?? "")?.[1];
  const date = headers["upload-expires"];
  const ms = date === undefined ? Number(age ?? NaN) * 1000 : Date.parse(date) - Date.now();
  return ms <= expiryMsMax ? Math.max(ms, 0) : undefined;
}

/** Past its time, and past some rounds of whatever removes what is over. */
export async function outlive(ms: number): Promise<void> {
  await pause(ms + 3000);
}

function advertisedBy({ headers }: Reply): Advertised {
  const list = (name: string): string[] => (headers[name] ?? "").split(",").flatMap(named);
  const max = headers["tus-max-size"];
  return {
    tusVersions: list("tus-version"),
    tusExtensions: list("tus-extension"),
    tusAlgorithms: list("tus-checksum-algorithm"),
    tusMaxSize: max === undefined ? undefined : Number(max),
    draftLimit: headers["upload-limit"],
  };
}

function named(text: string): string[] {
  return text.trim() === "" ? [] : [text.trim()];
}

function shaIn(body: Buffer): string | undefined {
  const value: unknown = JSON.parse(body.toString("utf8"));
  if (typeof value !== "object" || value === null || !("sha256" in value)) return undefined;
  return typeof value.sha256 === "string" ? value.sha256 : undefined;
}
