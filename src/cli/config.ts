// How `serve` is told what to do: flags before environment before configuration file before defaults.
import { readFile } from "node:fs/promises";
import { CORE_SCHEMA, loadAll, YAMLException } from "js-yaml";
import { isObject } from "../base/json.js";
import { defaultLimits, type Limits } from "../base/limits.js";
import { defaultBodyOptions, type BodyOptions } from "../body/body-context.js";
import type { ReferenceOptions } from "../openapi/allowed-references.js";
import type { Credential } from "../server/authenticate.js";
import { corsOptionsOf, type CorsOptions } from "../server/cors-options.js";
import {
  batchOptionsOf,
  drainOptionsOf,
  metricsPathOf,
  pruneOptionsOf,
  uploadOptionsOf,
  type BatchOptions,
  type DrainOptions,
  type PruneOptions,
  type UploadOptions,
} from "../server/due-options.js";
import { placesOf, type DataPlaces } from "../server/open-data.js";
import { downloadOptionsOf, type DownloadOptions } from "../server/signed-url-options.js";
import { publicUrlOf } from "../server/public-url.js";
import type { UrlOptions } from "../upload/remote-files.js";
import { webhookOptionsOf, type WebhookOptions } from "../server/webhook-options.js";
import type { ReferenceFlags } from "./reference-flags.js";

export interface ServeFlags extends Partial<ReferenceFlags>, PlaceFlags {
  readonly port?: string;
  readonly host?: string;
  readonly tlsKey?: string;
  readonly tlsCert?: string;
  readonly allowUrls?: readonly string[];
  readonly allowInternalUrls?: readonly string[];
}

export interface ServeConfig {
  readonly port: number;
  readonly host: string;
  readonly places: DataPlaces;
  readonly limits: Partial<Limits>;
  readonly readOnly: BodyOptions["readOnly"];
  readonly body: Partial<Omit<BodyOptions, "readOnly">>;
  readonly references: ReferenceOptions;
  readonly urls: UrlOptions;
  readonly requireConditions: boolean;
  readonly uploads: false | UploadOptions;
  readonly downloads: DownloadOptions;
  readonly cors: false | CorsOptions;
  readonly batch: false | BatchOptions;
  readonly prune: false | PruneOptions;
  readonly drain: Required<DrainOptions>;
  readonly metrics: false | { readonly path: string };
  readonly webhooks: readonly WebhookOptions[];
  readonly logLevel: string;
  readonly publicUrl: string | undefined;
  readonly tls: { readonly key: Uint8Array; readonly cert: Uint8Array } | undefined;
  readonly credentials: readonly Credential[] | undefined;
}

/** Of a configuration file. */
export const optionNames: ReadonlySet<string> = new Set([
  "port",
  "host",
  "data",
  "db",
  "store",
  "readAlso",
  "limits",
  "readOnly",
  "body",
  "references",
  "urls",
  "requireConditions",
  "uploads",
  "downloads",
  "cors",
  "batch",
  "prune",
  "drain",
  "metrics",
  "webhooks",
  "logLevel",
  "publicUrl",
  "tls",
  "credentials",
]);

const bodyNames = Object.keys(defaultBodyOptions).filter((each) => each !== "readOnly");

