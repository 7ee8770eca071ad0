// The library: one engine for an OpenAPI document, under Node's servers and as a Web handler.
export { createWaybill, type Waybill, type WaybillOptions } from "./server/create-waybill.js";
export type { ListenOptions, Listening } from "./server/listen.js";
export type { Exchange } from "./http/engine.js";
export type {
  Authenticate,
  Hooks,
  OperationContext,
  OperationHooks,
  OperationResult,
} from "./http/hooks.js";
export type { HttpHandler, HttpRequest, HttpResponse } from "./http/exchange.js";
export type { ProblemDetails } from "./http/problem.js";
export { WaybillError, type Fault, type FaultCode, type PartPlace } from "./base/fault.js";
export type { FileReference } from "./base/file-reference.js";
export { eventTypes, type EventType } from "./base/event-type.js";
export {
  verifyWebhook,
  type ReceivedHeaders,
  type ReceivedWebhook,
  type VerifyWebhookOptions,
} from "./base/webhook-signature.js";
export { defaultLimits, type Limits } from "./base/limits.js";
export type { BodyOptions } from "./body/body-context.js";
export { DocumentError } from "./openapi/document-error.js";
export type { UrlOptions } from "./upload/remote-files.js";
export type { ReferenceOptions } from "./openapi/allowed-references.js";
