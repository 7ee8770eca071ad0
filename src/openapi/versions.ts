// What differs between OpenAPI 3.0, 3.1 and 3.2, as data: the rest of the code asks this table and
// never the version. The patch number plays no role (OAS §4.1).

export interface VersionRules {
  readonly minor: "3.0" | "3.1" | "3.2";
  /** `format` values that mark a file: as raw octets, and as base64 text. */
  readonly binaryFormats: readonly string[];
  readonly base64Formats: readonly string[];
  /** Does a schema without `type` mean raw octets in multipart and raw bodies? */
  readonly untypedIsBinary: boolean;
  /** `contentEncoding` and `contentMediaType` are schema keywords. */
  readonly contentKeywords: boolean;
  /** `nullable: true`, and boolean `exclusiveMinimum`/`exclusiveMaximum` (OAS 3.0 Schema Object). */
  readonly draftWrightSchema: boolean;
  /** `$ref` hides its siblings in schemas. */
  readonly refHidesSiblings: boolean;
  /** `style`, `explode`, `allowReserved` of an Encoding Object count in multipart/form-data. */
  readonly styleInFormData: boolean;
  /**
   * `itemSchema`, `prefixEncoding`, `itemEncoding` and nested Encoding Objects count, and unnamed parts of
   * multipart bodies are the items of an array (OAS 3.2 §4.14.3, §4.14.5).
   */
  readonly sequences: boolean;
  /** `in: querystring` is a place for a parameter (OAS 3.2 §4.12.1). */
  readonly querystring: boolean;
  /** `nodeType` says what of an XML document a schema is, and a reference is no node (OAS 3.2 §4.26.2). */
  readonly xmlNodeTypes: boolean;
  /** A missing XML attribute that may be null is null (OAS 3.1.2 §4.8.26). */
  readonly xmlNulls: boolean;
  /** A read-only property that is required is so in responses only. */
  readonly requiredSparesReadOnly: boolean;
  /** GET, HEAD and DELETE may have a request body. */
  readonly bodyOnEveryMethod: boolean;
}

const v31: VersionRules = {
  minor: "3.1",
  // `format: binary` and `byte` are no longer in the text, but 39 of 100 real documents still say them.
  binaryFormats: ["binary"],
  base64Formats: ["byte"],
  untypedIsBinary: true,
  contentKeywords: true,
  draftWrightSchema: false,
  refHidesSiblings: false,
  styleInFormData: true,
  requiredSparesReadOnly: false,
  sequences: false,
  querystring: false,
  xmlNodeTypes: false,
  xmlNulls: true,
  bodyOnEveryMethod: true,
};

export const versionTable: readonly VersionRules[] = [
  {
    minor: "3.0",
    binaryFormats: ["binary"],
    base64Formats: ["byte"],
    untypedIsBinary: false,
    contentKeywords: false,
    draftWrightSchema: true,
    refHidesSiblings: true,
    styleInFormData: false,
    requiredSparesReadOnly: true,
    sequences: false,
    querystring: false,
    xmlNodeTypes: false,
    xmlNulls: false,
    bodyOnEveryMethod: false,
  },
  v31,
  { ...v31, minor: "3.2", sequences: true, querystring: true, xmlNodeTypes: true },
];

/** The rules for the document's `openapi` field; undefined for versions that are not known. */
export function rulesFor(openapi: unknown): VersionRules | undefined {
  if (typeof openapi !== "string") return undefined;
  return versionTable.find(({ minor }) => openapi === minor || openapi.startsWith(`${minor}.`));
}
