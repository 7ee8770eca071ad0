// Assembled values against the schema, by Ajv (JSON Schema 2020-12), and its errors as faults.
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import type { DataValidationCxt } from "ajv/dist/types/index.js";
import addFormatsModule from "ajv-formats";
import { WaybillError, type Fault } from "../base/fault.js";
import { ReceivedFile } from "../base/file-reference.js";
import { isObject } from "../base/json.js";
import { formatPointer } from "../base/pointer.js";
import type { ContentPlan } from "../plan/content-plan.js";
import type { FileSchema } from "../plan/standalone-schema.js";
import { checkOctets, checkText, type ContentCheck, type ContentLimits } from "./check-content.js";
import { faultsMax } from "./fault-list.js";
import { hasSameItems } from "./same-items.js";

/** Returns what is wrong with the value; empty when it fits. Throws `not-implemented` for a schema that is none. */
export type Validator = (value: unknown, options?: ValidatorOptions) => Fault[];

export interface ValidatorOptions {
  /** Hold texts and JSON files to what their schema says of their content, read within limits, and tell that apart. */
  readonly content?: ContentLimits | undefined;
  /** What is found and is no fault here. */
  readonly isExcused?: ((fault: Fault) => boolean) | undefined;
}

/** Validators by schema: each is compiled when it is first used, and kept. */
export interface Validators {
  /** `schema` is a standalone one, with the keywords `waybillFile` and `waybillUnique`; undefined allows anything. */
  of(schema: Readonly<Record<string, unknown>> | undefined): Validator;
  /** The same, which first puts each `default` in the place of what is missing. */
  filling(schema: Readonly<Record<string, unknown>> | undefined): Validator;
}

const addFormats = addFormatsModule.default;

export function createValidators(): Validators {
  return { of: createValidatorOf(false), filling: createValidatorOf(true) };
}

function createValidatorOf(useDefaults: boolean): Validators["of"] {
  let ajv: Ajv2020 | undefined;
  const compiled = new WeakMap<object, ValidateFunction>();
  const compile = (schema: Readonly<Record<string, unknown>>): ValidateFunction => {
    ajv ??= createAjv(useDefaults);
    const validate = compileSchema(ajv, schema);
    compiled.set(schema, validate);
    return validate;
  };
  const validatorOf: Validators["of"] =
    (schema) =>
    (value, { content: limits, isExcused } = {}) => {
      if (!schema) return [];
      const validate = compiled.get(schema) ?? compile(schema);
      const context: Validating = { content: [], validatorOf, limits };
      const isValid = unlessEndless(() => validate.call(context, value));
      return [...(isValid ? [] : faultsOf(validate.errors ?? [], isExcused)), ...context.content];
    };
  return validatorOf;
}

/** What the keywords of one run share. */
interface Validating {
  /** Undefined where contents are annotations. */
  readonly limits: ContentLimits | undefined;
  /** Faults of contents, which are not of the value: a branch of `anyOf` fits all the same. */
  readonly content: Fault[];
  readonly validatorOf: Validators["of"];
}

// A schema that leads back to itself without going into the value never ends (JSON Schema 2020-12 §9.4.1).
function unlessEndless<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const detail = "The document's schema for this leads back to itself without end.";
    throw new WaybillError({ code: "not-implemented", detail }, { cause: error });
  }
}

function compileSchema(ajv: Ajv2020, schema: Readonly<Record<string, unknown>>): ValidateFunction {
  try {
    return ajv.compile(schema);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const detail = `The document's schema for this cannot be used: ${why}.`;
    throw new WaybillError({ code: "not-implemented", detail }, { cause: error });
  }
}

function createAjv(useDefaults: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    strict: false,
    useDefaults,
    allErrors: true,
    passContext: true,
    logger: false,
    code: { regExp: tolerantRegExp },
  });
  addFormats(ajv);
  ajv.addKeyword({ keyword: "waybillFile", validate: isFile });
  ajv.addKeyword({ keyword: "waybillContent", type: "string", validate: holdContent });
  ajv.addKeyword({
    keyword: "waybillUnique",
    type: "array",
    validate: (_: true, items: readonly unknown[]) => !hasSameItems(items),
    error: { message: "must NOT have duplicate items" },
  });
  return ajv;
}

