// XML Object (OAS §4.8.26): how a schema's value stands in XML. Compiled by name, with cycles kept.
import { stringOr } from "../base/json.js";
import type { Compiler } from "./compiler.js";
import { textPlanOf, type TextPlan } from "./text-plan.js";

export interface XmlPlan {
  /** Local name of the element or attribute. */
  readonly name: string;
  readonly namespace: string | undefined;
  readonly attribute: boolean;
  readonly kind: "object" | "array" | "text";
  /** For arrays: the items stand inside an element of this name. */
  readonly wrapped: boolean;
  readonly properties: ReadonlyMap<string, XmlPlan>;
  readonly items: XmlPlan | undefined;
  readonly text: TextPlan;
}

interface Draft {
  name: string;
  namespace: string | undefined;
  attribute: boolean;
  kind: XmlPlan["kind"];
  wrapped: boolean;
  properties: Map<string, XmlPlan>;
  items: XmlPlan | undefined;
  text: TextPlan;
}

/** The name is `xml.name`, else the component's name for a root, else the property's. */
export function xmlPlanOf(compiler: Compiler, schema: unknown, name: string | undefined): XmlPlan {
  return planOf(compiler, schema, name, new Map());
}

function planOf(
  compiler: Compiler,
  schema: unknown,
  name: string | undefined,
  known: Map<unknown, Map<string, XmlPlan>>,
): XmlPlan {
  const view = compiler.view(schema);
  const ownName = stringOr(view.xml["name"], name ?? view.component ?? "root");
  const seen = known.get(schema)?.get(ownName);
  if (seen) return seen;
  const draft: Draft = {
    name: ownName,
    namespace: stringOr(view.xml["namespace"], undefined),
    attribute: view.xml["attribute"] === true,
    kind: kindOf(view.types, view.properties.size, view.items),
    wrapped: view.xml["wrapped"] === true,
    properties: new Map(),
    items: undefined,
    text: textPlanOf(compiler, schema),
  };
  known.set(schema, new Map(known.get(schema)).set(ownName, draft));
  for (const [property, inner] of view.properties) {
    draft.properties.set(property, planOf(compiler, inner, property, known));
  }
  // Items are named by their own xml.name, else as the array's property (OAS §4.8.26.3).
  if (draft.kind === "array")
    draft.items = planOf(compiler, view.items ?? {}, name ?? ownName, known);
  return draft;
}

function kindOf(
  types: ReadonlySet<string> | undefined,
  properties: number,
  items: unknown,
): XmlPlan["kind"] {
  if (types?.has("array") || (!types && items !== undefined)) return "array";
  if (types?.has("object") || (!types && properties > 0)) return "object";
  return "text";
}
