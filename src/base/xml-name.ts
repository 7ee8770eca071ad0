// Names of XML elements and attributes for names that are none (XML 1.0 §2.3, without colons: Namespaces §3):
// what cannot stand in one is written as its number, `first name` as `first_x0020_name`. The way of SQL/XML
// (ISO/IEC 9075-14 §9.1) and of .NET's XmlConvert, so others read it too.

const start =
  "A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D" +
  "\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}";
const isStart = new RegExp(`^[${start}]$`, "u");
const isInner = new RegExp(`^[${start}\\-.0-9\\u00B7\\u0300-\\u036F\\u203F\\u2040]$`, "u");
const escape = /_x([0-9A-Fa-f]{4}|[0-9A-Fa-f]{8})_/g;
const escapeHere = /^_x(?:[0-9A-Fa-f]{4}|[0-9A-Fa-f]{8})_/;

/** The name itself where it is one. */
export function encodeXmlName(name: string): string {
  let encoded = "";
  let at = 0;
  for (const character of name) {
    const allowed = at === 0 ? isStart : isInner;
    const looksEscaped = character === "_" && escapeHere.test(name.slice(at, at + 11));
    encoded += allowed.test(character) && !looksEscaped ? character : escaped(character);
    at += character.length;
  }
  return encoded === "" ? "_" : encoded;
}

export function decodeXmlName(name: string): string {
  return name.replace(escape, (whole, digits: string) => {
    const code = Number.parseInt(digits, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `_x${code
    .toString(16)
    .toUpperCase()
    .padStart(code > 0xffff ? 8 : 4, "0")}_`;
}
