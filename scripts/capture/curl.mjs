// curl's ways to write a form: files by @, text by <, types, part headers, encoders, nested parts.
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { binary, json, pairs, parts } from "./form.mjs";

const run = promisify(execFile);

const quoted = (text) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;

/** Runs `work` with a folder that holds the files of the form. */
async function withFiles(work) {
  const folder = mkdtempSync(join(tmpdir(), "capture-"));
  try {
    parts.forEach((part, index) =>
      writeFileSync(join(folder, String(index)), part.bytes ?? part.text),
    );
    writeFileSync(join(folder, "json"), JSON.stringify(json));
    writeFileSync(join(folder, "one.bin"), binary);
    writeFileSync(join(folder, "two.txt"), "two\n");
    writeFileSync(join(folder, "lines.txt"), "a = b\ntrailing \ncafé\n");
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function formOptions() {
  return parts.flatMap(({ name, kind, filename, type }, index) => {
    if (kind === "text") return ["-F", `${name}=<${index}`];
    if (kind === "json") return ["-F", `${name}=<${index};type=${type}`];
    return ["-F", `${name}=@${index};type=${type};filename=${quoted(filename)}`];
  });
}

/** Fixture name to curl's arguments. */
const runs = {
  form: formOptions(),
  "form-escape": ["--form-escape", ...formOptions()],
  types: [
    "-F",
    'profile={"name":"Douglas"};type=application/json',
    "--form-string",
    "literal=@not;a=file",
    "-F",
    "text=<two.txt",
    "-F",
    "file=@two.txt",
    "-F",
    "renamed=@two.txt;filename=other.csv;type=text/csv; charset=utf-8",
    "-F",
    'limited=@one.bin;type=image/png;headers="X-Rate-Limit-Limit: 30";headers="X-Note: a, b"',
  ],
  encoders: [
    "-F",
    "base64=@one.bin;encoder=base64",
    "-F",
    "quoted=@lines.txt;encoder=quoted-printable",
    "-F",
    "seven=plain;encoder=7bit",
    "-F",
    "eight=@lines.txt;encoder=8bit",
    "-F",
    "binary=@one.bin;encoder=binary",
  ],
  "several-files": ["-F", "files=@two.txt,one.bin,two.txt;type=text/csv", "-F", "after=1"],
  nested: [
    "-F",
    '=(;type=multipart/alternative;headers="Content-Disposition: form-data; name=group"',
    "-F",
    "=plain;type=text/plain",
    "-F",
    "=rich <b>text</b>;type=text/html",
    "-F",
    "=)",
    "-F",
    "after=1",
  ],
  json: ["-H", "Content-Type: application/json", "-d", "@json"],
  urlencoded: pairs.flatMap(([name, value]) => [
    "--data-urlencode",
    `${encodeURIComponent(name)}=${value}`,
  ]),
  put: ["-X", "PUT", "-F", "pic=@one.bin;filename=pic.png;type=image/png"],
};

export async function curl(url) {
  await withFiles(async (folder) => {
    for (const [name, options] of Object.entries(runs)) {
      const args = ["-sS", "--noproxy", "*", "--max-time", "20", ...options, `${url}/${name}`];
      await run("curl", args, { cwd: folder });
    }
  });
}

export function curlVersion() {
  return execFileSync("curl", ["--version"], { encoding: "utf8" }).split(" ")[1];
}
