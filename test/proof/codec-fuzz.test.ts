// A short run of the fuzzer over the sources; `node test/fuzz/codec.fuzz.mjs` runs long ones over the build.
import { expect, it } from "vitest";
import * as encoding from "../../src/encoding.js";
import * as json from "../../src/json.js";
import * as multipart from "../../src/multipart.js";
import * as urlencoded from "../../src/urlencoded.js";
import * as xml from "../../src/xml.js";
import { fuzz } from "../fuzz/codec.fuzz.mjs";

const codecs = { ...json, ...encoding, ...multipart, ...urlencoded, ...xml };

it("decodes or refuses random bodies alike, however cut", { timeout: 60_000 }, () => {
  const tally = fuzz({ codecs, executions: 4000, seed: 7 });
  expect(Object.keys(tally)).toHaveLength(8);
  for (const [name, { decoded, refused }] of Object.entries(tally)) {
    expect(decoded, name).toBeGreaterThan(30);
    // What an encoder wrote is never refused.
    if (name === "encoders") expect(refused).toBe(0);
    else expect(refused, name).toBeGreaterThan(30);
  }
});

// Drops an octet of white space at the end of a piece.
function createCarelessDecoder(options: json.JsonDecoderOptions): json.JsonDecoder {
  const decoder = json.createJsonDecoder(options);
  const write = (chunk: Uint8Array): void =>
    decoder.write(chunk.at(-1) === 0x20 ? chunk.subarray(0, -1) : chunk);
  return { ...decoder, write };
}

it("finds a decoder that minds where bodies are cut", () => {
  const careless = { ...codecs, createJsonDecoder: createCarelessDecoder };
  expect(() => fuzz({ codecs: careless, executions: 4000, seed: 7 })).toThrow(/^json.*whole: /);
});
