// The wall at which the rules are tested: one operation of a document, a request in octets, and the
// value that a hook was handed, or the problem. The real engine, with rows and files in memory.
import type { FileReference } from "../../src/base/file-reference.js";
import { isObject } from "../../src/base/json.js";
import { createWaybill, type WaybillOptions } from "../../src/index.js";
import { createDocument } from "../../src/openapi/document.js";
import { createCompiler } from "../../src/plan/compiler.js";
import { lintOperation } from "../../src/plan/lint.js";
import { createPlan } from "../../src/plan/plan.js";

export interface Api {
  /** The `openapi` field. Default 3.1.1. */
  readonly openapi?: string;
  /** Media types of the operation's request body; the short way to say `operation.requestBody`. */
  readonly content?: object;
  /** Added to the operation, or in place of what it would have. */
  readonly operation?: object;
  /** Default `POST`. */
  readonly method?: string;
  readonly components?: object;
  /** Added to the document's root. */
  readonly root?: object;
  readonly options?: Partial<WaybillOptions>;
  /** Take the items of a sequence one by one, with an `item` hook: see `Answer.items`. */
  readonly items?: boolean;
}

export interface Wire {
  /** The request's Content-Type. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string stands for its UTF-8 octets; pieces are sent one after the other. */
  readonly body?: string | Uint8Array;
  readonly query?: string;
}

export interface Answer {
  readonly status: number;
  /** What the operation was handed: files as `{file, mediaType, filename}`, their octets as Latin-1 text. */
  readonly value?: unknown;
  /** The value of the parameter that is the whole query string. */
  readonly querystring?: unknown;
  /** What the `item` hook was handed, also where the request failed after all. */
  readonly items?: readonly unknown[];
  /** The problem's `errors`. */
  readonly errors?: readonly Readonly<Record<string, unknown>>[];
  readonly headers: Headers;
}

/** Files without a `mediaType` that could differ: what a value shows of one. */
export interface ShownFile {
  readonly file: string;
  readonly mediaType: string;
  readonly filename?: string;
}

/** One request to a document's one operation. Everything is gone afterwards. */
export async function send(api: Api, wire: Wire): Promise<Answer> {
  const [answer] = await sendAll(api, [wire]);
  if (!answer) throw new Error("no answer");
  return answer;
}

/** Several requests, one after the other. */
export async function sendAll(api: Api, wires: readonly Wire[]): Promise<Answer[]> {
  const { method = "POST" } = api;
  let value: unknown;
  let items: unknown[] = [];
  let querystring: unknown;
  const waybill = await createWaybill({
    document: documentOf(api),
    data: ":memory:",
    ...api.options,
    operations: {
      take: {
        async handle(context) {
          value = await shown(context.value, context.readFile);
          querystring = await shown(context.querystring, context.readFile);
          return { status: 200 };
        },
        ...(api.items && {
          async item({ readFile }, item) {
            items.push(await shown(item, readFile));
          },
        }),
      },
    },
  });
  try {
    const answers: Answer[] = [];
    for (const wire of wires) {
      value = undefined;
      items = [];
      querystring = undefined;
      const response = await waybill.fetch(requestOf(method, wire));
      answers.push({
        ...(await answerOf(response, value)),
        querystring,
        ...(api.items && { items }),
      });
    }
    return answers;
  } finally {
    await waybill.close();
  }
}

/** The document as the tests mean it: one path `/take`, one operation `take`. */
export function documentOf({ openapi = "3.1.1", content, method = "POST", ...api }: Api): object {
  const body = content === undefined ? {} : { requestBody: { content } };
  const operation = { operationId: "take", ...body, responses: {}, ...api.operation };
  return {
    openapi,
    info: { title: "Rules", version: "1" },
    paths: { "/take": { [method.toLowerCase()]: operation } },
    ...(api.components ? { components: api.components } : {}),
    ...api.root,
  };
}

/** What lint finds of the operation: `severity rule pointer` each. */
export function findingsOf(api: Api): string[] {
  const document = createDocument(documentOf(api));
  const [plan] = createPlan(document).operations;
  if (!plan) throw new Error("no operation");
  return lintOperation(createCompiler(document), plan).map(
    ({ severity, rule, pointer }) => `${severity} ${rule} ${pointer}`,
  );
}