// A pattern that is no ECMA-262 expression is the document's fault, not the request's: it asserts nothing.
const tolerantRegExp = Object.assign(
  (pattern: string, flags: string): RegExp => {
    for (const each of [flags, ""]) {
      try {
        return new RegExp(pattern, each);
      } catch {}
    }
    return /(?:)/;
  },
  { code: "new RegExp" },
);

// An object or a URL in place of a file names the one that is there already: the resource checks it.
function isFile(
  this: Validating,
  { nullable, others = false, content }: FileSchema,
  value: unknown,
  _: unknown,
  place?: DataValidationCxt,
): boolean {
  if (value === null) return nullable || others;
  if (others && typeof value !== "string" && !(value instanceof ReceivedFile)) return true;
  const check = content && contentCheck(this, content, place);
  if (check && value instanceof ReceivedFile && value.content)
    this.content.push(...checkOctets(value.content, check));
  return value instanceof ReceivedFile || isObject(value) || isUrl(value);
}

// JSON Schema 2020-12 §8.2: whatever comes of it, the value is as valid as it was.
function holdContent(
  this: Validating,
  plan: ContentPlan,
  text: string,
  _: unknown,
  place?: DataValidationCxt,
): boolean {
  const check = contentCheck(this, plan, place);
  if (check) this.content.push(...checkText(text, check));
  return true;
}

function contentCheck(
  { validatorOf, limits }: Validating,
  plan: ContentPlan,
  place: DataValidationCxt | undefined,
): ContentCheck | undefined {
  return limits && { plan, limits, pointer: place?.instancePath ?? "", validatorOf };
}

function isUrl(value: unknown): boolean {
  return typeof value === "string" && (value.startsWith("http://") || value.startsWith("https://"));
}

function faultsOf(
  errors: readonly ErrorObject[],
  isExcused: (fault: Fault) => boolean = () => false,
): Fault[] {
  const isNoise = noiseOf(errors);
  const faults: Fault[] = [];
  for (const error of errors) {
    if (isNoise(error)) continue;
    const fault = faultOf(error);
    if (isExcused(fault)) continue;
    faults.push(fault);
    if (faults.length === faultsMax) break;
  }
  return faults;
}

// The errors inside the branches of a failed anyOf or oneOf say why each branch did not fit: noise. Where
// one fits after all, Ajv drops what the others said: so any error below a failed union in the schema is
// of a union that failed at its own place, and paths into the value, one for each error, need no look.
function noiseOf(errors: readonly ErrorObject[]): (error: ErrorObject) => boolean {
  const unions = new Set(errors.filter(isUnion).map(({ schemaPath }) => schemaPath));
  const known = new Map<string, boolean>();
  return ({ keyword, schemaPath }) => {
    if (keyword === "if" || keyword === "$ref") return true;
    const noise = known.get(schemaPath) ?? isBelow(schemaPath, unions);
    known.set(schemaPath, noise);
    return noise;
  };
}

function isUnion({ keyword }: ErrorObject): boolean {
  return keyword === "anyOf" || keyword === "oneOf";
}

function isBelow(schemaPath: string, unions: ReadonlySet<string>): boolean {
  for (let at = schemaPath.lastIndexOf("/"); at > 0; at = schemaPath.lastIndexOf("/", at - 1))
    if (unions.has(schemaPath.slice(0, at))) return true;
  return false;
}

function faultOf(error: ErrorObject): Fault {
  const { keyword, instancePath, message = "does not fit the schema" } = error;
  const params: Record<string, unknown> = error.params;
  const below = (name: unknown): string => instancePath + formatPointer([String(name)]);
  switch (keyword) {
    case "required":
    case "dependentRequired": {
      const name = params["missingProperty"];
      return {
        code: "missing-property",
        detail: `The property ${JSON.stringify(name)} is missing.`,
        pointer: below(name),
      };
    }
    case "additionalProperties":
    case "unevaluatedProperties": {
      const name = params["additionalProperty"] ?? params["unevaluatedProperty"];
      return {
        code: "unknown-property",
        detail: `The property ${JSON.stringify(name)} is not known here.`,
        pointer: below(name),
      };
    }
    case "waybillFile":
      return {
        code: "invalid-value",
        detail: "The value must be a file: encoded text or a data: URI.",
        pointer: instancePath,
      };
    case "enum":
      return {
        code: "invalid-value",
        detail: `The value must be one of ${JSON.stringify(params["allowedValues"])}.`,
        pointer: instancePath,
      };
    default:
      return { code: "invalid-value", detail: `The value ${message}.`, pointer: instancePath };
  }
}
