// Bodies for each decoder: valid ones from a small grammar, and what damage makes of them. Strings stand for
// octets, one a character, until the end; JSON and XML may hold any text.

const encoder = new TextEncoder();

/** How much of a thing: mostly little, seldom enough for the roads that only long runs take. */
function amount(random) {
  if (random.chance(40)) return 250 + random.below(1500);
  return random.below(random.chance(4) ? 40 : 6);
}

export function binary(text) {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function many(random, count, make) {
  let text = "";
  for (let i = 0; i < count; i++) text += make(random);
  return text;
}

// JSON

const jsonStrings = ["", "a", "Zm9v", "é", "😀", "東", "\\n", "\\/", "\\u002B", "\\u00e9", '\\"'];
const jsonEscapes = [...jsonStrings, "\\ud83d", "\\ude00", "\\u0000", "\\\\", "=", "+", "data:,"];
const jsonNumbers = ["0", "-0", "12", "1.5", "-1e3", "1E+400", "123456789012345678", "0.1e-7"];
const jsonKeys = ["a", "b", "pic", "file", "__proto__", "", "\\u0061", "é", "long".repeat(10)];

function jsonString(random) {
  const unit = random.chance(3) ? jsonEscapes : ["Zm9v", "YmFy", "+/+/", "AAAA", "\\/", "\\u002B"];
  return `"${many(random, amount(random), () => random.pick(unit))}"`;
}

function jsonValue(random, depth) {
  const space = random.chance(6) ? random.pick([" ", "\n", "\t", " \r\n"]) : "";
  switch (random.below(depth > 4 ? 3 : 6)) {
    case 0:
      return space + random.pick(["null", "true", "false", ...jsonNumbers]);
    case 1:
    case 2:
      return space + jsonString(random);
    case 3:
      return `${space}[${items(random, () => jsonValue(random, depth + 1))}${space}]`;
    default:
      return `{${space}${items(random, () => jsonMember(random, depth))}${space}}`;
  }
}

function jsonMember(random, depth) {
  return `"${random.pick(jsonKeys)}":${jsonValue(random, depth + 1)}`;
}

function items(random, make) {
  return Array.from({ length: random.below(4) }, make).join(random.chance(9) ? " , " : ",");
}

export function jsonBody(random) {
  return encoder.encode(`${random.chance(30) ? "\ufeff" : ""}${jsonValue(random, 0)}`);
}

// Text of encodings

const alphabets = {
  base64: ["Zm9v", "YmFy", "+/+/", "AAAA", "Zg==", "Zm8="],
  base64url: ["Zm9v", "-_-_", "AAAA", "Zg", "Zm8="],
  base32: ["MZXW6YTB", "AAAAAAAA", "MY======", "MZXQ===="],
  base32hex: ["CPNMUOJ1", "00000000", "CO======"],
  base16: ["66", "6f", "6F", "00", "fF"],
  "quoted-printable": ["a", " ", "\t", "=3D", "=\r\n", "\r\n", "= \r\n", "\n", "=e9", "  "],
  identity: ["a", "\x00", "\xff"],
};

export const encodings = Object.keys(alphabets);

export function encodedBody(random, encoding) {
  const units = alphabets[encoding];
  const lead = random.chance(3)
    ? random.pick(["data:,", "data:a/b;base64,", "DATA:;x=%41,%2B"])
    : "";
  const body = many(
    random,
    amount(random),
    () => units[random.below(random.chance(9) ? units.length : 2)],
  );
  return binary(lead + body + (random.chance(3) ? random.pick(units) : ""));
}

// Multipart

const multipartHeads = [
  'Content-Disposition: form-data; name="a"',
  'Content-Disposition: form-data; name="f"; filename="x.png"',
  "Content-Disposition: form-data; name=f; filename*=UTF-8''%e2%82%ac.txt",
  'content-disposition: form-data;\r\n name="\\"q"; filename="C:\\\\x\\\\y"',
  'Content-Disposition: form-data; name="\xc3\xa9"\r\nContent-Type: text/plain; charset=utf-8',
  'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64',
  "Content-Type: application/json\r\nX-Rate-Limit-Limit: 3",
  'Content-Disposition: attachment; filename="x"',
  "",
];
const multipartData = [
  "\r",
  "\n",
  "\r\n",
  "-",
  "--",
  "--B",
  "B",
  "\r\n--B",
  "\r\n--BB",
  "x",
  "\x00",
  " ",
];

function multipartPart(random) {
  const line = `--B${random.chance(12) ? random.pick([" ", "\t ", "--", "x"]) : ""}\r\n`;
  const head = random.pick(multipartHeads);
  const data = many(random, amount(random), () => random.pick(multipartData));
  return `${line}${head}\r\n${head === "" ? "" : "\r\n"}${data}\r\n`;
}

export function multipartBody(random) {
  const preamble = random.chance(8) ? random.pick(["hello\r\n", "\r\n", "--", "\r\n--"]) : "";
  const end = random.chance(8)
    ? ""
    : `--B--${random.pick(["", "\r\n", "\r\nepilogue", " \t\r\n"])}`;
  return binary(preamble + many(random, random.below(4), multipartPart) + end);
}

// Forms

const formUnits = [
  "a",
  "b",
  "=",
  "&",
  "+",
  "%41",
  "%",
  "%4",
  "%zz",
  "%C3%A9",
  "%00",
  "raw",
  "*",
  ".",
];

export function urlencodedBody(random) {
  return binary(many(random, amount(random), () => random.pick(formUnits)));
}

// XML

const xmlUnits = ["text", " ", "&lt;", "&#65;", "&#x1F600;", "é", "<!-- c -->", "<?p i?>"];
const xmlMore = [...xmlUnits, "<![CDATA[<&]]>", "]]>", "&b;", "<!DOCTYPE a>", "<b/>", "\r\n", "😀"];
const xmlNames = ["a", "b", "n:c", "é", "__proto__"];

function xmlElement(random, depth) {
  const name = random.pick(xmlNames);
  const attributes = many(
    random,
    random.below(3),
    () => ` ${random.pick(xmlNames)}="${random.pick(["1", "&amp;", "é"])}"`,
  );
  if (random.chance(4)) return `<${name}${attributes}/>`;
  const content = many(random, random.below(4), () =>
    depth < 5 && random.chance(2) ? xmlElement(random, depth + 1) : random.pick(xmlMore),
  );
  return `<${name} xmlns:n="urn:n"${attributes}>${content}</${name}>`;
}

export function xmlBody(random) {
  const prolog = random.pick(["", "", '<?xml version="1.0"?>', "<!-- x -->\n", "<?p <!DOCTYPE?>"]);
  return `${prolog}${xmlElement(random, 0)}${random.chance(5) ? random.pick(["\n", "<a/>", "x"]) : ""}`;
}

// Damage

const tokens = [
  "\r\n",
  "\n",
  "--",
  "--B",
  "--B--",
  "%",
  "=",
  "&",
  '"',
  "\\",
  "\\u",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
];
const moreTokens = [
  ...tokens,
  "\xff",
  "\xc3",
  "\xed\xa0\x80",
  "\x00",
  "<",
  ">",
  "<!DOCTYPE",
  "]]>",
  "-",
  "e",
  ".",
  "data:",
];

/** Inserts, removes, repeats or changes a few units, or ends early. */
export function damaged(random, text) {
  let result = text;
  for (let i = random.below(4); i >= 0; i--) {
    const at = random.below(result.length + 1);
    const size = random.below(random.chance(5) ? 40 : 4);
    const [before, after] = [result.slice(0, at), result.slice(at)];
    const kind = random.below(5);
    if (kind === 0) result = before + random.pick(moreTokens) + after;
    else if (kind === 1) result = before + after.slice(size);
    else if (kind === 2) result = before + after.slice(0, size) + after;
    else if (kind === 3) result = before + String.fromCharCode(random.below(256)) + after.slice(1);
    else result = random.chance(2) ? before : after;
  }
  return result;
}

/** Cuts what has a length and a `slice` into pieces of random sizes. */
export function* pieces(random, whole, part) {
  const most = random.pick([1, 2, 7, 40, 300, 4096]);
  for (let at = 0; at < whole.length;) {
    const size = 1 + random.below(most);
    yield part(at, at + size);
    at += size;
  }
}
