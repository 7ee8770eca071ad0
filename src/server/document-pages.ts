// Pages beside the API: the document itself, its reference page, and whether the server is well.
import { readFile } from "node:fs/promises";
import { dump } from "js-yaml";
import type { Page } from "../http/engine.js";
import type { HttpResponse } from "../http/exchange.js";
import type { OpenApiDocument } from "../openapi/document.js";
import { docsHtml } from "./docs-html.js";

/** Built from the packages that they come from; see scripts/build.mjs. */
const assets = new URL("../../assets/docs/", import.meta.url);

export function documentPages(document: OpenApiDocument, ready: () => Promise<void>): Page[] {
  const title = titleOf(document);
  return [
    page("/openapi.json", () => text("application/json", JSON.stringify(document.root, null, 2))),
    page("/openapi.yaml", () =>
      text("application/yaml", dump(document.root, { noRefs: true, lineWidth: 120 })),
    ),
    page("/docs", () =>
      text("text/html; charset=utf-8", docsHtml(title), { "content-security-policy": docsPolicy }),
    ),
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

// Swagger UI writes styles into elements and shows images from data: URIs; nothing comes from elsewhere.
const docsPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; script-src 'self' 'unsafe-inline'";

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

function titleOf({ root }: OpenApiDocument): string {
  const info = root["info"] as { title?: unknown } | undefined;
  return typeof info?.title === "string" ? info.title : "API";
}
