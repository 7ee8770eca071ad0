// How each decoder is driven, and what is said of what it did: text that must be the same for every cut.
import * as bodies from "./bodies.mjs";

const generous = {
  depthMax: 1000,
  keysMax: 100_000,
  valueBytesMax: 1 << 24,
  partsMax: 1000,
  headerBytesMax: 16_384,
  headersMax: 64,
  nameBytesMax: 1024,
  fieldsMax: 1000,
};
const tight = {
  depthMax: 3,
  keysMax: 6,
  valueBytesMax: 60,
  partsMax: 2,
  headerBytesMax: 120,
  headersMax: 3,
  nameBytesMax: 5,
  fieldsMax: 4,
};

/** One target: `prepare` makes a body and options, `run` drives a decoder over pieces of it and logs. */
export function createTargets(codecs) {
  return [
    jsonTarget(codecs),
    jsonFilesTarget(codecs),
    encodingTarget(codecs),
    roundTripTarget(codecs),
    fileTextTarget(codecs),
    multipartTarget(codecs),
    urlencodedTarget(codecs),
    xmlTarget(codecs),
  ];
}

const limitsOf = (random) => (random.chance(4) ? tight : generous);

function octetsOf(random, body) {
  if (random.chance(3)) return body;
  return bodies.binary(bodies.damaged(random, latin1(body)));
}

function latin1(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]);
  return text;
}

