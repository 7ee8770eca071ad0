// A parameter that is the whole query string (OAS 3.2 §4.12.1 `in: querystring`), described as a body would be.
import { DocumentError } from "../openapi/document-error.js";
import type { Operation } from "../openapi/operation.js";
import type { Compiler } from "./compiler.js";
import { mediaTypePlanOf, type MediaTypePlan } from "./media-type-plan.js";
import { standaloneSchema } from "./standalone-schema.js";
import { textPlanOf } from "./text-plan.js";

export interface QuerystringPlan {
  readonly name: string;
  readonly required: boolean;
  readonly media: MediaTypePlan;
}

/** Undefined when the operation has none. Throws DocumentError for one that cannot be. */
export function querystringPlanOf(
  compiler: Compiler,
  { parameters }: Operation,
): QuerystringPlan | undefined {
  const [parameter, ...others] = parameters.filter((each) => each.in === "querystring");
  if (!parameter || !compiler.document.rules.querystring) return undefined;
  if (others.length > 0 || parameters.some((each) => each.in === "query"))
    throw new DocumentError(
      "A parameter in `querystring` stands alone, with no other there or in `query`.",
    );
  const { name, required, schema, mediaType } = parameter;
  const media = mediaType && mediaTypePlanOf(compiler, mediaType.key, mediaType.node);
  if (!media) throw new DocumentError("A parameter in `querystring` needs `content`.");
  // What is in a URL is text, whatever it is called.
  const body = { kind: "text", text: textPlanOf(compiler, schema) } as const;
  const text = { ...media, body, schema: standaloneSchema(compiler, schema) };
  return { name, required, media: media.body.kind === "raw" ? text : media };
}
