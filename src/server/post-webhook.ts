// One webhook on the wire, by Node's fetch.
import type { PostWebhook } from "../upload/webhook-sender.js";

export const postWebhook: PostWebhook = async ({ url, ...request }) => {
  const response = await fetch(url, { method: "POST", redirect: "manual", ...request });
  // What the receiver says is of no interest, and may have no end.
  await response.body?.cancel();
  const retryAfter = response.headers.get("retry-after") ?? "";
  return {
    status: response.status,
    ...(/^\d{1,9}$/.test(retryAfter) ? { retryAfterMs: Number(retryAfter) * 1000 } : {}),
  };
};
