// What every adapter does, as cases to be run against each. Knows no test runner and no transport: it is
// handed something that sends requests to a handler.
import assert from "node:assert/strict";
import type { HttpHandler, HttpRequest, HttpResponse, Pace } from "../http/exchange.js";

export interface AdapterClient {
  /** Rejects when the response does not reach its end. */
  send(request: SentRequest): Promise<ReceivedResponse>;
  close(): Promise<void>;
}

export interface SentRequest {
  readonly method: string;
  readonly target: string;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent chunk by chunk, without a length. */
  readonly body?: readonly Uint8Array[];
}

export interface ReceivedResponse {
  readonly status: number;
  /** Lower-case names; each line of a repeated field on its own. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Uint8Array;
}

export interface AdapterCase {
  readonly name: string;
  run(open: (handler: HttpHandler) => Promise<AdapterClient>): Promise<void>;
}

type Check = (response: ReceivedResponse) => void | Promise<void>;

const pace: Pace = { idleMsMax: 10_000, bytesPerSecondMin: 1 };
const get: SentRequest = { method: "GET", target: "/" };
const ok = (body?: HttpResponse["body"], headers: HttpResponse["headers"] = {}): HttpResponse => ({
  status: 200,
  headers,
  body,
});
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (response: ReceivedResponse): string => new TextDecoder().decode(response.body);
const field = (response: ReceivedResponse, name: string): string | undefined =>
  response.headers.get(name)?.join(", ");

/** A response body that tells whether it was let go of. */
function watchedBody(chunks: readonly (string | Error)[]): {
  body: AsyncIterable<Uint8Array>;
  isReturned(): boolean;
} {
  let isReturned = false;
  let i = 0;
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      const chunk = chunks[i++];
      if (chunk instanceof Error) throw chunk;
      return chunk === undefined
        ? { done: true, value: undefined }
        : { done: false, value: bytes(chunk) };
    },
    async return() {
      isReturned = true;
      return { done: true, value: undefined };
    },
  };
  return { body: { [Symbol.asyncIterator]: () => iterator }, isReturned: () => isReturned };
}

function exchange(
  name: string,
  handler: HttpHandler,
  request: SentRequest,
  check: Check,
): AdapterCase {
  return {
    name,
    async run(open) {
      const client = await open(handler);
      try {
        await check(await client.send(request));
      } finally {
        await client.close();
      }
    },
  };
}

/** The response must fail rather than look complete. */
function brokenOff(
  name: string,
  chunks: readonly (string | Error)[],
  length?: string,
): AdapterCase {
  const headers: HttpResponse["headers"] = length === undefined ? {} : { "content-length": length };
  return {
    name,
    async run(open) {
      const client = await open(async () => ok(watchedBody(chunks).body, headers));
      try {
        await assert.rejects(client.send(get));
      } finally {
        await client.close();
      }
    },
  };
}

function requestCase(
  name: string,
  request: SentRequest,
  look: (seen: HttpRequest) => unknown,
  want: unknown,
): AdapterCase {
  const handler: HttpHandler = async (seen) => ok(JSON.stringify(await look(seen)));
  return exchange(name, handler, request, (response) =>
    assert.deepEqual(JSON.parse(textOf(response)), want),
  );
}

async function readAll(request: HttpRequest): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let isBusy = false;
  await request.body.pump(async (chunk) => {
    assert.equal(isBusy, false, "a chunk came before the last one was taken");
    isBusy = true;
    await new Promise((resolve) => setImmediate(resolve));
    text += decoder.decode(chunk, { stream: true });
    isBusy = false;
  }, pace);
  return text;
}

const post = (...chunks: string[]): SentRequest => ({
  method: "POST",
  target: "/",
  body: chunks.map(bytes),
});
const large: SentRequest = {
  ...get,
  method: "POST",
  body: Array.from({ length: 64 }, () => new Uint8Array(65_536)),
};

const requestCases: readonly AdapterCase[] = [
  requestCase(
    "method and target as sent",
    { method: "DELETE", target: "/a/b%20c%2Fd?e=%20f" },
    (r) => [r.method, r.target, r.scheme],
    ["DELETE", "/a/b%20c%2Fd?e=%20f", "http"],
  ),
  requestCase("an authority", get, (r) => r.authority !== "", true),
  requestCase(
    "header fields in lower case, repeated ones joined",
    { ...get, headers: { "x-one": "1", "x-two": ["a", "b"] } },
    (r) => [r.headers["x-one"], r.headers["x-two"], r.headers["x-none"] ?? null],
    ["1", "a, b", null],
  ),
  requestCase(
    "no body of a GET, and a pump that delivers nothing",
    get,
    async (r) => [r.body.present, await readAll(r)],
    [false, ""],
  ),
  requestCase(
    "no body of a POST without one",
    { method: "POST", target: "/" },
    (r) => r.body.present,
    false,
  ),
  requestCase(
    "the whole body, one chunk at a time",
    post("one ", "two ", "žluť"),
    async (r) => [r.body.present, await readAll(r)],
    [true, "one two žluť"],
  ),
  requestCase("a body that is empty", post(), readAll, ""),
  requestCase("a large body", large, async (r) => (await readAll(r)).length, 64 * 65_536),
  requestCase(
    "a second pump refused",
    post("x"),
    (r) =>
      readAll(r)
        .then(() => readAll(r))
        .catch((error: unknown) => error instanceof Error && error.name),
    "WaybillError",
  ),
  requestCase(
    "the error of the receiver, and nothing after it",
    large,
    async (r) => {
      let calls = 0;
      const refuse = async (): Promise<void> => {
        calls++;
        throw new RangeError("full");
      };
      const error: unknown = await r.body.pump(refuse, pace).catch((reason: unknown) => reason);
      return [error instanceof RangeError, calls];
    },
    [true, 1],
  ),
  exchange(
    "an answer before the body is read",
    async () => ({ status: 413, headers: {}, body: "too large" }),
    large,
    (response) => {
      assert.deepEqual([response.status, textOf(response)], [413, "too large"]);
    },
  ),
];

