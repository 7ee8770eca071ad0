// What reads JSON with base64 in it: octets of the files are counted and let go, the rest becomes a value.
// `load` hands back a function of chunks and workload that gives what the workload expects.
import { importWaybill } from "./peers.mjs";

export const contenders = [
  { name: "memcpy", role: "limit", load: async () => copy },
  { name: "waybill", role: "ours", load: loadWaybill },
  { name: "JSON.parse + Buffer.from", package: "node", role: "peer", load: async () => parse },
  { name: "stream-json", package: "stream-json", role: "peer", load: loadStreamJson },
];

const copied = Buffer.alloc(65_536);
function copy(chunks) {
  for (const chunk of chunks) chunk.copy(copied);
}

async function loadWaybill() {
  const { createJsonDecoder, defaultLimits } = await importWaybill("json");
  const { createByteDecoder } = await importWaybill("encoding");
  return (chunks, { spot }) => {
    const seen = { files: 0, octets: 0 };
    const onFile = () => {
      seen.files++;
      const decoder = createByteDecoder("base64");
      return {
        write: (bytes, offset) => void (seen.octets += decoder.write(bytes, offset).length),
        end: (offset) => void (seen.octets += decoder.end(offset).length),
      };
    };
    const decoder = createJsonDecoder({ limits: defaultLimits, ...(spot ? { spot, onFile } : {}) });
    for (const chunk of chunks) decoder.write(chunk);
    const value = decoder.end();
    return spot ? seen : { value };
  };
}

// As a body parser does it: the whole body, then the whole value.
function parse(chunks, { files }) {
  const value = JSON.parse(Buffer.concat(chunks).toString());
  if (!files) return { value };
  const sizes = files(value).map((text) => Buffer.from(text, "base64").length);
  return { files: sizes.length, octets: sizes.reduce((sum, size) => sum + size, 0) };
}

async function loadStreamJson() {
  const { parserStream } = await import("stream-json");
  const { default: assembler } = await import("stream-json/assembler.js");
  return (chunks, { spot }) =>
    new Promise((done, fail) => {
      const parser = parserStream(spot ? { packStrings: false } : {});
      parser.on("error", fail);
      const onDone = ({ current }) => done({ value: current });
      if (spot) countFiles(parser, done);
      else assembler.connectTo(parser, { onDone });
      for (const chunk of chunks) parser.write(chunk);
      parser.end();
    });
}

// Every string under the key `file`, four characters at a time.
function countFiles(parser, done) {
  const seen = { files: 0, octets: 0 };
  let isFile = false;
  let rest = "";
  parser.on("data", ({ name, value }) => {
    if (name === "keyValue") isFile = value === "file";
    else if (name === "startString" && isFile) {
      seen.files++;
      rest = "";
    } else if (name === "stringChunk" && isFile) {
      const text = rest + value;
      const end = text.length - (text.length % 4);
      rest = text.slice(end);
      seen.octets += Buffer.from(text.slice(0, end), "base64").length;
    }
  });
  parser.on("end", () => done(seen));
}
