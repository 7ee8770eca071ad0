// What a request says, as its operation's plan reads it: the value of its body, and that of its query string.
import { createBodyDecoder, type BodyDecoding } from "../body/decode-body.js";
import { decodeQuerystring } from "../body/decode-querystring.js";
import { defaultBodyOptions, type BodyOptions } from "../body/body-context.js";
import type { Validators } from "../body/validator.js";
import { WaybillError } from "../base/fault.js";
import type { Limits } from "../base/limits.js";
import { negotiateBody } from "./negotiate.js";
import type { OperationRun } from "./operation-run.js";

export interface ValueReaderOptions {
  readonly limits: Limits;
  readonly validators: Validators;
  readonly bodyOptions?: BodyOptions;
}

export interface ValueReader {
  /** To be called once. Undefined without a body. */
  body(
    run: OperationRun,
    how: Pick<BodyDecoding, "takeItem" | "isExcused" | "memory">,
  ): Promise<unknown>;
  /** Undefined where the operation does not read its query string as one value. */
  querystring(run: OperationRun): Promise<unknown>;
}

export function createValueReader({
  limits,
  validators,
  bodyOptions = defaultBodyOptions,
}: ValueReaderOptions): ValueReader {
  // What a patch leaves out stays as it is (RFC 7396).
  const patchOptions = { ...bodyOptions, applyDefaults: false };
  const optionsFor = ({ request }: OperationRun): BodyOptions =>
    request.method === "PATCH" ? patchOptions : bodyOptions;
  return {
    async body(run, { takeItem, isExcused, memory }) {
      const body = run.plan.body;
      const expect = run.request.headers["expect"];
      if (expect !== undefined && expect.toLowerCase() !== "100-continue")
        throw expectationFailed(expect);
      const negotiated = body && negotiateBody(run.request, body, limits, run.filename);
      if (!negotiated) return undefined;
      const decoder = createBodyDecoder({
        ...negotiated,
        limits,
        sinks: run.files,
        validators,
        options: optionsFor(run),
        takeItem,
        isExcused,
        memory,
      });
      await negotiated.body.pump((chunk) => decoder.write(chunk), limits);
      return decoder.end();
    },
    async querystring(run) {
      const { querystring } = run.plan;
      if (!querystring) return undefined;
      const decoding = { limits, sinks: run.files, validators, options: optionsFor(run) };
      return decodeQuerystring(run.queryText, querystring, decoding);
    },
  };
}

function expectationFailed(expect: string): WaybillError {
  return new WaybillError({
    code: "expectation-failed",
    detail: `The expectation ${JSON.stringify(expect)} is not known.`,
  });
}
