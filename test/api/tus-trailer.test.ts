// What of tus 1.0 needs a real connection: checksums that come after the octets, in HTTP/1.1 and HTTP/2.
import { createHash, randomBytes } from "node:crypto";
import * as http from "node:http";
import * as http2 from "node:http2";
import { afterEach, describe, expect, it } from "vitest";
import { Crc32c } from "../../src/upload/crc32c.js";
import { create, offsetOf, octets, start, undo, undoAll, type Api } from "./tus-api.js";

afterEach(undoAll);

const bytes = randomBytes(300_000);
const sum = (name: string, data: Uint8Array): string =>
  `${name} ${createHash(name).update(data).digest("base64")}`;
const crc = (data: Uint8Array): string => {
  const hash = new Crc32c();
  hash.update(data);
  return `crc32c ${hash.digest().toString("base64")}`;
};

interface Sent {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly trailers: Readonly<Record<string, string>>;
}

type Send = (origin: string, sent: Sent) => Promise<number>;

const send1: Send = (origin, { path, headers, body, trailers }) =>
  new Promise((resolve, reject) => {
    const request = http.request(new URL(path, origin), { method: "PATCH", headers }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
    });
    request.on("error", reject);
    request.write(body);
    request.addTrailers(trailers);
    request.end();
  });

const send2: Send = (origin, { path, headers, body, trailers }) =>
  new Promise((resolve, reject) => {
    const session = http2.connect(origin).on("error", reject);
    const stream = session.request(
      { ":method": "PATCH", ":path": path, ...headers },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers(trailers));
    stream.on("response", ({ ":status": status }) => {
      stream.resume().on("close", () => session.close(() => resolve(Number(status))));
    });
    stream.on("error", reject);
    stream.end(body);
  });

async function listening(): Promise<[api: Api, origin: string]> {
  const api = await start();
  const { url, close } = await api.waybill.listen({ port: 0, host: "localhost" });
  undo.push(() => close(0));
  return [api, url];
}

describe.each([
  ["HTTP/1.1", send1],
  ["HTTP/2", send2],
])("a checksum after the octets, in %s", (_, send) => {
  const patchTo = (
    origin: string,
    url: string,
    trailers: Readonly<Record<string, string>>,
    more: Readonly<Record<string, string>> = { trailer: "x-other, Upload-Checksum" },
  ): Promise<number> => {
    const headers = { ...octets, "tus-resumable": "1.0.0", "upload-offset": "0", ...more };
    return send(origin, { path: new URL(url).pathname, headers, body: bytes, trailers });
  };

  it.each([sum("sha1", bytes), sum("sha256", bytes), crc(bytes)])("that fits: %s", async (said) => {
    const [api, origin] = await listening();
    const [url] = await create(api, bytes.length);
    expect(await patchTo(origin, url, { "upload-checksum": said })).toBe(204);
    expect(await offsetOf(api, url)).toBe("200 300000");
  });

  it.each([
    ["that does not fit", { "upload-checksum": sum("sha1", bytes.subarray(1)) }, undefined, 460],
    ["of an unknown kind", { "upload-checksum": "md5 AAAA" }, undefined, 400],
    ["that was announced and does not come", { "x-other": "x" }, undefined, 400],
    ["that was not announced", { "upload-checksum": sum("sha1", bytes) }, {}, 400],
    [
      "that fits, after one that does not",
      { "upload-checksum": sum("sha1", bytes) },
      { trailer: "upload-checksum", "upload-checksum": sum("sha256", bytes.subarray(1)) },
      460,
    ],
  ])("%s is refused", async (what, trailers, more, status) => {
    const [api, origin] = await listening();
    const [url] = await create(api, bytes.length * 2);
    expect(await patchTo(origin, url, trailers as Record<string, string>, more)).toBe(status);
    if (what !== "that was not announced") expect(await offsetOf(api, url)).toBe("200 0");
  });
});
