// What the files of cases have in common: a case before it is bound to a server.
import type { Outcome } from "./protocol-case.js";
import type { Advertised, UploadLab } from "./upload-lab.js";

export interface CaseOf {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  /** Why it cannot be tried against a server that says this; undefined where it can. */
  readonly skip?: (advertised: Advertised) => string | undefined;
  readonly run: (lab: UploadLab) => Promise<Outcome | void>;
}

export function needsTus({ tusVersions }: Advertised): string | undefined {
  return tusVersions.length > 0 ? undefined : "the server does not speak tus (no Tus-Version)";
}

export function needsDraft({ draftLimit }: Advertised): string | undefined {
  return draftLimit === undefined
    ? "the server does not offer the draft (no Upload-Limit to OPTIONS)"
    : undefined;
}

export const needsExtension =
  (...names: readonly string[]) =>
  (advertised: Advertised): string | undefined => {
    const missing = names.filter((name) => !advertised.tusExtensions.includes(name));
    return (
      needsTus(advertised) ??
      (missing.length > 0 ? `no extension ${missing.join(", ")}` : undefined)
    );
  };
