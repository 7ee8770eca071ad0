// One upload, in a process of its own, so that its work is not counted as the server's. The body is made
// on the way and sent as fast as the server takes it.
// node bench/upload-client.mjs URL multipart|base64|raw OCTETS
import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";

const [url, style, octets] = process.argv.slice(2);
const bytes = Number(octets);
const boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
const base64Length = (size) => 4 * Math.ceil(size / 3);
// Whole groups of base64, and the same octets again and again: nothing here looks at them.
const block = randomFillSync(Buffer.alloc(192 * 1024));

const styles = {
  raw: { type: "application/octet-stream", before: "", after: "", length: bytes, block },
  multipart: {
    type: `multipart/form-data; boundary=${boundary}`,
    before: `--${boundary}\r\nContent-Disposition: form-data; name="content"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    after: `\r\n--${boundary}--\r\n`,
    length: bytes,
    block,
  },
  base64: {
    type: "application/json",
    before: '{"content":"',
    after: '"}',
    length: base64Length(bytes),
    block: Buffer.from(block.toString("base64")),
  },
};

const { type, before, after, length, block: piece } = styles[style];
const out = request(url, {
  method: "POST",
  headers: { "content-type": type, "content-length": before.length + length + after.length },
});
const answered = once(out, "response");
out.write(before);
for (let sent = 0; sent < length; sent += piece.length) {
  const last = length - sent < piece.length;
  if (!out.write(last ? tail(length - sent) : piece)) await once(out, "drain");
}
out.end(after);

const [response] = await answered;
let text = "";
for await (const chunk of response) text += chunk;
if (response.statusCode !== 201) throw new Error(`${response.statusCode} ${text}`);
process.stdout.write(text);

// The end of base64 depends on how many octets there are.
function tail(size) {
  if (style !== "base64") return piece.subarray(0, size);
  const rest = bytes % block.length;
  return Buffer.from(block.subarray(0, rest).toString("base64"));
}