/** Rejects with a TypeError that names the option. */
export async function readConfig(flags: ServeFlags, env: NodeJS.ProcessEnv): Promise<ServeConfig> {
  const file = flags.config === undefined ? {} : await readFileConfig(flags.config);
  return {
    port: portOf(flags.port ?? env["PORT"] ?? file["port"] ?? 8080),
    host: text("host", flags.host ?? env["HOST"] ?? file["host"] ?? "localhost"),
    places: readPlaces(flags, env, file),
    limits: sectionOf("limits", file["limits"], Object.keys(defaultLimits)),
    readOnly: oneOf("readOnly", file["readOnly"] ?? "strip", ["strip", "reject", "ignore"]),
    body: sectionOf("body", file["body"], bodyNames),
    references: allowanceOf("references", file["references"], {
      allow: flags.allowRefs,
      internal: flags.allowInternalRefs,
    }),
    urls: allowanceOf("urls", file["urls"], {
      allow: flags.allowUrls,
      internal: flags.allowInternalUrls,
    }),
    requireConditions: oneOf("requireConditions", file["requireConditions"] ?? false, [
      true,
      false,
    ]),
    webhooks: webhooksOf(file["webhooks"], env),
    uploads: uploadOptionsOf(file["uploads"]),
    downloads: downloadOptionsOf(file["downloads"]),
    cors: corsOptionsOf(file["cors"]),
    batch: batchOptionsOf(file["batch"]),
    prune: pruneOptionsOf(file["prune"]),
    drain: drainOptionsOf(file["drain"]),
    metrics: metricsOf(file["metrics"]),
    logLevel: oneOf("logLevel", file["logLevel"] ?? "info", [
      "trace",
      "debug",
      "info",
      "warn",
      "error",
      "fatal",
      "silent",
    ]),
    publicUrl: publicUrlOf(file["publicUrl"] ?? undefined),
    tls: await readTls(flags, file["tls"] ?? undefined),
    credentials: credentialsOf(file["credentials"] ?? undefined, env),
  };
}

export interface PlaceFlags {
  readonly data?: string;
  readonly db?: string;
  readonly store?: string;
  readonly readAlso?: string;
  readonly config?: string;
}

/** Where rows and blobs are. URLs with a secret in them are for the environment. */
export function readPlaces(
  flags: PlaceFlags,
  env: NodeJS.ProcessEnv,
  file: Readonly<Record<string, unknown>>,
): DataPlaces {
  const optional = (name: string, said: unknown): string | undefined =>
    said === undefined || said === null ? undefined : text(name, said);
  const places = {
    data: text("data", flags.data ?? file["data"] ?? "waybill-data"),
    db: optional("db", flags.db ?? env["WAYBILL_DB"] ?? file["db"]),
    store: optional("store", flags.store ?? env["WAYBILL_STORE"] ?? file["store"]),
    readAlso: optional("readAlso", flags.readAlso ?? env["WAYBILL_READ_ALSO"] ?? file["readAlso"]),
  };
  placesOf(places);
  return places;
}

function metricsOf(said: unknown): ServeConfig["metrics"] {
  const path = metricsPathOf(said ?? undefined);
  return path === undefined ? false : { path };
}

// What the command line allows is allowed beside what the file does.
function allowanceOf(
  name: string,
  said: unknown,
  {
    allow = [],
    internal = [],
  }: Partial<Record<"allow" | "internal", readonly string[] | undefined>>,
): ReferenceOptions & UrlOptions {
  const section = sectionOf(name, said, ["allow", "internal"]);
  const list = (each: string): string[] => texts(`${name}.${each}`, section[each] ?? []);
  return { allow: [...allow, ...list("allow")], internal: [...internal, ...list("internal")] };
}

/** Its options by name, checked only for being known. */
export async function readFileConfig(name: string): Promise<Record<string, unknown>> {
  const config = parseConfig(name, await readFile(name, "utf8")) ?? {};
  if (!isObject(config)) throw new TypeError(`${name} must hold an object.`);
  const unknown = Object.keys(config).find((each) => !optionNames.has(each));
  if (unknown !== undefined)
    throw new TypeError(
      `${name}: there is no option ${unknown}; there are ${[...optionNames].join(", ")}.`,
    );
  return config;
}

/** Undefined where it is empty, with all that is in it commented out. */
function parseConfig(name: string, text: string): unknown {
  try {
    const [config, second] = loadAll(text, { schema: CORE_SCHEMA });
    if (second === undefined) return config;
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new TypeError(`${name} is no YAML: ${error.message}`, { cause: error });
  }
  throw new TypeError(`${name} must hold one document.`);
}

