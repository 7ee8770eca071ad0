// `104 (Upload Resumption Supported)` (draft-ietf-httpbis-resumable-upload-11 §5): where the upload is, and how
// far it has come. Only for clients of the same interop version, until there is an RFC (Appendix B).
import type { Resumables } from "../upload/resumable.js";
import type { Inform } from "./exchange.js";
import { limitFields } from "./ietf-fields.js";
import type { OperationRun } from "./operation-run.js";
import { parseCountItem } from "./structured-item.js";

const version = 8;
const status = 104;
const reason = "Upload Resumption Supported";

/** False where the client cannot be told. */
export function announceUpload(
  run: OperationRun,
  location: string,
  limits: Pick<Resumables, "bytesMax" | "expiresMs">,
): boolean {
  const inform = informOf(run);
  inform?.(status, reason, { ...versionField, location, ...limitFields(limits) });
  return inform !== undefined;
}

export function progressOf(run: OperationRun): ((offset: number) => void) | undefined {
  const inform = informOf(run);
  return (
    inform &&
    ((offset) => inform(status, reason, { ...versionField, "upload-offset": String(offset) }))
  );
}

const name = "upload-draft-interop-version";
const versionField = { [name]: String(version) };

function informOf({ request }: OperationRun): Inform | undefined {
  return parseCountItem(request.headers[name]) === version ? request.inform : undefined;
}
