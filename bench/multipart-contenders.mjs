// What decodes multipart bodies, each as its README shows: fields as text, files piece by piece and let go.
// `load` hands back a function of chunks that gives `{parts, octets}`.
import { Writable } from "node:stream";
import { boundary, delimiter } from "./multipart-workloads.mjs";
import { importWaybill, requestOf, requirePeer } from "./peers.mjs";

const contentType = `multipart/form-data; boundary=${boundary}`;
const many = 100_000;
const bytesMax = 1024 ** 3;

export const contenders = [
  { name: "bare indexOf scan", role: "limit", load: async () => scan },
  { name: "memcpy", role: "bound", load: async () => copy },
  { name: "waybill", role: "ours", load: loadWaybill },
  { name: "waybill, as an iterator", role: "ours", load: loadIterator },
  { name: "busboy", package: "busboy", role: "peer", load: () => loadBusboy("busboy") },
  {
    name: "@fastify/busboy",
    package: "@fastify/busboy",
    role: "peer",
    load: () => loadBusboy("@fastify/busboy"),
  },
  { name: "formidable", package: "formidable", role: "peer", load: loadFormidable },
  { name: "multer", package: "multer", role: "peer", load: loadMulter },
  { name: "multiparty", package: "multiparty", role: "peer", load: loadMultiparty },
  { name: "multipasta", package: "multipasta", role: "peer", load: loadMultipasta },
  {
    name: "@remix-run/multipart-parser",
    package: "@remix-run/multipart-parser",
    role: "peer",
    load: loadRemix,
  },
  { name: "undici formData()", package: "undici", role: "peer", load: loadUndici },
];

// The least that any parser must do: look for the delimiter in every chunk.
function scan(chunks) {
  let found = 0;
  for (const chunk of chunks) {
    let at = chunk.indexOf(delimiter);
    for (; at >= 0; at = chunk.indexOf(delimiter, at + delimiter.length)) found++;
  }
  return found;
}

const copied = Buffer.alloc(65_536);
function copy(chunks) {
  for (const chunk of chunks) chunk.copy(copied);
}

async function loadWaybill() {
  const { createMultipartDecoder, defaultLimits } = await importWaybill("multipart");
  const limits = { ...defaultLimits, partsMax: many };
  return (chunks) => {
    const seen = { parts: 0, octets: 0 };
    let isFile = false;
    let field;
    const handler = {
      onPart(head) {
        seen.parts++;
        isFile = head.filename !== undefined;
        field = undefined;
      },
      onData(bytes) {
        if (isFile) seen.octets += bytes.length;
        else field = field ? Buffer.concat([field, bytes]) : bytes;
      },
      onPartEnd() {
        if (field) seen.octets += field.toString().length;
      },
    };
    const decoder = createMultipartDecoder({ boundary, limits, handler });
    for (const chunk of chunks) decoder.write(chunk);
    decoder.end();
    return seen;
  };
}

async function loadIterator() {
  const { decodeMultipart } = await importWaybill("multipart");
  const limits = { partsMax: many, fieldsMax: many, filesMax: many };
  return async (chunks) => {
    const seen = { parts: 0, octets: 0 };
    for await (const part of decodeMultipart(iterate(chunks), { contentType, limits })) {
      seen.parts++;
      if (part.filename === undefined) seen.octets += (await part.text()).length;
      else for await (const bytes of part.body) seen.octets += bytes.length;
    }
    return seen;
  };
}

async function* iterate(chunks) {
  yield* chunks;
}

async function loadBusboy(name) {
  const loaded = requirePeer(name);
  const Busboy = typeof loaded === "function" ? loaded : loaded.default;
  const make = name === "busboy" ? (options) => Busboy(options) : (options) => new Busboy(options);
  const end = name === "busboy" ? "close" : "finish";
  const options = {
    headers: { "content-type": contentType },
    limits: { fieldSize: bytesMax, parts: many },
  };
  return (chunks) =>
    new Promise((done, fail) => {
      const seen = { parts: 0, octets: 0 };
      const parser = make(options);
      parser.on("field", (_, value) => {
        seen.parts++;
        seen.octets += value.length;
      });
      parser.on("file", (_, stream) => {
        seen.parts++;
        stream.on("data", (bytes) => (seen.octets += bytes.length));
      });
      parser.on("error", fail);
      parser.on(end, () => done(seen));
      for (const chunk of chunks) parser.write(chunk);
      parser.end();
    });
}

