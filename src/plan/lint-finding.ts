// What lint finds: its words, and nothing of how they are found.

export interface Finding {
  /** Which rule, e.g. `media-type-list`. */
  readonly rule: LintRule;
  /** `error` keeps an operation from doing what the document says; `warning` is doubtful. */
  readonly severity: "error" | "warning";
  /** JSON Pointer into the document; after a URI where it stands in another one. */
  readonly pointer: string;
  readonly detail: string;
  readonly fix: string;
}

export type LintRule =
  | "unusable"
  | "not-a-media-type"
  | "media-type-list"
  | "unknown-encoding"
  | "file-url"
  | "read-and-write-only"
  | "encoding-without-property"
  | "encoding-ignored"
  | "header-ignored"
  | "header-object"
  | "style-ignored"
  | "style-without-meaning"
  | "style-beats-content-type"
  | "style-of-nested"
  | "json-file-without-encoding"
  | "file-without-limit"
  | "ambiguous-union"
  | "escaped-name"
  | "form-without-schema"
  | "form-without-object"
  | "body-without-content"
  | "body-without-meaning"
  | "from-a-later-version"
  | "part-without-name"
  | "draft-expires"
  | "xml-name-escaped"
  | "xml-namespace-relative"
  | "xml-node-said-twice"
  | "xml-without-name";

type Saying = (pointer: string, detail: string, fix: string) => Finding;

/** A finding of one severity, in the order in which people read it. */
export function saying(rule: LintRule, severity: Finding["severity"] = "warning"): Saying {
  return (pointer, detail, fix) => ({ rule, severity, pointer, detail, fix });
}
