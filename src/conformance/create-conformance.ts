// The black-box suite of upload protocols: tus 1.0, the IETF's resumable uploads, digests, and what goes wrong,
// against any server. Knows nothing of the one in this package.
import { digestCases } from "./digest-cases.js";
import { draftCases } from "./draft-cases.js";
import { failureCases } from "./failure-cases.js";
import type { Attaching, Outcome, ProtocolCase, Section } from "./protocol-case.js";
import { needsExtension, type CaseOf } from "./section-cases.js";
import { tusCases } from "./tus-cases.js";
import { tusExtensionCases } from "./tus-extension-cases.js";
import { createLab, type UploadLab } from "./upload-lab.js";
import type { Fields } from "./wire-client.js";

export interface ConformanceOptions {
  /** `https://api.example.com`, with the base path of the API if it has one. */
  readonly baseUrl: string;
  /** Where uploads are created, below the base URL. Default `/uploads`. */
  readonly path?: string;
  /** With every request: credentials. */
  readonly headers?: Fields;
  /** Where a finished upload is taken by its token, for servers that answer one. */
  readonly attach?: Attaching;
  /** How long to wait for an upload to expire, in milliseconds. Default 15 seconds; what lives longer is not waited for. */
  readonly expiryMsMax?: number;
}

/** Cases to be run one after the other: those of time tell what they have measured. */
export function createConformance(options: ConformanceOptions): readonly ProtocolCase[] {
  const { baseUrl, path = "/uploads", headers = {}, attach, expiryMsMax = 15_000 } = options;
  // A path of its own, whatever the base has.
  const lab = createLab({ baseUrl, path: path.replace(/^\//, ""), headers, attach, expiryMsMax });
  const bind =
    (section: Section) =>
    (each: CaseOf): ProtocolCase => ({
      id: each.id,
      section,
      title: each.title,
      source: each.source,
      run: () => runCase(each, lab),
    });
  const tus = [...tusCases, ...tusExtensionCases].map((each) => ({
    skip: needsExtension("creation"),
    ...each,
  }));
  return [
    ...tus.map(bind("tus")),
    ...draftCases.map(bind("draft")),
    ...digestCases.map(bind("digest")),
    ...failureCases.map(bind("failures")),
  ];
}

async function runCase({ skip, run }: CaseOf, lab: UploadLab): Promise<Outcome> {
  const reason = skip?.(await lab.advertised());
  return reason === undefined ? ((await run(lab)) ?? {}) : { skipped: reason };
}
