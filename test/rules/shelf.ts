// A resource with a file, for rules about what is stored and read back: requests one after the other to
// `/profiles/`, with `name` and `pic`, over the real engine and with all in memory.
import { isObject } from "../../src/base/json.js";
import { createWaybill, type Waybill, type WaybillOptions } from "../../src/index.js";

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly octets: Buffer;
  /** Where the answer is JSON. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Of a problem, its faults. */
  readonly errors: readonly Readonly<Record<string, unknown>>[];
}

export interface Shelf {
  readonly waybill: Waybill;
  call(call: Call): Promise<Reply>;
  /** PUT of raw octets as the picture of the profile 1, which is there. */
  put(body: string | Uint8Array, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** GET of that picture. */
  get(headers?: Readonly<Record<string, string>>): Promise<Reply>;
}

const profile = {
  type: "object",
  "x-resource": "/profiles/",
  required: ["name"],
  properties: {
    id: { type: "integer", readOnly: true },
    name: { type: "string" },
    pic: { contentMediaType: "application/octet-stream", maxLength: 100_000 },
    photos: { type: "array", items: { contentMediaType: "application/octet-stream" } },
  },
};

export const picture = "/profiles/1/pic/";

export async function withShelf(
  work: (shelf: Shelf) => Promise<void>,
  options: Partial<WaybillOptions> = {},
): Promise<void> {
  const document = {
    openapi: "3.1.1",
    info: { title: "Shelf", version: "1" },
    components: { schemas: { Profile: profile } },
  };
  const waybill = await createWaybill({ document, data: ":memory:", ...options });
  const call = async (one: Call): Promise<Reply> => replyOf(await waybill.fetch(requestOf(one)));
  try {
    const body = JSON.stringify({ name: "Ada" });
    await call({ method: "POST", path: "/profiles/", type: "application/json", body });
    await work({
      waybill,
      call,
      put: (octets, headers = {}) =>
        call({
          method: "PUT",
          path: picture,
          type: "application/octet-stream",
          headers,
          body: octets,
        }),
      get: (headers = {}) => call({ method: "GET", path: picture, headers }),
    });
  } finally {
    await waybill.close();
  }
}

function requestOf({ method, path, type, headers = {}, body }: Call): Request {
  return new Request(`http://api.test${path}`, {
    method,
    headers: { ...(type === undefined ? {} : { "content-type": type }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : new Uint8Array(body) }),
  });
}

async function replyOf(response: Response): Promise<Reply> {
  const octets = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  const said: unknown = isJson ? JSON.parse(octets.toString()) : {};
  const json = isObject(said) ? said : {};
  const errors = (json["errors"] ?? []) as Reply["errors"];
  return { status: response.status, headers: response.headers, octets, json, errors };
}
