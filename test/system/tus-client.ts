// tus-js-client as these tests use it, in the versions of `test/clients`: the interface is what both have in common.
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { root } from "./server-process.js";

const require = createRequire(join(root, "test/clients/package.json"));

export interface TusOptions {
  readonly endpoint: string;
  readonly chunkSize?: number;
  readonly uploadSize?: number;
  readonly uploadLengthDeferred?: boolean;
  readonly uploadDataDuringCreation?: boolean;
  readonly parallelUploads?: number;
  readonly overridePatchMethod?: boolean;
  readonly retryDelays?: readonly number[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly urlStorage?: object;
  readonly headers?: Readonly<Record<string, string>>;
  onSuccess?(): void;
  onError?(error: Error): void;
  onChunkComplete?(size: number, received: number, total: number): void;
  onAfterResponse?(request: TusRequest, response: TusResponse): void;
}

export interface TusRequest {
  getMethod(): string;
  getURL(): string;
  getHeader(name: string): string | undefined;
}

export interface TusResponse {
  getStatus(): number;
  getHeader(name: string): string | undefined;
}

export interface TusUpload {
  readonly url: string | null;
  start(): void;
  abort(terminates?: boolean): Promise<void>;
  findPreviousUploads(): Promise<readonly object[]>;
  resumeFromPreviousUpload(previous: object): void;
}

export interface TusClient {
  readonly Upload: new (file: Uint8Array | Readable, options: TusOptions) => TusUpload;
  readonly FileUrlStorage: new (file: string) => object;
}

export function tusClient(version: "4" | "5"): TusClient {
  if (version === "4") return require("tus-js-client-4") as TusClient;
  const { Upload } = require("tus-js-client") as TusClient;
  const { FileUrlStorage } = require("tus-js-client/node/FileUrlStorage") as TusClient;
  return { Upload, FileUrlStorage };
}