function requestOf(method: string, { type, headers = {}, body, query = "" }: Wire): Request {
  const octets = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return new Request(`http://api.test/take${query}`, {
    method,
    headers: { ...(type === undefined ? {} : { "content-type": type }), ...headers },
    ...(octets === undefined ? {} : { body: new Uint8Array(octets) }),
  });
}

async function answerOf(response: Response, value: unknown): Promise<Answer> {
  const text = await response.text();
  const { status, headers } = response;
  const isProblem = headers.get("content-type") === "application/problem+json";
  const problem: unknown = isProblem ? JSON.parse(text) : undefined;
  const errors = isObject(problem) ? (problem["errors"] as Answer["errors"]) : undefined;
  return { status, headers, ...(status < 300 ? { value } : {}), ...(errors ? { errors } : {}) };
}

async function shown(
  value: unknown,
  read: (file: FileReference) => AsyncIterable<Uint8Array>,
): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((each) => shown(each, read)));
  if (!isObject(value)) return value;
  if (isReference(value)) return showFile(value, read(value));
  const members = Object.entries(value).map(async ([name, each]) => [
    name,
    await shown(each, read),
  ]);
  return Object.fromEntries(await Promise.all(members));
}

function isReference(value: object): value is FileReference {
  return "sha256" in value && "size" in value && "id" in value;
}

async function showFile(
  { mediaType, filename }: FileReference,
  octets: AsyncIterable<Uint8Array>,
): Promise<ShownFile> {
  const pieces: Uint8Array[] = [];
  for await (const piece of octets) pieces.push(piece);
  const file = Buffer.concat(pieces).toString("latin1");
  return { file, mediaType, ...(filename === undefined ? {} : { filename }) };
}

/** A part of a form, as its header lines and its octets. */
export interface Part {
  /** Left out, there is no Content-Disposition but one among `headers`. */
  readonly name?: string;
  readonly filename?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export const boundary = "rule-7MA4YWxkTrZu0gW";

/** A multipart body: `subtype` with its parameters, `form-data` by default. */
export function multipart(parts: readonly Part[], subtype = "form-data"): Wire {
  const pieces = parts.flatMap((part) => [
    `--${boundary}\r\n${headOf(part)}\r\n`,
    part.body,
    "\r\n",
  ]);
  const octets = [...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece));
  return { type: `multipart/${subtype}; boundary=${boundary}`, body: Buffer.concat(octets) };
}

function headOf({ name, filename, type, headers = {} }: Part): string {
  const file = filename === undefined ? "" : `; filename="${filename}"`;
  const lines = Object.entries(headers);
  if (type !== undefined) lines.unshift(["Content-Type", type]);
  if (name !== undefined)
    lines.unshift(["Content-Disposition", `form-data; name="${name}"${file}`]);
  return lines.map(([field, value]) => `${field}: ${value}\r\n`).join("");
}

/** Text fields only: `[name, value]` in order. */
export function fields(...pairs: readonly (readonly [string, string])[]): Wire {
  return multipart(pairs.map(([name, body]) => ({ name, body })));
}

export function urlencoded(body: string): Wire {
  return { type: "application/x-www-form-urlencoded", body };
}

export function json(value: unknown): Wire {
  return { type: "application/json", body: JSON.stringify(value) };
}

/** The content of a form with these properties. */
export function formContent(properties: object, encoding?: object, more: object = {}): object {
  const schema = { type: "object", properties, ...more };
  return { "multipart/form-data": { schema, ...(encoding ? { encoding } : {}) } };
}

export function urlencodedContent(
  properties: object,
  encoding?: object,
  more: object = {},
): object {
  const schema = { type: "object", properties, ...more };
  return { "application/x-www-form-urlencoded": { schema, ...(encoding ? { encoding } : {}) } };
}

export function jsonContent(properties: object, more: object = {}): object {
  return { "application/json": { schema: { type: "object", properties, ...more } } };
}
