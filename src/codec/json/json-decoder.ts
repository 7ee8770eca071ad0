// JSON that is pushed in pieces: builds the value `JSON.parse` would give, and streams the strings that are
// files to their sinks on the way. Knows neither schemas nor encodings.
import { createFirstErrorGuard } from "../encoding/first-error.js";
import type { JsonDecoder, JsonDecoderOptions } from "./json-options.js";
import { JsonMachine } from "./json-machine.js";

export type { JsonDecoder, JsonDecoderOptions, JsonSpot, JsonStringSink } from "./json-options.js";

/**
 * A decoder of one UTF-8 document. Faults carry `offset` (octets from 0) and `pointer`: `malformed-json`,
 * `duplicate-key`, `too-deep`, `too-many-keys`, `body-too-large` (`valueBytesMax`). What a sink throws is passed on.
 */
export function createJsonDecoder(options: JsonDecoderOptions): JsonDecoder {
  const machine = new JsonMachine(options);
  const guard = createFirstErrorGuard();
  return {
    write: (chunk) => guard(() => machine.write(chunk)),
    end: () => guard(() => machine.end()),
  };
}
