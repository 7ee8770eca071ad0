// Pages beside the API: the document itself, its reference page, and whether the server is well.
import { readFile } from "node:fs/promises";
import { dump } from "js-yaml";
import type { Page } from "../http/engine.js";
import { arrayOr, objectOr, stringOr } from "../base/json.js";
import type { HttpResponse } from "../http/exchange.js";
import { bundleDocument } from "../openapi/bundle.js";
import type { OpenApiDocument } from "../openapi/document.js";
import { docsHtml } from "./docs-html.js";
import { docsScript } from "./docs-script.js";

/** Built from the packages that they come from; see scripts/build.mjs. */
const assets = new URL("../../assets/docs/", import.meta.url);

export function documentPages(document: OpenApiDocument, ready: () => Promise<void>): Page[] {
  const title = titleOf(document);
  const rootOf = once(() => thisServerFirst(bundleDocument(document)));
  return [
    page("/openapi.json", () => text("application/json", JSON.stringify(rootOf(), null, 2))),
    page("/openapi.yaml", () =>
      text("application/yaml", dump(rootOf(), { noRefs: true, lineWidth: 120 })),
    ),
    page("/docs", () =>
      text("text/html; charset=utf-8", docsHtml(title), { "content-security-policy": docsPolicy }),
    ),
    page("/docs/docs.js", () => text("text/javascript; charset=utf-8", docsScript)),
    page("/docs/swagger-ui-bundle.js", () =>
      asset("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ),
    page("/docs/swagger-ui.css", () => asset("swagger-ui.css", "text/css; charset=utf-8")),
    page("/healthz", () => text("application/json", '{"status":"ok"}')),
    page("/readyz", async () => {
      await ready();
      return text("application/json", '{"status":"ready"}');
    }),
  ];
}

// Swagger UI writes styles into elements and shows images from data: and blob: URIs. Nothing is loaded
// from elsewhere; requests that a reader tries go to whichever of the document's servers was picked.
const docsPolicy = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self' http: https:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Done when it is first asked for, and never again: not even when it failed. */
function once<Made>(make: () => Made): () => Made {
  let get = (): Made => {
    try {
      const made = make();
      get = () => made;
    } catch (error) {
      get = () => {
        throw error;
      };
    }
    return get();
  };
  return () => get();
}

function page(path: string, handle: Page["handle"]): Page {
  return { path, handle };
}

function text(
  contentType: string,
  body: string,
  headers: Record<string, string> = {},
): HttpResponse {
  return {
    status: 200,
    headers: { "content-type": contentType, "cache-control": "no-cache", ...headers },
    body,
  };
}

async function asset(name: string, contentType: string): Promise<HttpResponse> {
  const body = await readFile(new URL(name, assets));
  return {
    status: 200,
    headers: { "content-type": contentType, "cache-control": "max-age=3600" },
    body,
  };
}

// A document tells where the API lives: clients that read it here, `/docs` among them, are to ask
// this server unless they choose otherwise. By the path that the plan serves it under.
function thisServerFirst(root: OpenApiDocument["root"]): OpenApiDocument["root"] {
  const servers = arrayOr(root["servers"]);
  const url = stringOr(objectOr(servers[0])["url"], "");
  const isFixed = !url.includes("{") && URL.canParse(url, here);
  const { origin, pathname } = new URL(isFixed ? url : elsewhere, here);
  if (origin === here) return root;
  return { ...root, servers: [{ url: pathname, description: "This server" }, ...servers] };
}

const here = "http://here.invalid";
const elsewhere = "http://elsewhere.invalid/";

function titleOf({ root }: OpenApiDocument): string {
  return stringOr(objectOr(root["info"])["title"], "API");
}
