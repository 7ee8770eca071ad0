// What the load sends, and what must come back: one object for each kind of request.
import { createHash } from "node:crypto";

const boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
const bio = "Professor of cognitive science, and author of books that are about themselves.";

/** `paths`: what is downloaded or listed, one after the other. */
export function createWorkload(name, { path, picture, paths, size }) {
  return workloads[name]({ path, picture, paths, size });
}

const workloads = {
  "create-plain": ({ path }) => ({
    status: 201,
    next: (user, turn) => json(path, { ...fieldsOf(user, turn) }),
    sample: ({ id, name }) => ({ path: `${path}${id}/`, member: ["name", name] }),
  }),
  "create-picture": ({ path, picture }) => {
    const sha256 = createHash("sha256").update(picture).digest("hex");
    return {
      status: 201,
      next: (user, turn) => form(path, fieldsOf(user, turn), picture),
      // A reference here, a URL there.
      sample: ({ pic }) => ({ path: new URL(pic.url ?? pic, "http://x").pathname, sha256 }),
    };
  },
  read: ({ paths, size }) => ({
    status: 200,
    size,
    next: (user, turn) => ({ method: "GET", path: paths[(user * 7 + turn) % paths.length] }),
  }),
};

function fieldsOf(user, turn) {
  return { name: `Douglas Hofstadter ${user}-${turn}`, bio, city: `Bloomington ${turn % 1000}` };
}

function json(path, value) {
  const headers = { "content-type": "application/json" };
  return { method: "POST", path, headers, body: JSON.stringify(value) };
}

function form(path, fields, picture) {
  const parts = Object.entries(fields).map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="pic"; filename="pic.png"\r\nContent-Type: image/png\r\n\r\n`;
  const body = Buffer.concat([
    Buffer.from(parts.join("") + head),
    picture,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
  return { method: "POST", path, headers, body };
}
