// What signed URLs and POST policies reach in the fake: the XML API.
import { sendMedia } from "./gcs-json.js";
import { splitMultipart } from "./gcs-multipart.js";
import { Refusal } from "./gcs-refusal.js";
import { verifyPolicy, verifySignedUrl } from "./gcs-signature.js";
import { bodyOf, type GcsRequest } from "./gcs-request.js";

export async function answerXml(request: GcsRequest): Promise<void> {
  const { method, url, objects } = request;
  const [, bucket = "", path = ""] = /^\/([^/]*)\/?(.*)$/.exec(url.pathname) ?? [];
  const name = decodeURIComponent(path);
  if (method === "POST" && name === "") return takeForm(request, bucket);
  // A HEAD may be sent with what is signed for a GET.
  verifySignedUrl({ ...request, method: method === "HEAD" ? "GET" : method }, request.signer);
  if (method === "PUT") return takePut(request, bucket, name);
  if (method !== "GET" && method !== "HEAD")
    throw new Refusal(405, "MethodNotAllowed", "Method Not Allowed");
  const object = objects.find(bucket, name);
  if (!object) throw new Refusal(404, "NoSuchKey", "The specified key does not exist.");
  const type = url.searchParams.get("response-content-type");
  const disposition = url.searchParams.get("response-content-disposition");
  sendMedia(request, object, {
    ...(type === null ? {} : { "content-type": type }),
    ...(disposition === null ? {} : { "content-disposition": disposition }),
  });
}

async function takePut(request: GcsRequest, bucket: string, name: string): Promise<void> {
  const { headers } = request;
  const ifGenerationMatch = headers["x-goog-if-generation-match"];
  const [min = 0, max = Infinity] = (headers["x-goog-content-length-range"] ?? "0,Infinity")
    .split(",")
    .map(Number);
  const length = Number(headers["content-length"] ?? 0);
  if (length > max) throw new Refusal(400, "EntityTooLarge", "Your proposed upload is too large.");
  if (length < min) throw new Refusal(400, "EntityTooSmall", "Your proposed upload is too small.");
  const bytes = await bodyOf(request);
  const contentType = headers["content-type"];
  const object = request.objects.put({ bucket, name, bytes, contentType, ifGenerationMatch });
  const fields = { "x-goog-generation": object.generation, etag: `"${object.generation}"` };
  request.response.writeHead(200, { ...fields, "content-length": 0 }).end();
}

async function takeForm(request: GcsRequest, bucket: string): Promise<void> {
  const fields = new Map<string, string>();
  let file: Buffer | undefined;
  for (const { headers, bytes } of splitMultipart(request, await bodyOf(request))) {
    const name = /name="([^"]*)"/.exec(headers["content-disposition"] ?? "")?.[1]?.toLowerCase();
    if (name === undefined) throw new Refusal(400, "InvalidArgument", "A part has no name.");
    // What comes after the file is not looked at.
    if (name === "file") {
      file = bytes;
      break;
    }
    fields.set(name, bytes.toString());
  }
  if (!file) throw new Refusal(400, "InvalidArgument", "There is no file.");
  verifyPolicy({ bucket, fields, fileBytes: file.length }, request.signer);
  const contentType = fields.get("content-type");
  request.objects.put({ bucket, name: fields.get("key") ?? "", bytes: file, contentType });
  request.response.writeHead(Number(fields.get("success_action_status") ?? 204)).end();
}
