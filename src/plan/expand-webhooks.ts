// The events that webhooks are told of, as the document's `webhooks` (OAS 3.1 §4.8.1): what a receiver gets.
import type { EventType } from "../base/event-type.js";
import { objectOr } from "../base/json.js";
import type { OpenApiDocument } from "../openapi/document.js";

type Node = Record<string, unknown>;

/** The root with them; as it is where there are none, and in OpenAPI 3.0, which has no such place. */
export function withWebhooks(
  { rules, root: written }: OpenApiDocument,
  root: Readonly<Node>,
  types: readonly EventType[],
): Readonly<Node> {
  if (types.length === 0 || rules.minor === "3.0") return root;
  const made = Object.fromEntries(types.map((type) => [type, { post: operationOf(type) }]));
  return { ...root, webhooks: { ...made, ...objectOr(written["webhooks"]) } };
}

function operationOf(type: EventType): Node {
  const schema = {
    type: "object",
    required: ["type", "timestamp", "data"],
    properties: {
      type: { const: type },
      timestamp: { type: "string", format: "date-time", description: "When it happened." },
      data: dataOf(type),
    },
  };
  return {
    summary: summaries[type],
    description:
      "Signed as Standard Webhooks has it. Sent again until it is answered 2xx: pass over a `webhook-id` that you have seen.",
    parameters: headers,
    requestBody: { required: true, content: { "application/json": { schema } } },
    responses: {
      "2XX": { description: "It is not sent again." },
      "410": { description: "Nothing is sent any more." },
      default: { description: "It is sent again later." },
    },
  };
}

const summaries: Readonly<Record<EventType, string>> = {
  "upload.reserved": "An upload was begun",
  "upload.verified": "An upload is whole",
  "upload.attached": "An upload was used",
  "upload.rejected": "An upload was refused",
  "upload.aborted": "An upload was given up",
  "upload.expired": "An upload was not used in time",
  "resource.created": "A resource was created",
  "file.replaced": "A file gave way to another",
  "file.attached": "A file was put in a resource",
  "file.detached": "A file was taken out of a resource",
  "resource.completed": "A draft has all its files",
  "resource.deleted": "A resource was deleted",
  "draft.expired": "A draft was not completed in time",
  "blob.deleted": "The bytes of a file are gone",
};

const header = (name: string, description: string, type = "string"): Node => ({
  name,
  in: "header",
  required: true,
  description,
  schema: { type },
});

const headers = [
  header("webhook-id", "The same each time the event is sent."),
  header("webhook-timestamp", "Of this attempt, in seconds since the Unix epoch.", "integer"),
  header(
    "webhook-signature",
    "`v1,` and the HMAC-SHA256 in base64 of `id.timestamp.body`; one for each secret.",
  ),
];

const id = { type: "string" };
const subjects: Readonly<Record<string, Node>> = {
  upload: { type: "object", required: ["id"], properties: { id } },
  file: {
    type: "object",
    required: ["id"],
    properties: {
      id,
      filename: { type: "string" },
      mediaType: { type: "string" },
      size: { type: "integer", minimum: 0 },
      sha256: { type: "string", pattern: "^[0-9a-f]{64}$" },
    },
  },
  resource: {
    type: "object",
    required: ["collection", "id"],
    properties: { collection: { type: "string", description: "Its path." }, id },
  },
  property: { type: "string", format: "json-pointer" },
  position: { type: "integer", minimum: 0, description: "In an array of files." },
};

const more: Partial<Record<EventType, Node>> = {
  "upload.reserved": { size: { type: ["integer", "null"] }, filename: { type: "string" } },
  "upload.rejected": { reason: { type: "string" } },
  "resource.created": { draft: { const: true, description: "Files that it needs are missing." } },
  "file.replaced": { by: { type: "string", description: "The id of the other file." } },
  "file.detached": { reason: { type: "string" } },
  "resource.deleted": { reason: { type: "string" } },
};

/** Of `data`: what the event is about, and what is only said of it. */
const about: Readonly<Record<string, { always: string[]; maybe?: string[] }>> = {
  upload: { always: ["upload"], maybe: ["file"] },
  file: { always: ["file", "resource", "property", "position"] },
  resource: { always: ["resource"] },
  draft: { always: ["resource"] },
  blob: { always: [], maybe: ["file", "upload"] },
};

function dataOf(type: EventType): Node {
  const { always, maybe = [] } = about[type.split(".")[0] ?? ""] ?? { always: [] };
  const named = [...always, ...maybe].map((name) => [name, subjects[name]]);
  const properties: Node = { ...(Object.fromEntries(named) as Node), ...more[type] };
  return { type: "object", ...(always.length > 0 ? { required: always } : {}), properties };
}
