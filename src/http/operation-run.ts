// One request for one operation, while it is carried out: what every act can ask for.
import type { Limits } from "../base/limits.js";
import type { OperationPlan } from "../plan/plan.js";
import { parametersOf } from "../plan/path-template.js";
import { collectionRef, type CollectionRef } from "../resource/collection-ref.js";
import type { Resources } from "../resource/resources.js";
import type { RequestFiles } from "../upload/request-files.js";
import type { UploadBinding, Uploads } from "../upload/uploads.js";
import type { HttpHandler, HttpRequest } from "./exchange.js";
import type { IdempotentRequest } from "./idempotency.js";
import type { OpenBlob } from "./open-blob.js";
import type { Validators } from "../body/validator.js";

/** What stands in the answer of the storage. */
export interface RedirectedAnswer {
  readonly mediaType: string;
  /** The whole field value. */
  readonly contentDisposition: string;
}

export interface OperationRun {
  readonly request: HttpRequest;
  readonly plan: OperationPlan;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The same as sent, without the `?`. */
  readonly queryText: string;
  /** Path as sent, for links to neighbours. */
  readonly path: string;
  /** Of a raw body, where the path ends in it. */
  readonly filename: string | undefined;
  /** Stands before every path of the document in URLs: origin and base path. */
  readonly base: string;
  readonly origin: string;
  readonly resources: Resources;
  readonly validators: Validators;
  readonly limits: Limits;
  readonly files: RequestFiles;
  /** Absent where there are none. */
  readonly uploads: Uploads | undefined;
  /** Who asks, as uploads are bound to it; null for nobody. */
  readonly principal: string | null;
  /** Of a create with an Idempotency-Key. */
  readonly idempotent: IdempotentRequest | undefined;
  /** May what is there be changed under a condition only? */
  readonly requireConditions: boolean;
  /** Of the operation that makes uploads, as the document has it; undefined where there is none. */
  uploadsPath(): string | undefined;
  /** Another request in the name of this one. */
  readonly again: HttpHandler;
  /** Rejects with `not-found` when the bytes are gone. */
  openBlob(key: string): Promise<OpenBlob>;
  /** Where the storage itself answers so, for a while; undefined where files are sent by the server. */
  readonly signedUrl: ((key: string, answer: RedirectedAnswer) => Promise<string>) | undefined;
}

/** What an upload that is made is for, as the query says it; null says nothing. */
export function bindingSaid({ principal, query }: OperationRun): UploadBinding {
  return { principal, operation: query.get("operation"), property: query.get("property") };
}

/** One for this operation and its property alone. */
export function bindingTo({ principal, plan }: OperationRun): UploadBinding {
  const property = "property" in plan.act ? plan.act.property : null;
  return { principal, operation: plan.operation.operationId, property };
}

/** Values of the path's parameters, in order. */
export function pathValues({ plan, params }: OperationRun): string[] {
  return parametersOf(plan.operation.path).map((name) => params[name] ?? "");
}

/** The collection of the act, whose own parameters are the first `count` of the path's. */
export function collectionOf(run: OperationRun, count: number): CollectionRef {
  const { collection } = run.plan;
  if (!collection) throw new Error("The operation has no collection.");
  return collectionRef(collection, pathValues(run).slice(0, count));
}

/** The store's key of a file that this request brought, or named by its upload. */
export function keyOfFile({ files }: OperationRun, id: string): string {
  const key = files.key(id);
  if (key === undefined) throw new Error(`The file ${id} is not one of this request.`);
  return key;
}
