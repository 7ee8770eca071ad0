// Requests as a client of uploads may send them: at once, slowly, broken off in the middle, with trailers; and
// answers with their interim responses. Over node:http, since `fetch` shows and sends too little.
import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { buffer } from "node:stream/consumers";

export type Fields = Readonly<Record<string, string>>;

export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers?: Fields;
  /** Sent with its length, unless `headers` says how. */
  readonly body?: Uint8Array;
  /** After the last chunk of a body without a length. */
  readonly trailers?: Fields;
}

export interface Reply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly interim: readonly Interim[];
}

export type Interim = Pick<Reply, "status" | "headers">;

/** A request whose body is still to come. */
export interface OpenRequest {
  /** Rejects when there is no answer: the connection broke, or nothing came for long. */
  readonly reply: Promise<Reply>;
  /** The first interim response; rejects when there is none before the answer. */
  readonly informed: Promise<Interim>;
  /** Resolves when the system has taken it. */
  write(bytes: Uint8Array): Promise<void>;
  end(bytes?: Uint8Array): void;
  /** Breaks the connection off. */
  destroy(): void;
}

/** Longer than any server may take. */
const silenceMsMax = 30_000;

export async function sendRequest(sent: Sent): Promise<Reply> {
  const { body, trailers, headers = {} } = sent;
  const length: Fields = trailers
    ? { "transfer-encoding": "chunked", trailer: Object.keys(trailers).join(", ") }
    : body && !isFramed(headers)
      ? { "content-length": String(body.length) }
      : {};
  const open = openRequest({ ...sent, headers: { ...length, ...headers } });
  open.end(body);
  return open.reply;
}

export function openRequest({ method, url, headers = {}, body, trailers }: Sent): OpenRequest {
  const make = url.startsWith("https:") ? httpsRequest : httpRequest;
  const hasBody = body !== undefined || method === "POST" || method === "PATCH";
  const none = { "content-length": "0" };
  const fields =
    hasBody && !isFramed(headers) && body === undefined ? { ...none, ...headers } : headers;
  const request = make(url, { method, headers: fields, agent: false });
  const reply = replyTo(request);
  reply.catch(() => undefined);
  const informed = new Promise<Interim>((resolve, reject) => {
    request.once("information", ({ statusCode, headers: said }) =>
      resolve({ status: statusCode, headers: plain(said) }),
    );
    const fail = (): void => reject(new Error("there is no interim response"));
    request.once("response", fail).once("close", fail);
  });
  informed.catch(() => undefined);
  return {
    reply,
    informed,
    write: (bytes) => new Promise((resolve) => request.write(bytes, () => resolve())),
    end(bytes) {
      if (trailers) request.addTrailers(trailers);
      request.end(bytes);
    },
    destroy: () => void request.destroy(),
  };
}

function isFramed(headers: Fields): boolean {
  return headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
}

function replyTo(request: ClientRequest): Promise<Reply> {
  const interim: Interim[] = [];
  return new Promise((resolve, reject) => {
    request.setTimeout(silenceMsMax, () =>
      request.destroy(new Error(`no answer in ${silenceMsMax / 1000} seconds`)),
    );
    request.on("error", (error) => reject(new Error(`no answer: ${error.message}`)));
    request.on("close", () => reject(new Error("no answer: the connection was closed")));
    request.on("information", ({ statusCode, headers }) =>
      interim.push({ status: statusCode, headers: plain(headers) }),
    );
    request.on("response", (response) => {
      const { statusCode = 0, headers } = response;
      void buffer(response).then(
        (body) => resolve({ status: statusCode, headers: plain(headers), body, interim }),
        reject,
      );
    });
  });
}

function plain(headers: IncomingMessage["headers"]): Reply["headers"] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : value,
    ]),
  );
}
