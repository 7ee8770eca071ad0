// The headers of a part as text, escaped as browsers escape them (HTML, multipart/form-data encoding
// algorithm). Refuses what would let a value write lines of its own.
import { WaybillError } from "../../base/fault.js";
import { isToken } from "../../base/media-type.js";

export interface PartHeadToWrite {
  /** Needed in `form-data`; elsewhere a part may do without. */
  readonly name?: string | undefined;
  readonly filename?: string | undefined;
  readonly mediaType?: string | undefined;
  /** More of them. In `form-data` there can be no Content-Disposition among them. */
  readonly headers?: Iterable<readonly [name: string, value: string]> | undefined;
}

/** With the empty line at the end. Throws `part-without-name` or `malformed-header`. */
export function formatPartHead(part: PartHeadToWrite, form: boolean): string {
  const written = new Set<string>();
  let text = "";
  const write = (name: string, value: string): void => {
    checkHeader(name, value);
    const key = name.toLowerCase();
    if (written.has(key)) throw malformed(`A part can have one ${name} header only.`);
    written.add(key);
    text += `${name}: ${value}\r\n`;
  };
  const disposition = formatDisposition(part, form);
  if (disposition !== undefined) write("Content-Disposition", disposition);
  if (part.mediaType !== undefined) write("Content-Type", part.mediaType);
  for (const [name, value] of part.headers ?? []) write(name, value);
  return `${text}\r\n`;
}

function formatDisposition({ name, filename }: PartHeadToWrite, form: boolean): string | undefined {
  if (form && name === undefined) {
    throw new WaybillError({ code: "part-without-name", detail: "A part of a form has no name." });
  }
  const file = filename === undefined ? "" : `; filename="${escapeName(filename)}"`;
  if (name !== undefined) return `form-data; name="${escapeName(normalized(name))}"${file}`;
  return filename === undefined ? undefined : `attachment${file}`;
}

// Names have their line ends made CRLF first, file names have not.
function normalized(name: string): string {
  return name.replaceAll(/\r\n|\r|\n/g, "\r\n");
}

/** `"`, CR and LF as `%22`, `%0D` and `%0A`; a `%` stays as it is. */
export function escapeName(name: string): string {
  return name.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** The same undone. It cannot tell `%22` that stood in the name from one that was written for a quote. */
export function unescapeName(name: string): string {
  if (!name.includes("%")) return name;
  return name.replaceAll("%22", '"').replaceAll(/%0d/gi, "\r").replaceAll(/%0a/gi, "\n");
}

function checkHeader(name: string, value: string): void {
  if (!isToken(name)) throw malformed("A part header has a malformed name.");
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === 0 || code === 10 || code === 13) {
      throw malformed(`The ${name} header of a part has a line end or NUL in it.`);
    }
  }
}

function malformed(detail: string): WaybillError {
  return new WaybillError({ code: "malformed-header", detail });
}