function portOf(said: unknown): number {
  const port = typeof said === "string" && /^\d+$/.test(said) ? Number(said) : said;
  if (typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65_535)
    return port;
  throw new TypeError(
    `The port must be a whole number from 0 to 65535, not ${JSON.stringify(said)}.`,
  );
}

async function readTls(
  { tlsKey, tlsCert }: ServeFlags,
  said: unknown,
): Promise<ServeConfig["tls"]> {
  if (said === undefined && tlsKey === undefined && tlsCert === undefined) return undefined;
  const { key, cert } = sectionOf("tls", said, ["key", "cert"]);
  const files = [text("tls.key", tlsKey ?? key), text("tls.cert", tlsCert ?? cert)] as const;
  const [keyBytes, certBytes] = await Promise.all(files.map((name) => readFile(name)));
  return keyBytes && certBytes && { key: keyBytes, cert: certBytes };
}

function credentialsOf(said: unknown, env: NodeJS.ProcessEnv): ServeConfig["credentials"] {
  if (said === undefined) return undefined;
  if (!Array.isArray(said)) throw new TypeError("credentials must be a list.");
  return said.map((each: unknown, index) => {
    if (!isObject(each)) throw new TypeError(`credentials[${index}] must be an object.`);
    const secret = text(`credentials[${index}].secret`, each["secret"]);
    return {
      scheme: text(`credentials[${index}].scheme`, each["scheme"]),
      secret: secretOf(`credentials[${index}]`, secret, env),
      principal: stringOr(each["principal"]),
    };
  });
}

// Checked where the server is made; here only what the environment has is put in.
function webhooksOf(said: unknown, env: NodeJS.ProcessEnv): WebhookOptions[] {
  if (said === undefined || said === null) return [];
  if (!Array.isArray(said)) throw new TypeError("webhooks must be a list.");
  const list: unknown[] = said.map((each: unknown, index) => {
    if (!isObject(each)) throw new TypeError(`webhooks[${index}] must be an object.`);
    const one = (secret: unknown): string =>
      secretOf(`webhooks[${index}]`, text(`webhooks[${index}].secret`, secret), env);
    const { secret } = each;
    return { ...each, secret: Array.isArray(secret) ? secret.map(one) : one(secret) };
  });
  webhookOptionsOf(list);
  return list as WebhookOptions[];
}

// Secrets may stand in the environment: `token: $API_TOKEN`.
function secretOf(name: string, said: string, env: NodeJS.ProcessEnv): string {
  const found = said.startsWith("$") ? env[said.slice(1)] : said;
  if (!found) throw new TypeError(`${name}: the environment has no ${said}.`);
  return found;
}

/** An option that has options of its own. */
function sectionOf(
  name: string,
  said: unknown,
  members: readonly string[],
): Readonly<Record<string, unknown>> {
  if (said === undefined || said === null) return {}; // with all that is in it commented out
  if (!isObject(said)) throw new TypeError(`${name} must be an object.`);
  const unknown = Object.keys(said).find((each) => !members.includes(each));
  if (unknown !== undefined)
    throw new TypeError(`${name}: there is no option ${unknown}; there are ${members.join(", ")}.`);
  return said;
}

function texts(name: string, said: unknown): string[] {
  if (!Array.isArray(said)) throw new TypeError(`${name} must be a list.`);
  return said.map((each, index) => text(`${name}[${index}]`, each));
}

function stringOr(said: unknown): string | undefined {
  return typeof said === "string" ? said : undefined;
}

function text(name: string, said: unknown): string {
  if (typeof said === "string" && said !== "") return said;
  throw new TypeError(`${name} must be a text.`);
}

function oneOf<Choice extends string | boolean>(
  name: string,
  said: unknown,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === said);
  if (found === undefined)
    throw new TypeError(
      `${name} must be one of ${choices.join(", ")}, not ${JSON.stringify(said)}.`,
    );
  return found;
}
