// What a text says it holds (JSON Schema 2020-12 §8: contentEncoding, contentMediaType, contentSchema). These
// are annotations; whether anything is held to them is for others to say.
import { isJson, parseMediaType } from "../base/media-type.js";
import type { SchemaView } from "../openapi/schema.js";
import { textEncodings } from "./file-plan.js";
import { once } from "./once.js";

export interface ContentPlan {
  /** In lower case; undefined for text that stands as it is (§8.3). */
  readonly encoding: string | undefined;
  /** The decoded text is JSON. */
  readonly json: boolean;
  /** A standalone schema for the parsed value; only beside a media type (§8.5). */
  schema(): Readonly<Record<string, unknown>> | undefined;
}

/** Undefined where nothing is said that could be held to: unknown encodings and media types are passed over. */
export function contentPlanOf(
  view: SchemaView,
  standalone: (schema: unknown) => Readonly<Record<string, unknown>>,
): ContentPlan | undefined {
  const encoding = view.contentEncoding?.toLowerCase();
  const known = encoding !== undefined && textEncodings.has(encoding);
  const media = parseMediaType(view.contentMediaType ?? "");
  const json = media !== undefined && isJson(media) && (known || encoding === undefined);
  if (!known && !json) return undefined;
  const { contentSchema } = view;
  // Made when asked for: the content may be such a text again.
  const schema = once(() =>
    json && contentSchema !== undefined ? standalone(contentSchema) : undefined,
  );
  return { encoding: known ? encoding : undefined, json, schema };
}
