// What later requests of a batch call a resource that an earlier one makes: `$` and the Content-ID of its part, at the
// start of their path (`PUT $1/pic`). Until it is made, that stands in the place of its id.
import { WaybillError } from "../base/fault.js";
import type { EmbeddedRequest } from "../body/embedded-requests.js";
import { itemPathOf } from "../resource/collection-ref.js";
import type { HttpResponse } from "./exchange.js";
import { collectionOf, type OperationRun } from "./operation-run.js";

export interface References {
  /** The request with the path that is meant. Throws `bad-request` for what no earlier one makes. */
  resolve(request: EmbeddedRequest): EmbeddedRequest;
  /** From here on it can be referred to. */
  add(request: EmbeddedRequest, run: OperationRun): void;
  made(request: EmbeddedRequest, response: HttpResponse): void;
  /** Parameters of a path with the ids of what is made. */
  fill(params: OperationRun["params"]): OperationRun["params"];
}

export function createReferences(): References {
  const paths = new Map<string, string>();
  const ids = new Map<string, string>();
  return {
    resolve(request) {
      if (!isReference(request.target)) return request;
      const [, name = "", rest = ""] = /^([^/?]*)(.*)$/.exec(request.target) ?? [];
      const path = paths.get(name);
      if (path === undefined) throw unknown(name);
      return { ...request, target: path.replace(/\/$/, "") + rest };
    },
    add({ contentId }, run) {
      if (contentId === undefined || run.plan.act.kind !== "create") return;
      const name = `$${contentId}`;
      const path = itemPathOf(collectionOf(run, Infinity), name);
      if (path !== undefined) paths.set(name, path);
    },
    made({ contentId }, { headers }) {
      const location = headers["location"];
      if (contentId === undefined || typeof location !== "string") return;
      const last = location.split("/").findLast((segment) => segment !== "") ?? "";
      ids.set(`$${contentId}`, decodeURIComponent(last));
    },
    fill: (params) =>
      Object.fromEntries(
        Object.entries(params).map(([name, value]) => [name, ids.get(value) ?? value]),
      ),
  };
}

/** No path begins so. */
export function isReference(target: string): boolean {
  return target.startsWith("$");
}

function unknown(name: string): WaybillError {
  const detail = `No earlier request of the batch makes ${JSON.stringify(name)}.`;
  return new WaybillError({ code: "bad-request", detail });
}
