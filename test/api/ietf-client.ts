// A server on a port, and a client that sees its interim responses: for tests of the IETF's resumable uploads.
import { readdir } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { WaybillOptions } from "../../src/server/create-waybill.js";
import { openWaybill, undo } from "./open-waybill.js";

export { undo, undoAll } from "./open-waybill.js";

const schemas = {
  Thing: {
    "x-resource": "/things",
    type: "object",
    properties: {
      any: { contentMediaType: "*/*" },
      pic: { contentMediaType: "image/*" },
      many: { type: "array", items: { contentMediaType: "*/*" } },
    },
  },
};

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Headers of the interim responses with 104. */
  readonly interim: readonly IncomingHttpHeaders[];
}

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Breaks off after the body, which has a longer length or no end; where interim responses are looked at, after the first. */
  readonly breakOff?: boolean;
  readonly onInterim?: (headers: IncomingHttpHeaders) => void;
}

export interface Api {
  readonly url: string;
  send(method: string, path: string, sent?: Sent): Promise<Answer>;
  stored(): Promise<number>;
  /** Before the end of the test. */
  close(): Promise<unknown>;
}

export async function start(options: Partial<WaybillOptions> = {}): Promise<Api> {
  const { waybill, folder } = await openWaybill(schemas, options);
  const listening = await waybill.listen({ port: 0, host: "localhost" });
  const close = async (): Promise<void> => {
    await listening.close(0);
    await waybill.close();
  };
  undo.push(close);
  return {
    url: listening.url,
    close,
    send: (method, path, sent = {}) => exchange(method, new URL(path, listening.url), sent),
    async stored() {
      const found = await readdir(join(folder, "files"), { recursive: true, withFileTypes: true });
      return found.filter((each) => each.isFile()).length;
    },
  };
}

export const interop = { "upload-draft-interop-version": "8" };

export function exchange(
  method: string,
  url: URL,
  { headers, body, breakOff, onInterim }: Sent,
): Promise<Answer> {
  const interim: IncomingHttpHeaders[] = [];
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers: { ...interop, ...headers }, agent: false });
    request.on("error", reject);
    request.on("information", (info) => {
      if (info.statusCode !== 104) return;
      interim.push(info.headers);
      onInterim?.(info.headers);
    });
    request.on("response", (response) => {
      void text(response).then(
        (read) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: read,
            interim,
          }),
        reject,
      );
    });
    if (breakOff && onInterim) request.once("information", () => request.destroy()).write(body);
    else if (breakOff) request.write(body, () => setImmediate(() => request.destroy()));
    else request.end(body);
  });
}
