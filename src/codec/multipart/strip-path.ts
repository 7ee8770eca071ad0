// A file name that is safe to store under and to offer for download (RFC 7578 §4.2). Pure text.

const fallback = "file";

// Device names that Windows finds in any folder and with any extension.
const reserved = new Set(["con", "prn", "aux", "nul"]);

/**
 * The last step of a path of either kind, without control and text-direction characters.
 * Never "", "." or ".." ("file" then), never a device name of Windows (`_` is put before it).
 */
export function stripPath(filename: string): string {
  const start = Math.max(filename.lastIndexOf("/"), filename.lastIndexOf("\\")) + 1;
  let name = "";
  for (const char of filename.slice(start)) {
    if (!isUnsafe(char.codePointAt(0) ?? 0)) name += char;
  }
  if (name.trim() === "" || name === "." || name === "..") return fallback;
  return isDevice(name) ? `_${name}` : name;
}

// C0, DEL and C1 controls, and what turns the reading direction (`gpj.exe` shown as `exe.jpg`).
function isUnsafe(code: number): boolean {
  if (code < 32 || (code >= 127 && code < 160)) return true;
  if (code === 0x200e || code === 0x200f || (code >= 0xd800 && code <= 0xdfff)) return true;
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

function isDevice(name: string): boolean {
  const dot = name.indexOf(".");
  const stem = (dot < 0 ? name : name.slice(0, dot)).trim().toLowerCase();
  if (reserved.has(stem)) return true;
  const digit = stem.charCodeAt(3);
  const numbered = stem.length === 4 && digit >= 49 && digit <= 57;
  return numbered && (stem.startsWith("com") || stem.startsWith("lpt"));
}