async function loadFormidable() {
  const { default: formidable } = await import("formidable");
  return async (chunks) => {
    const seen = { parts: 0, octets: 0 };
    const form = formidable({
      maxFields: many,
      maxFieldsSize: bytesMax,
      maxFiles: Infinity,
      maxFileSize: bytesMax,
      maxTotalFileSize: bytesMax,
      fileWriteStreamHandler: () => counter(seen),
    });
    const [fields, files] = await form.parse(requestOf(chunks, contentType));
    for (const value of Object.values(fields).flat()) seen.octets += value.length;
    seen.parts = Object.values(fields).flat().length + Object.values(files).flat().length;
    return seen;
  };
}

function counter(seen) {
  return new Writable({
    write(bytes, _, done) {
      seen.octets += bytes.length;
      done();
    },
  });
}

async function loadMulter() {
  const multer = requirePeer("multer");
  const storage = {
    _handleFile(_, file, done) {
      let size = 0;
      file.stream.on("data", (bytes) => (size += bytes.length));
      file.stream.on("end", () => done(null, { size }));
    },
    _removeFile: (_, file, done) => done(null),
  };
  const limits = { fieldSize: bytesMax, fields: many, files: many, parts: many };
  const parse = multer({ storage, limits }).any();
  return (chunks) =>
    new Promise((done, fail) => {
      const request = requestOf(chunks, contentType);
      parse(request, {}, (error) => {
        if (error) return fail(error);
        const fields = Object.values(request.body).flat();
        const sizes = [
          ...fields.map(({ length }) => length),
          ...request.files.map((each) => each.size),
        ];
        done({ parts: sizes.length, octets: sizes.reduce((sum, size) => sum + size, 0) });
      });
    });
}

async function loadMultiparty() {
  const { Form } = requirePeer("multiparty");
  return (chunks) =>
    new Promise((done, fail) => {
      const seen = { parts: 0, octets: 0 };
      const form = new Form({ maxFields: many, maxFieldsSize: bytesMax });
      form.on("field", (_, value) => {
        seen.parts++;
        seen.octets += value.length;
      });
      form.on("part", (part) => {
        seen.parts++;
        part.on("data", (bytes) => (seen.octets += bytes.length));
      });
      form.on("error", fail);
      form.on("close", () => done(seen));
      form.parse(requestOf(chunks, contentType));
    });
}

async function loadMultipasta() {
  const { make } = await import("multipasta");
  const utf8 = new TextDecoder();
  return (chunks) => {
    const seen = { parts: 0, octets: 0 };
    const parser = make({
      headers: { "content-type": contentType },
      maxParts: many,
      maxPartSize: Infinity,
      maxTotalSize: Infinity,
      onField: (_, value) => {
        seen.parts++;
        seen.octets += utf8.decode(value).length;
      },
      onFile: () => {
        seen.parts++;
        return (bytes) => {
          if (bytes) seen.octets += bytes.length;
        };
      },
      onError: (error) => {
        throw new Error(JSON.stringify(error));
      },
      onDone: () => {},
    });
    for (const chunk of chunks) parser.write(chunk);
    parser.end();
    return seen;
  };
}

async function loadRemix() {
  const { MultipartParser } = await import("@remix-run/multipart-parser");
  const limits = { maxFileSize: bytesMax, maxTotalSize: bytesMax, maxParts: many };
  return (chunks) => {
    const seen = { parts: 0, octets: 0 };
    const parser = new MultipartParser(boundary, limits);
    for (const chunk of chunks) {
      for (const part of parser.write(chunk)) {
        seen.parts++;
        if (part.filename === undefined) seen.octets += part.text.length;
        else for (const piece of part.content) seen.octets += piece.length;
      }
    }
    parser.finish();
    return seen;
  };
}

async function loadUndici() {
  const { Response } = requirePeer("undici");
  return async (chunks) => {
    const seen = { parts: 0, octets: 0 };
    const body = ReadableStream.from(chunks);
    const form = await new Response(body, { headers: { "content-type": contentType } }).formData();
    for (const [, value] of form) {
      seen.parts++;
      seen.octets += typeof value === "string" ? value.length : value.size;
    }
    return seen;
  };
}
