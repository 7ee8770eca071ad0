// Uploads that are made with an Idempotency-Key, be it at once or in several requests: made once. A token is shown once
// and kept nowhere, so that whoever asks again is given a new one in its place.
import { ended } from "../upload/resumable-faults.js";
import type { Resumables } from "../upload/resumable.js";
import type { RecordUpload, StagedUpload } from "../upload/uploads.js";
import type { OperationRun } from "./operation-run.js";
import { uploadUrl } from "./upload-url.js";

/** `make` makes it, with what is to be kept beside it. `asked` is all that tells one request from another. */
export async function reserveOnce(
  run: OperationRun,
  uploads: Resumables,
  asked: unknown,
  make: (record: RecordUpload | undefined) => Promise<StagedUpload>,
): Promise<StagedUpload & { readonly isRepeated: boolean }> {
  const { idempotent } = run;
  idempotent?.read(asked);
  const earlier = await idempotent?.earlier();
  const location = earlier?.headers["location"];
  if (typeof location === "string") {
    const id = location.slice(location.lastIndexOf("/") + 1);
    const row = await uploads.find(id, run.principal);
    const token = row && !row.isOver ? await uploads.renewToken(id) : undefined;
    if (row && token !== undefined)
      return { id, token, expiresAt: row.expiresAt, isRepeated: true };
    // It was used, so its token was known; what was given up or refused is made anew.
    if (!row || row.state === "attached" || row.state === "expired") throw ended();
    await idempotent?.forget();
  }
  const record: RecordUpload | undefined =
    idempotent &&
    ((sql, { id }) =>
      idempotent.keep(sql, { status: 201, headers: { location: uploadUrl(run, id) } }));
  return { ...(await make(record)), isRepeated: false };
}