function jsonTarget({ createJsonDecoder }) {
  return {
    name: "json",
    prepare: (random) => ({
      body: octetsOf(random, bodies.jsonBody(random)),
      options: { limits: limitsOf(random), duplicateKeys: random.pick(["reject", "last"]) },
    }),
    start({ options }, log) {
      const decoder = createJsonDecoder(options);
      return {
        write: (piece) => decoder.write(piece),
        end: () => log(JSON.stringify(decoder.end()) ?? "undefined"),
      };
    },
    check({ body, options }, { text, fault }) {
      if (options.limits !== generous || fault?.code === "duplicate-key") return;
      const want = parsed(body);
      if (want !== text) throw new Error(`JSON.parse gives ${want}`);
    },
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function parsed(body) {
  try {
    return JSON.stringify(JSON.parse(utf8.decode(body)));
  } catch {
    return undefined;
  }
}

function jsonFilesTarget({ createJsonDecoder, createByteDecoder }) {
  const everywhere = { file: true, properties: new Map() };
  everywhere.additional = everywhere;
  everywhere.items = everywhere;
  const named = {
    properties: new Map([
      ["pic", everywhere],
      ["a", { items: everywhere }],
    ]),
  };
  const spots = { everywhere, named };
  return {
    name: "json with files",
    prepare: (random) => ({
      body: octetsOf(random, bodies.jsonBody(random)),
      options: { limits: limitsOf(random) },
      spot: random.pick(["everywhere", "named"]),
      encoding: random.pick(["base64", "identity"]),
    }),
    start({ body, options, spot, encoding }, log) {
      let size = 0;
      const onFile = (_, path, offset) => {
        log(`file ${path.join("/")} at ${offset}: `);
        const decoder = createByteDecoder(encoding);
        const take = (bytes) => {
          size += bytes.length;
          if (size > body.length) throw new Error("more comes out than went in");
          if (bytes.length > 0) log(latin1(bytes));
        };
        return {
          write: (bytes, at) => take(decoder.write(bytes, at)),
          end: (at) => (take(decoder.end(at)), `file until ${at}`),
        };
      };
      const decoder = createJsonDecoder({ ...options, spot: spots[spot], onFile });
      return {
        write: (piece) => decoder.write(piece),
        end: () => log(JSON.stringify(decoder.end()) ?? "undefined"),
      };
    },
    // How much a sink got before a fault in its own encoding may depend on the cut.
    loose: ({ encoding }, fault) => encoding !== "identity" && fault !== undefined,
  };
}

function decoderDriver(decoder, log) {
  let offset = 0;
  const take = (octets) => octets.length > 0 && log(latin1(octets));
  return {
    write(piece) {
      take(decoder.write(piece, offset));
      offset += piece.length;
    },
    end: () => take(decoder.end(offset)),
  };
}

function policyOf(random) {
  return {
    ...(random.chance(2) && { padding: random.pick(["required", "optional", "forbidden"]) }),
    ...(random.chance(3) && { lineBreaks: true }),
    ...(random.chance(3) && { canonical: true }),
  };
}

function encodingTarget({ createByteDecoder }) {
  return {
    name: "encodings",
    prepare(random) {
      const encoding = random.pick(bodies.encodings);
      const body = octetsOf(random, bodies.encodedBody(random, encoding));
      return { body, encoding, policy: policyOf(random) };
    },
    start: ({ encoding, policy }, log) => decoderDriver(createByteDecoder(encoding, policy), log),
    loose: (_, fault) => fault !== undefined,
  };
}

function roundTripTarget({ createByteDecoder, createByteEncoder }) {
  return {
    name: "encoders",
    prepare(random) {
      const octets = random.octets(random.below(random.chance(20) ? 1500 : 30));
      return { body: octets, encoding: random.pick(bodies.encodings) };
    },
    start({ encoding }, log) {
      const encoder = createByteEncoder(encoding);
      const driver = decoderDriver(createByteDecoder(encoding, { canonical: true }), log);
      return {
        write: (piece) => driver.write(encoder.write(piece)),
        end() {
          driver.write(encoder.end());
          driver.end();
        },
      };
    },
    check({ body }, { text, fault }) {
      if (fault || text !== latin1(body)) throw new Error("what comes back is not what went in");
    },
  };
}

function fileTextTarget({ createFileTextDecoder }) {
  return {
    name: "data URIs",
    prepare(random) {
      const encoding = random.pick(bodies.encodings);
      const body = octetsOf(random, bodies.encodedBody(random, encoding));
      return { body, encoding, policy: policyOf(random) };
    },
    start({ encoding, policy }, log) {
      const onMediaType = (type, parameters) => log(`${type} ${JSON.stringify([...parameters])};`);
      return decoderDriver(createFileTextDecoder({ encoding, policy, onMediaType }), log);
    },
    loose: (_, fault) => fault !== undefined,
  };
}

function multipartTarget({ createMultipartDecoder }) {
  return {
    name: "multipart",
    prepare(random) {
      const body = octetsOf(random, bodies.multipartBody(random));
      const strict = random.chance(4);
      const lineFeed = random.chance(3);
      const subtype = random.pick(["form-data", "mixed"]);
      return {
        body,
        options: { boundary: "B", limits: limitsOf(random), strict, lineFeed, subtype },
      };
    },
    start({ body, options }, log) {
      let next = -1;
      const handler = {
        onPart(head) {
          log(`part ${JSON.stringify({ ...head, headers: [...(head.headers ?? [])] })}: `);
          next = -1;
        },
        onData(bytes, offset) {
          if (bytes.length === 0) throw new Error("empty data");
          if (next >= 0 && offset !== next) throw new Error("data is not contiguous");
          if (body[offset] !== bytes[0]) throw new Error("data has a wrong offset");
          next = offset + bytes.length;
          log(latin1(bytes));
        },
        onPartEnd: () => log("|end|"),
      };
      return createMultipartDecoder({ ...options, handler });
    },
  };
}

function urlencodedTarget({ createUrlencodedDecoder }) {
  return {
    name: "urlencoded",
    prepare: (random) => ({
      body: octetsOf(random, bodies.urlencodedBody(random)),
      options: { limits: limitsOf(random) },
    }),
    start({ options }, log) {
      const handler = {
        onName(name, offset) {
          log(`${JSON.stringify(name)}@${offset}=`);
          return name.startsWith("raw") ? "raw" : "decoded";
        },
        onData: (bytes) => log(latin1(bytes)),
        onEnd: () => log("|end|"),
      };
      return createUrlencodedDecoder({ ...options, handler });
    },
  };
}

function xmlTarget({ createXmlReader }) {
  return {
    name: "xml",
    prepare(random) {
      const whole = bodies.xmlBody(random);
      const body = random.chance(2) ? whole : bodies.damaged(random, whole);
      return { body, options: { limits: limitsOf(random) } };
    },
    start({ options }, log) {
      const reader = createXmlReader(options);
      return {
        write: (piece) => reader.write(piece),
        end: () => log(JSON.stringify(reader.end())),
      };
    },
    // Where in a run of text the tokenizer finds a fault depends on the cut.
    keyOf: (fault) => fault?.code,
  };
}