const responseCases: readonly AdapterCase[] = [
  exchange(
    "a text, its length in octets",
    async () => ok("žluť", { "content-type": "text/plain" }),
    get,
    (response) => {
      assert.deepEqual([response.status, textOf(response)], [200, "žluť"]);
      assert.deepEqual(
        [field(response, "content-type"), field(response, "content-length")],
        ["text/plain", "6"],
      );
    },
  ),
  exchange(
    "octets",
    async () => ok(Uint8Array.of(0, 255)),
    get,
    (response) => {
      assert.deepEqual([...response.body], [0, 255]);
    },
  ),
  exchange(
    "no body at all",
    async () => ({ status: 201, headers: { location: "/x" } }),
    get,
    (response) => {
      assert.deepEqual(
        [response.status, field(response, "location"), textOf(response)],
        [201, "/x", ""],
      );
    },
  ),
  exchange(
    "repeated fields",
    async () => ok("", { "set-cookie": ["a=1", "b=2"] }),
    get,
    (response) => {
      assert.deepEqual(response.headers.get("set-cookie"), ["a=1", "b=2"]);
    },
  ),
  exchange(
    "a stream",
    async () => ok(watchedBody(["one ", "", "two"]).body),
    get,
    (response) => {
      assert.equal(textOf(response), "one two");
    },
  ),
  exchange(
    "a stream of a known length",
    async () => ok(watchedBody(["one ", "two"]).body, { "content-length": "7" }),
    get,
    (response) => {
      assert.deepEqual([textOf(response), field(response, "content-length")], ["one two", "7"]);
    },
  ),
  exchange(
    "an empty stream",
    async () => ok(watchedBody([]).body),
    get,
    (response) => {
      assert.deepEqual([response.status, textOf(response)], [200, ""]);
    },
  ),
  exchange(
    "fields of one connection",
    async () => ok("x", { connection: "close", "keep-alive": "timeout=5" }),
    get,
    (response) => {
      assert.equal(textOf(response), "x");
    },
  ),
  ...[204, 304].map((status) =>
    exchange(
      `no body with ${status}`,
      async () => ({ status, headers: { etag: '"x"' }, body: "x" }),
      get,
      (response) => {
        assert.deepEqual(
          [response.status, field(response, "etag"), textOf(response)],
          [status, '"x"', ""],
        );
      },
    ),
  ),
  exchange(
    "no body for HEAD, but its length",
    async () => ok("12345"),
    { ...get, method: "HEAD" },
    (response) => {
      assert.deepEqual([textOf(response), field(response, "content-length")], ["", "5"]);
    },
  ),
  exchange(
    "the length that a HEAD says itself",
    async () => ok(undefined, { "content-length": "99" }),
    { ...get, method: "HEAD" },
    (response) => {
      assert.deepEqual([textOf(response), field(response, "content-length")], ["", "99"]);
    },
  ),
  droppedStream(),
];

function droppedStream(): AdapterCase {
  const watched = watchedBody(["x"]);
  return exchange(
    "a stream let go of for HEAD",
    async () => ok(watched.body),
    { ...get, method: "HEAD" },
    (response) => {
      assert.deepEqual([textOf(response), watched.isReturned()], ["", true]);
    },
  );
}

const failureCases: readonly AdapterCase[] = [
  ...[
    { name: "a handler that rejects", handler: () => Promise.reject(new Error("bug")) },
    {
      name: "a handler that throws",
      handler: () => {
        throw new Error("bug");
      },
    },
    {
      name: "a stream that fails at once",
      handler: async () => ok(watchedBody([new Error("disk")]).body),
    },
    { name: "a field that cannot be sent", handler: async () => ok("x", { "x-bad": "a\nb: c" }) },
  ].map(({ name, handler }) =>
    exchange(`500 for ${name}`, handler, get, (response) => {
      assert.equal(response.status, 500);
      assert.equal(field(response, "content-type"), "application/problem+json");
      assert.equal(textOf(response).includes("bug"), false);
    }),
  ),
  brokenOff("breaks off a stream that fails on the way", ["one", new Error("disk")]),
  brokenOff("breaks off a stream of known length that fails", ["one", new Error("disk")], "10"),
  brokenOff("breaks off a stream that is too short", ["one"], "10"),
  brokenOff("breaks off a stream that is too long", ["one", "two"], "4"),
];

/** Each opens its own client, and closes it. `run` rejects with an assertion that failed. */
export const adapterCases: readonly AdapterCase[] = [
  ...requestCases,
  ...responseCases,
  ...failureCases,
];
