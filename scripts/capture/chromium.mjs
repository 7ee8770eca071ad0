// Chromium: FormData by fetch, and real forms that are submitted.
import { createRequire } from "node:module";
import { json, pairs, request } from "./form.mjs";

const { chromium: browserType } = createRequire(new URL("../../package.json", import.meta.url))(
  "playwright-core",
);

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// Runs in the page.
async function sendForms({ request: { parts }, json: value, pairs: list }) {
  const form = new FormData();
  for (const { name, kind, filename, type, text, base64 } of parts) {
    if (kind === "text") form.append(name, text);
    else if (kind === "json") form.append(name, new Blob([text], { type }));
    else {
      const octets = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      form.append(name, new File([octets], filename, { type }));
    }
  }
  await fetch("form", { method: "POST", body: form });
  const odd = new FormData();
  odd.append("new\nline", "1");
  odd.append("re\r\nturn\r", "2");
  odd.append("", "3");
  odd.append("end\\", "4");
  odd.append("%22 stays", "5");
  odd.append("file", new File(["x"], 'a\nb\r"c"\\.txt'));
  odd.append("file", new File(["y"], "C:\\dir\\a.txt", { type: "text/plain" }));
  odd.append("file", new File(["z"], ""));
  odd.append("blob", new Blob(["b"]));
  odd.append("lone\ud800", "6\udfff");
  await fetch("names", { method: "POST", body: odd });
  await fetch("nothing", { method: "POST", body: new FormData() });
  await fetch("json", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
  });
  await fetch("urlencoded", { method: "POST", body: new URLSearchParams(list) });
}

const page = (enctype) => `<!doctype html><form method="post" enctype="${enctype}">
<input name="name" value="Grüße, 東京 😀"><textarea name="bio">one
two</textarea><input type="hidden" name="_charset_"><input name='say "hi"' value="&lt;&amp;&gt;">
<input type="checkbox" name="on" checked><input type="checkbox" name="off">
<select name="many" multiple><option selected>1<option selected>2<option>3</select>
<input type="file" name="none"><input type="file" name="files" multiple>
<button name="go" value="yes">Go</button></form>`;

export async function chromium(url) {
  const browser = await browserType.launch({ executablePath: "/usr/bin/chromium", args: flags });
  try {
    const tab = await browser.newPage();
    await tab.goto(`${url}/page`);
    await tab.evaluate(sendForms, { request, json, pairs });
    await submit(tab, url, "page", "html-form", "multipart/form-data");
    await submit(tab, url, "page", "html-urlencoded", "application/x-www-form-urlencoded");
    await submit(tab, url, "page-1252", "html-form-1252", "multipart/form-data");
  } finally {
    await browser.close();
  }
}

async function submit(tab, url, from, name, enctype) {
  await tab.goto(`${url}/${from}`);
  await tab.setContent(page(enctype).replace("<form", `<form action="${url}/${name}"`));
  await tab.setInputFiles("[name=files]", [
    { name: "naïve.txt", mimeType: "text/plain", buffer: Buffer.from("Grüße\n") },
    {
      name: "b.bin",
      mimeType: "application/octet-stream",
      buffer: Buffer.from([13, 10, 45, 45, 0, 255]),
    },
  ]);
  await Promise.all([tab.waitForURL(`${url}/${name}`), tab.click("button")]);
}

export async function chromiumVersion() {
  const browser = await browserType.launch({ executablePath: "/usr/bin/chromium", args: flags });
  const version = browser.version();
  await browser.close();
  return version;
}
