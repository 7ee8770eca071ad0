// Clients of JavaScript. Each gets the URL to post below; what they send is in form.mjs.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readFileSync } from "node:fs";
import axios from "axios";
import FormDataPackage from "form-data";
import { got } from "got";
import nodeFetch, {
  FormData as NodeFetchFormData,
  Blob as NodeFetchBlob,
  File as NodeFetchFile,
} from "node-fetch";
import * as undici from "undici";
import { json, pairs, parts } from "./form.mjs";

const require = createRequire(import.meta.url);

export function versionOf(name) {
  let folder = dirname(require.resolve(name));
  for (;;) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      if (manifest.version !== undefined && manifest.name === name) return manifest.version;
    } catch {}
    folder = dirname(folder);
  }
}

const jsonType = { "content-type": "application/json" };

/** A standard FormData; a Blob without a name is sent as the file `blob`. */
function standardForm({ FormData, Blob, File }) {
  const form = new FormData();
  for (const { name, kind, filename, type, text, bytes } of parts) {
    if (kind === "text") form.append(name, text);
    else if (kind === "json") form.append(name, new Blob([text], { type }));
    else form.append(name, new File([bytes], filename, { type }));
  }
  return form;
}

/** The form-data package: a stream, with file names as an option. */
function packageForm() {
  const form = new FormDataPackage();
  for (const { name, kind, filename, type, text, bytes } of parts) {
    if (kind === "text") form.append(name, text);
    else if (kind === "json") form.append(name, text, { contentType: type });
    else form.append(name, bytes, { filename, contentType: type });
  }
  return form;
}

export async function nodeFetchBuiltIn(url) {
  const { File } = await import("node:buffer");
  await fetch(`${url}/form`, { method: "POST", body: standardForm({ FormData, Blob, File }) });
  await fetch(`${url}/json`, { method: "POST", headers: jsonType, body: JSON.stringify(json) });
  await fetch(`${url}/urlencoded`, { method: "POST", body: new URLSearchParams(pairs) });
}

export async function undiciFetch(url) {
  const { FormData, fetch } = undici;
  const { Blob, File } = await import("node:buffer");
  await fetch(`${url}/form`, { method: "POST", body: standardForm({ FormData, Blob, File }) });
}

export async function axiosClient(url) {
  const { File } = await import("node:buffer");
  const options = { proxy: false };
  await axios.post(`${url}/form`, standardForm({ FormData, Blob, File }), options);
  await axios.post(`${url}/json`, json, options);
  await axios.post(`${url}/urlencoded`, new URLSearchParams(pairs), options);
}

/** `axios.postForm` makes a form of an object: arrays get `[]`, names in `{}` JSON. */
export async function axiosPostForm(url) {
  const value = {
    name: "Müller",
    count: 3,
    list: ["1", "2"],
    nested: { a: "b" },
    "meta{}": { x: [1] },
  };
  await axios.postForm(
    `${url}/post-form`,
    { ...value, data: Buffer.from("x\r\n") },
    { proxy: false },
  );
}

export async function gotClient(url) {
  const { File } = await import("node:buffer");
  await got.post(`${url}/form`, { body: standardForm({ FormData, Blob, File }) });
  await got.post(`${url}/json`, { json });
  await got.post(`${url}/urlencoded`, { form: Object.fromEntries(pairs) });
}

export async function nodeFetchWithPackage(url) {
  await nodeFetch(`${url}/form`, { method: "POST", body: packageForm() });
}

export async function nodeFetchOwn(url) {
  const classes = { FormData: NodeFetchFormData, Blob: NodeFetchBlob, File: NodeFetchFile };
  await nodeFetch(`${url}/form`, { method: "POST", body: standardForm(classes) });
}
