// A large OpenAPI document as such documents are: resources with lists, filters, forms with files, nested
// schemas, prose and examples. The same for the same seed.

const words =
  "account address amount archive batch billing branch carrier catalog channel client code color comment contact country currency customer date delivery device discount document driver email event export file folder group image invoice item label language level limit line list location member message method model month note number object offer order owner page parcel partner payment period person phone photo plan point price priority product project quantity rate reason record region report request result role route rule schedule score section service session setting shipment site size source stage start state status step stock store street subject supplier support tag target task tax team template term text ticket time title token total track type unit user value vehicle version vendor view weight zone".split(
    " ",
  );

export function largeDocument({ seed, bytes }) {
  const random = createRandom(seed);
  const paths = {};
  const schemas = { Problem: problem };
  let size = 0;
  for (let index = 0; size < bytes; index++) {
    const made = resource(random, index);
    Object.assign(paths, made.paths);
    Object.assign(schemas, made.schemas);
    size += JSON.stringify(made).length;
  }
  return {
    openapi: "3.1.0",
    info: { title: "A large API", version: "1.0.0", description: prose(random, 200) },
    servers: [{ url: "/api" }],
    paths,
    components: { schemas },
  };
}

const problem = {
  type: "object",
  properties: { type: { type: "string" }, title: { type: "string" }, status: { type: "integer" } },
};

function resource(random, index) {
  const name = `Thing${index}`;
  const schema = objectSchema(random, index, 0);
  schema.properties.id = { type: "integer", readOnly: true };
  schema.properties.created_at = { type: "string", format: "date-time", readOnly: true };
  const form = { ...schema, properties: { ...schema.properties, photo: photo(random) } };
  const parameters = [{ name: "id", in: "path", required: true, schema: { type: "integer" } }];
  const answer = {
    200: { description: prose(random, 8), content: { "application/json": mediaOf(name) } },
    default: {
      description: "A problem",
      content: { "application/problem+json": mediaOf("Problem") },
    },
  };
  const body = {
    required: true,
    content: { "application/json": mediaOf(name), "multipart/form-data": mediaOf(`${name}Form`) },
  };
  const operation = (verb, more) => ({
    operationId: `${verb}${name}`,
    summary: prose(random, 6),
    description: prose(random, 60),
    tags: [random.pick(words)],
    responses: answer,
    ...more,
  });
  const filters = Object.entries(schema.properties)
    .filter(([each, { type }]) => type === "string" && !each.includes("_"))
    .map(([each, filter]) => ({
      name: each,
      in: "query",
      description: prose(random, 12),
      schema: filter,
    }));
  const list = {
    200: {
      description: "A page",
      content: {
        "application/json": {
          schema: {
            type: "object",
            properties: {
              count: { type: "integer" },
              results: { type: "array", items: mediaOf(name).schema },
            },
          },
        },
      },
    },
  };
  return {
    schemas: { [name]: schema, [`${name}Form`]: form },
    paths: {
      [`/things${index}/`]: {
        get: operation("list", { parameters: filters, responses: list }),
        post: operation("create", {
          requestBody: body,
          responses: { ...answer, 201: answer[200] },
        }),
      },
      [`/things${index}/{id}/`]: {
        parameters,
        get: operation("retrieve"),
        put: operation("replace", { requestBody: body }),
        patch: operation("update", { requestBody: body }),
        delete: operation("delete", { responses: { 204: { description: "Gone" } } }),
      },
      [`/things${index}/{id}/photo/`]: {
        parameters,
        get: operation("getPhoto", {
          responses: { 200: { description: "Octets", content: { "image/*": {} } } },
        }),
        put: operation("putPhoto", { requestBody: { content: { "image/*": {} } } }),
      },
    },
  };
}

function mediaOf(name) {
  return { schema: { $ref: `#/components/schemas/${name}` } };
}

function objectSchema(random, index, depth) {
  const properties = {};
  for (let count = random.below(10) + 4; count > 0; count--)
    properties[
      random.below(4) === 0 ? random.pick(words) : `${random.pick(words)}_${random.pick(words)}`
    ] = propertySchema(random, index, depth);
  const names = Object.keys(properties);
  return {
    type: "object",
    description: prose(random, 20),
    required: names.filter(() => random.below(3) === 0),
    properties,
  };
}

function propertySchema(random, index, depth) {
  const description = prose(random, 12);
  const kinds = [
    () => ({ type: "string", maxLength: random.below(1000) + 1, description }),
    () => ({ type: "string", description, examples: [prose(random, 4)] }),
    () => ({ type: "string", format: random.pick(["uuid", "date", "email", "uri"]), description }),
    () => ({
      type: "string",
      enum: [random.pick(words), random.pick(words), "other"],
      description,
    }),
    () => ({ type: ["integer", "null"], minimum: 0, description }),
    () => ({ type: "boolean", default: false, description }),
    () => ({ type: "array", items: { type: "string" }, description }),
    () => ({ anyOf: [{ type: "number" }, { type: "string" }], description }),
    () => ({ $ref: `#/components/schemas/Thing${random.below(index + 1)}` }),
    () => (depth < 3 ? objectSchema(random, index, depth + 1) : { type: "object", description }),
  ];
  return kinds[random.below(kinds.length)]();
}

function photo(random) {
  return { contentMediaType: "image/*", maxLength: 5_000_000, description: prose(random, 10) };
}

function prose(random, count) {
  return Array.from({ length: count }, () => random.pick(words)).join(" ");
}

/** mulberry32 */
function createRandom(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit) => Math.floor(next() * limit);
  return { below, pick: (list) => list[below(list.length)] };
}
