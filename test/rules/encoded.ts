// What the client writes for a value, as the rules see it: the octets as text, and what the engine reads of them.
import {
  encodeRequest,
  isWaybillError,
  type Fault,
  type RequestOptions,
} from "../../src/client.js";
import { documentOf, send, type Answer, type Api } from "./wall.js";

export interface Encoded {
  readonly type: string;
  /** One character an octet. */
  readonly text: string;
  readonly body: Uint8Array;
  readonly length: string | undefined;
}

/** The request of the operation `take`; a boundary shows as `B`. */
export async function encoded(
  api: Api,
  value: unknown,
  options: RequestOptions = {},
): Promise<Encoded> {
  const { headers, body } = encodeRequest(documentOf(api), "take", value, options);
  const pieces: Uint8Array[] = [];
  for await (const piece of body ?? []) pieces.push(piece);
  const octets = Buffer.concat(pieces);
  const type = headers["content-type"] ?? "";
  const boundary = /boundary=(\S+)/.exec(type)?.[1] ?? "\0";
  const text = octets.toString("latin1").replaceAll(boundary, "B");
  return { type, text, body: octets, length: headers["content-length"] };
}

/** Each part of a form: its head's lines, an empty one, and its octets. */
export async function parts(api: Api, value: unknown, options?: RequestOptions): Promise<string[]> {
  const { text } = await encoded(api, value, options);
  return text
    .split(/^--B(?:--)?\r\n/m)
    .slice(1, -1)
    .map((part) => part.slice(0, -2).replaceAll("Content-Disposition: form-data; ", ""));
}

/** What the engine makes of what the client wrote. */
export async function roundTrip(
  api: Api,
  value: unknown,
  options?: RequestOptions,
): Promise<Answer> {
  const { type, body } = await encoded(api, value, options);
  return send(api, { type, body });
}

/** The fault of a value that cannot be sent. */
export function refused(api: Api, value: unknown, options: RequestOptions = {}): Fault {
  try {
    encodeRequest(documentOf(api), "take", value, options);
  } catch (error) {
    if (isWaybillError(error)) return error.faults[0];
    throw error;
  }
  throw new Error("the value was not refused");
}
