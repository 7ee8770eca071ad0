// What a document gets for uploads that clients send by themselves: a request in JSON, the signed URL of the server, and
// the end. Beside `expand-uploads`, which has the operation that they begin with.

type Node = Record<string, unknown>;

const prefix = "#/components/schemas/";

export const directRequest = { schema: { $ref: `${prefix}DirectUploadRequest` } };
const staged = {
  anyOf: [{ $ref: `${prefix}StagedUpload` }, { $ref: `${prefix}DirectUpload` }],
};
export const stagedResponse = {
  description: "Stored, until it expires; or where to send it",
  content: { "application/json": { schema: staged } },
};

const uploadId = {
  name: "uploadId",
  in: "path",
  required: true,
  schema: { type: "string", format: "uuid" },
};

/** Path Items by path, below that of one upload. */
export function directPaths(
  one: string,
  octets: Readonly<Node>,
  tags: readonly string[],
): Readonly<Node> {
  return {
    [`${one}/complete`]: {
      parameters: [uploadId],
      post: {
        operationId: "completeUpload",
        summary: "Say that an upload was sent to the URLs that were signed for it",
        tags,
        "x-upload": "complete",
        responses: {
          200: {
            description: "Verified: it can be attached",
            content: { "application/json": { schema: { $ref: `${prefix}Upload` } } },
          },
        },
      },
    },
    [`${one}/content`]: {
      parameters: [uploadId],
      put: {
        operationId: "sendUpload",
        summary: "Send an upload to a signed URL, where the storage has none of its own",
        tags,
        "x-upload": "send",
        security: [],
        parameters: [
          signed("expires", { type: "integer", minimum: 0 }),
          signed("signature", { type: "string" }),
        ],
        requestBody: { required: true, content: { "*/*": octets } },
        responses: { 200: { description: "Stored; it is complete once that is said" } },
      },
    },
  };
}

function signed(name: string, schema: Readonly<Node>): Node {
  return { name, in: "query", required: true, schema };
}

const headers = {
  type: "object",
  description: "To be sent as they are.",
  additionalProperties: { type: "string" },
};
const url = { type: "string", format: "uri" };
const count = { type: "integer", minimum: 0 };
const expiresAt = { type: "string", format: "date-time" };
const sha256 = { type: "string", pattern: "^[0-9a-fA-F]{64}$" };

export const directSchemas: Readonly<Node> = {
  DirectUploadRequest: {
    type: "object",
    description: "A file that the client sends by itself: to the storage, where that takes it.",
    required: ["size", "mediaType"],
    properties: {
      size: { ...count, description: "Octets, exactly." },
      mediaType: { type: "string", minLength: 3, maxLength: 255 },
      sha256: { ...sha256, description: "What its octets must turn out to be." },
      filename: { type: "string", minLength: 1, maxLength: 255 },
      method: {
        type: "string",
        description: "How the client would like to send; the answer says how it is done.",
        enum: ["PUT", "POST", "parts"],
      },
    },
    additionalProperties: false,
    example: {
      size: 69,
      mediaType: "image/png",
      sha256: "b1ff9c8ea3a780bad09b346c423d2d0e46815926879b18e841d928376a946640",
      filename: "picture.png",
    },
  },
  DirectUpload: {
    type: "object",
    required: ["upload", "expiresAt", "id", "state", "complete"],
    properties: {
      upload: {
        type: "string",
        description: "The token; it can be used once, when it is complete.",
      },
      expiresAt,
      id: { type: "string", format: "uuid" },
      state: { type: "string" },
      size: count,
      direct: {
        type: "object",
        description: "Where to send; absent where all is sent already.",
        required: ["kind", "expiresAt"],
        properties: {
          kind: {
            type: "string",
            description:
              "`put`: the octets as the body. `form`: multipart/form-data of the fields, and last the octets as `file`. `parts`: each by itself. `session`: the body with Content-Range, over as many requests as it takes.",
            enum: ["put", "form", "parts", "session"],
          },
          method: { type: "string", enum: ["PUT", "POST"] },
          url,
          headers,
          fields: { type: "object", additionalProperties: { type: "string" } },
          parts: {
            type: "array",
            items: {
              type: "object",
              required: ["offset", "size", "method", "url"],
              properties: {
                offset: count,
                size: count,
                method: { type: "string", enum: ["PUT", "POST"] },
                url,
                headers,
              },
            },
          },
          expiresAt,
        },
      },
      complete: { ...url, description: "To POST to when all is sent." },
    },
  },
};
