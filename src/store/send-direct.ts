// What a client does with the plan of a direct upload, for tests.
import type { DirectPlan } from "./store.js";

export interface SendOptions {
  /** Whether parts take what is theirs; else the one part takes it all. */
  readonly isCut?: boolean;
  /** Another one than the plan says. */
  readonly mediaType?: string;
}

/** As a client would; resolves to the statuses. */
export async function sendDirect(
  plan: DirectPlan,
  bytes: Buffer,
  { isCut = true, mediaType }: SendOptions = {},
): Promise<number[]> {
  const typed = (headers: Readonly<Record<string, string>>) =>
    mediaType === undefined ? headers : { ...headers, "content-type": mediaType };
  if (plan.kind === "parts")
    return Promise.all(
      plan.parts.map((part) => {
        const body = isCut ? bytes.subarray(part.offset, part.offset + part.size) : bytes;
        return send(part, { headers: part.headers, body });
      }),
    );
  if (plan.kind === "form") {
    const form = new FormData();
    for (const [name, value] of Object.entries(plan.fields))
      form.set(name, name.toLowerCase() === "content-type" ? (mediaType ?? value) : value);
    form.set("file", new Blob([bytes]));
    return [await send(plan, { headers: plan.headers, body: form })];
  }
  if (plan.kind === "session") {
    const range = bytes.length === 0 ? "*/0" : `0-${bytes.length - 1}/${bytes.length}`;
    const headers = typed({ ...plan.headers, "content-range": `bytes ${range}` });
    return [await send(plan, { headers, body: bytes })];
  }
  return [await send(plan, { headers: typed(plan.headers), body: bytes })];
}

async function send(request: { method: string; url: string }, init: RequestInit): Promise<number> {
  const answer = await fetch(request.url, { method: request.method, ...init });
  await answer.arrayBuffer();
  return answer.status;
}
