// What the acts on uploads are on the wire: bytes staged, looked at, given up.
import { WaybillError } from "../base/fault.js";
import { fileExtension } from "../base/file-extension.js";
import { ReceivedFile } from "../base/file-reference.js";
import { isObject } from "../base/json.js";
import type { UploadAct } from "../plan/act.js";
import { noUpload } from "../upload/resumable-faults.js";
import type { Uploads } from "../upload/uploads.js";
import type { ActHandler } from "./acts.js";
import { stateFields } from "./ietf-fields.js";
import { appendByIetf, createByIetf, headByIetf, isIetfCreation } from "./ietf-uploads.js";
import { blobResponse } from "./blob-response.js";
import type { HttpResponse } from "./exchange.js";
import { jsonResponse } from "./json-response.js";
import { bindingSaid, type OperationRun } from "./operation-run.js";
import { refuseNameless } from "./principal-key.js";
import { completeDirect, isDirectRequest, sendContent, stageDirect } from "./direct-acts.js";
import { reserveOnce } from "./reserve-once.js";
import { shownStatus } from "./shown-status.js";
import { stagedResponse } from "./staged-response.js";
import { appendByTus, checkVersion, createByTus, headByTus, isTus, tusHeaders } from "./tus.js";
import { uploadId, uploadUrl } from "./upload-url.js";

export const uploadActs: Readonly<Record<UploadAct["kind"], ActHandler>> = {
  "stage-upload": {
    prepare: async (run) => void uploadsOf(run),
    answer(run) {
      if (isTus(run)) return createByTus(run, uploadsOf(run).resumable);
      return isIetfCreation(run) ? createByIetf(run, uploadsOf(run).resumable) : undefined;
    },
    async perform(run, value) {
      if (isDirectRequest(run)) return stageDirect(run, uploadsOf(run), value);
      const { reference } = fileIn(value);
      const file = run.files.received(reference.id);
      if (!file) throw new Error("The file is not one of this request.");
      const uploads = uploadsOf(run);
      const binding = bindingSaid(run);
      const asked = { file: reference.sha256, filename: reference.filename, ...binding };
      const { id, isRepeated, ...staged } = await reserveOnce(
        run,
        uploads.resumable,
        asked,
        (record) => uploads.stage(file, binding, record),
      );
      if (!isRepeated) run.files.keep([reference.id]);
      return stagedResponse(201, { ...staged, reference }, { location: uploadUrl(run, id) });
    },
  },
  "show-upload": {
    prepare: async (run) => void uploadsOf(run),
    answer(run) {
      if (run.request.method !== "HEAD") return undefined;
      return isTus(run)
        ? headByTus(run, uploadsOf(run).resumable)
        : headByIetf(run, uploadsOf(run).resumable);
    },
    async perform(run) {
      if (uploadsOf(run).isReadable && !wantsJson(run)) return readUpload(run);
      const { resumable } = uploadsOf(run);
      const row = await resumable.look(uploadId(run), run.principal);
      if (!row) throw noUpload();
      const isResumable = !row.isOver && row.direct === null;
      const fields = isResumable ? stateFields(row, resumable) : {};
      return jsonResponse(200, shownStatus(row), { "cache-control": "no-store", ...fields });
    },
  },
  "append-upload": {
    prepare: async (run) => void uploadsOf(run),
    answer: (run) =>
      isTus(run)
        ? appendByTus(run, uploadsOf(run).resumable)
        : appendByIetf(run, uploadsOf(run).resumable),
    perform: () => Promise.reject(new Error("Whoever appends reads the body itself.")),
  },
  "complete-upload": {
    perform: (run) => completeDirect(run, uploadsOf(run)),
  },
  "send-upload": {
    answer: (run) => sendContent(run, uploadsOf(run).direct),
    perform: () => Promise.reject(new Error("Whoever sends is read by the act itself.")),
  },
  "abort-upload": {
    prepare: async (run) => void (isTus(run) && checkVersion(run)),
    async perform(run) {
      if (!(await uploadsOf(run).abort(uploadId(run), run.principal))) throw noUpload();
      return { status: 204, headers: isTus(run) ? tusHeaders : {} };
    },
  },
};

/** Its bytes, for whoever made it. */
async function readUpload(run: OperationRun): Promise<HttpResponse> {
  const held = await uploadsOf(run).content(uploadId(run), run.principal);
  if (!held) throw noUpload();
  const { reference, key, createdAt } = held;
  const served = {
    reference,
    etag: `"${reference.sha256}"`,
    modifiedMs: createdAt,
    filename: reference.filename ?? `upload.${fileExtension(reference.mediaType)}`,
  };
  return blobResponse(run.request, served, await run.openBlob(key));
}

function wantsJson({ request }: OperationRun): boolean {
  return /\bapplication\/json\b/i.test(request.headers["accept"] ?? "");
}

function uploadsOf({ uploads, principal }: OperationRun): Uploads {
  refuseNameless(principal);
  if (uploads) return uploads;
  throw new WaybillError({ code: "not-implemented", detail: "Uploads are turned off here." });
}

/** The body is the file, or has it in its one part. */
function fileIn(value: unknown): ReceivedFile {
  const held = isObject(value) && !(value instanceof ReceivedFile) ? Object.values(value) : [value];
  const [file] = held.flat();
  if (file instanceof ReceivedFile) return file;
  throw new WaybillError({ code: "missing-body", detail: "The request needs a file." });
}
