// A query string that is one value (OAS 3.2 §4.12.1), read as a body of its media type is.
import { WaybillError, type Fault } from "../base/fault.js";
import type { QuerystringPlan } from "../plan/querystring-plan.js";
import { createBodyDecoder, type BodyDecoding } from "./decode-body.js";

export type QuerystringDecoding = Pick<BodyDecoding, "limits" | "sinks" | "validators" | "options">;

/** `text`: without the `?`. Rejects with `invalid-parameter` for each fault, which names the parameter. */
export async function decodeQuerystring(
  text: string,
  { name, required, media }: QuerystringPlan,
  decoding: QuerystringDecoding,
): Promise<unknown> {
  try {
    if (text === "") {
      if (required) throw fault("The query string is missing.");
      return undefined;
    }
    const decoder = createBodyDecoder({
      ...decoding,
      plan: media,
      contentType: media.range,
      filename: undefined,
    });
    await decoder.write(new TextEncoder().encode(serialized(text, media.body.kind)));
    return await decoder.end();
  } catch (error) {
    throw named(error, name);
  }
}

// Pairs are made for URLs. All else is escaped to be in one, where `+` is a plus (OAS 3.2 §4.12.7).
function serialized(text: string, kind: string): string {
  if (kind === "urlencoded") return text;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw fault("The query string is not valid percent-encoded UTF-8.", cause);
  }
}

function fault(detail: string, cause?: unknown): WaybillError {
  return new WaybillError({ code: "invalid-parameter", detail }, { cause });
}

/** Faults that are not the client's stay what they are. */
const others = new Set(["unavailable", "internal", "not-implemented"]);

function named(error: unknown, parameter: string): unknown {
  if (!(error instanceof WaybillError) || others.has(error.code)) return error;
  const name = ({ detail, pointer, limit }: Fault): Fault => ({
    code: "invalid-parameter",
    detail,
    parameter,
    ...(pointer === undefined ? {} : { pointer }),
    ...(limit === undefined ? {} : { limit }),
  });
  const [first, ...rest] = error.faults;
  return new WaybillError([name(first), ...rest.map(name)], { cause: error });
}
