// A Waybill in this process for a client of tus 1.0, and what such a client sends.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { WaybillOptions } from "../../src/server/create-waybill.js";
import { openWaybill, type Opened } from "./open-waybill.js";

export { undo, undoAll } from "./open-waybill.js";

const schemas = {
  Profile: {
    "x-resource": "/profiles",
    type: "object",
    properties: { pic: { contentMediaType: "image/*" }, any: { contentMediaType: "*/*" } },
  },
};

export interface Api extends Opened {
  send(method: string, path: string, message?: Message): Promise<Response>;
  /** Paths of all files in the store, finished or not, without their names. */
  stored(): Promise<string[]>;
}

export interface Message {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | ReadableStream | string;
}

export async function start(options: Partial<WaybillOptions> = {}, data?: string): Promise<Api> {
  const { waybill, folder } = await openWaybill(schemas, options, data);
  return {
    waybill,
    folder,
    send: (method, path, { headers = {}, body } = {}) =>
      waybill.fetch(
        new Request(new URL(path, "http://api.test"), {
          method,
          headers: { "tus-resumable": "1.0.0", ...headers },
          ...(body === undefined ? {} : { body, duplex: "half" }),
        } as RequestInit),
      ),
    async stored() {
      const files = join(folder, "files");
      const found = await readdir(files, { recursive: true, withFileTypes: true });
      return found
        .filter((each) => each.isFile())
        .map(({ parentPath }) => parentPath.slice(files.length + 1).split("/")[0] ?? "");
    },
  };
}

export const octets = { "content-type": "application/offset+octet-stream" };

export async function create(
  { send }: Api,
  size: number | undefined,
  headers = {},
): Promise<[url: string, token: string]> {
  const length: Record<string, string> =
    size === undefined ? { "upload-defer-length": "1" } : { "upload-length": String(size) };
  const made = await send("POST", "/uploads", { headers: { ...length, ...headers } });
  expect([made.status, made.headers.get("tus-resumable")]).toEqual([201, "1.0.0"]);
  return [made.headers.get("location") ?? "", made.headers.get("upload-token") ?? ""];
}

export const patch = (
  { send }: Api,
  url: string,
  offset: number,
  body: Message["body"],
  headers = {},
) =>
  send("PATCH", url, {
    headers: { ...octets, "upload-offset": String(offset), ...headers },
    ...(body === undefined ? {} : { body }),
  });

export async function offsetOf({ send }: Api, url: string): Promise<string> {
  const head = await send("HEAD", url);
  return `${head.status} ${head.headers.get("upload-offset")}`;
}

export const answerOf = (response: Response) =>
  `${response.status} ${response.headers.get("upload-offset")}`;

export async function attach({ send }: Api, upload: string, property = "any"): Promise<Response> {
  return send("POST", "/profiles", {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ [property]: { upload } }),
  });
}
