// How an operation's body is carried, part by part, for people to read.
import { formatMediaType } from "../base/media-type.js";
import type { FilePlan } from "./file-plan.js";
import type { FormPlan, MediaTypePlan } from "./media-type-plan.js";
import type { PropertyPlan } from "./property-plan.js";
import type { ItemPlans } from "./standalone-schema.js";
import type { ValuePlan } from "./value-plan.js";

export interface PartRow {
  /** Property, or position; of a JSON body the pointer of a file, `*` for any name or index; empty for a whole body. */
  readonly name: string;
  /** `file`, `json`, `xml`, `text`, with `[]` for one part an item. */
  readonly carried: string;
  readonly contentTypes: string;
  /** `base64`, `form`, … */
  readonly decoding: string;
  readonly headers: string;
  readonly limits: string;
}

export interface PartTable {
  readonly mediaType: string;
  readonly rows: readonly PartRow[];
}

export function partTable({ range, body }: MediaTypePlan): PartTable {
  const mediaType = formatMediaType(range);
  if ("form" in body) return { mediaType, rows: formRows(body.form, "") };
  if (body.kind === "raw") return { mediaType, rows: [fileRow("", body.file)] };
  if (body.kind === "positional") return { mediaType, rows: positionRows(body.parts, "") };
  if (body.kind === "sequence") {
    const { framing, value } = body.sequence;
    return { mediaType, rows: [row({ carried: framing }), ...fileRows(value, "", new Set())] };
  }
  if (body.kind !== "json") return { mediaType, rows: [row({ carried: body.kind })] };
  return { mediaType, rows: [row({ carried: "json" }), ...fileRows(body.value, "", new Set())] };
}

function row(said: Partial<PartRow>): PartRow {
  return {
    name: "",
    carried: "",
    contentTypes: "",
    decoding: "",
    headers: "",
    limits: "",
    ...said,
  };
}

function formRows({ properties }: FormPlan, at: string): PartRow[] {
  return [...properties].flatMap(([name, plan]) => partRows(plan, at + name));
}

// Positions count from 0; `*` is all the rest.
function positionRows({ prefix, rest }: ItemPlans, at: string): PartRow[] {
  const known = prefix.flatMap((plan, position) => partRows(plan, `${at}${position}`));
  return [...known, ...partRows(rest, `${at}*`)];
}

function partRows(plan: PropertyPlan, name: string): PartRow[] {
  const own = { ...propertyRow(plan), name };
  if (!plan.parts) return [own];
  const inner =
    plan.parts.kind === "positional"
      ? positionRows(plan.parts.parts, `${name}/`)
      : formRows(plan.parts.form, `${name}/`);
  return [{ ...own, carried: own.carried.replace(plan.carried, "multipart") }, ...inner];
}

function propertyRow(plan: PropertyPlan): PartRow {
  const many = plan.many === "one" ? "" : plan.many === "many" ? "[]" : " or []";
  return row({
    name: plan.name,
    carried: plan.carried + many + (plan.readOnly ? " (read-only)" : ""),
    contentTypes: plan.style ? "" : plan.contentTypes.join(", "),
    decoding: plan.style
      ? `${plan.style.style}${plan.style.explode ? ", explode" : ""}`
      : (plan.file?.encoding ?? ""),
    headers: plan.headers
      .map(({ name, required }) => name + (required ? " (required)" : ""))
      .join(", "),
    limits: [
      plan.file ? limitsOf(plan.file) : "",
      plan.itemsMax === undefined ? "" : `${plan.itemsMax} items`,
    ]
      .filter(Boolean)
      .join(", "),
  });
}

function fileRow(name: string, file: FilePlan): PartRow {
  return row({
    name,
    carried: "file",
    contentTypes: file.allowedTypes.join(", ") || "any",
    decoding: file.encoding ?? "",
    limits: limitsOf(file),
  });
}

function limitsOf({ bytesMax, textBytesMax }: FilePlan): string {
  if (bytesMax !== undefined) return `${bytesMax} octets`;
  return textBytesMax === undefined ? "" : `${textBytesMax} characters`;
}

function fileRows(value: ValuePlan | undefined, at: string, seen: Set<ValuePlan>): PartRow[] {
  if (!value || seen.has(value)) return [];
  seen.add(value);
  const own = value.filePlan ? [fileRow(at, value.filePlan)] : [];
  const named = [...(value.properties ?? [])].flatMap(([name, inner]) =>
    fileRows(inner, `${at}/${name}`, seen),
  );
  const matched = value.patterns?.map(([, inner]) => inner) ?? [];
  const rest = [...matched, value.additional, value.items, ...(value.prefixItems ?? [])];
  const others = rest.flatMap((inner) => fileRows(inner, `${at}/*`, seen));
  return [...own, ...named, ...others];
}
