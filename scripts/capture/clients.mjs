// Every client: how it is run, and per body what it was told to send with the known rule of how it writes it.
import { chromium, chromiumVersion } from "./chromium.mjs";
import { curl, curlVersion } from "./curl.mjs";
import {
  arriving,
  binary,
  crlf,
  digestOf,
  escapings,
  json,
  pairs,
  parts,
  request,
} from "./form.mjs";
import * as node from "./node-clients.mjs";

const { browser, percent, spaces } = escapings;
const input = JSON.stringify(request);
const two = Buffer.from("two\n");
const lines = Buffer.from("a = b\ntrailing \ncafé\n");

/** The JSON as sent; at `files` stand pointers to base64 that is to be decoded. */
const jsonSent = {
  sent: {
    json,
    files: {
      "/pic": digestOf(binary),
      "/pics/0/data": digestOf(Buffer.from([0xfb, 0xff, 0xfe])),
      "/pics/1/data": digestOf(Buffer.alloc(0)),
    },
  },
};
const pairsSent = { sent: { pairs } };
const lastPairs = pairs.filter(
  ([name], index) => !pairs.slice(index + 1).some(([other]) => other === name),
);
const sortedPairs = [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

function form(options, given = parts, notes = undefined) {
  return { sent: { parts: arriving(given, options) }, ...(notes && { notes }) };
}

const browserForm = { escape: browser, text: crlf, jsonName: "blob" };
const browserNotes = ["names: WHATWG HTML §4.10.22.8, %22 %0D %0A", "text: line ends become CRLF"];
const standard = form(browserForm, parts, browserNotes);

/** An array in PHP has each key once, the last one given. */
const lastOfEach = parts.filter(
  (part, index) => !parts.some((other, at) => at > index && other.name === part.name),
);

/** aiohttp 3.8 fails on a name that is not ASCII. */
const asciiParts = parts.filter(({ name }) => /^[ -~]*$/.test(name));
const asciiInput = JSON.stringify({
  ...request,
  parts: request.parts.filter(({ name }) => /^[ -~]*$/.test(name)),
});

const asMimeText = (part) =>
  part.kind === "file" ? part : { ...part, type: 'text/plain; charset="utf-8"' };
const withTextType = (type) => (part) => (part.type === undefined ? { ...part, type } : part);

export const clients = [
  {
    name: "curl",
    run: curl,
    version: curlVersion,
    fixtures: {
      form: form({ escape: browser }),
      "form-escape": form({}, parts, ["--form-escape: backslashes, where the default is %22"]),
      types: {
        sent: {
          parts: [
            { name: "profile", type: "application/json", text: '{"name":"Douglas"}' },
            { name: "literal", text: "@not;a=file" },
            { name: "text", text: "two\n" },
            { name: "file", filename: "two.txt", type: "text/plain", ...digestOf(two) },
            {
              name: "renamed",
              filename: "other.csv",
              type: "text/csv; charset=utf-8",
              ...digestOf(two),
            },
            {
              name: "limited",
              filename: "one.bin",
              type: "image/png",
              headers: { "x-rate-limit-limit": "30", "x-note": "a, b" },
              ...digestOf(binary),
            },
          ],
        },
      },
      encoders: {
        sent: {
          parts: [
            {
              name: "base64",
              filename: "one.bin",
              type: "application/octet-stream",
              transferEncoding: "base64",
              ...digestOf(binary),
            },
            {
              name: "quoted",
              filename: "lines.txt",
              type: "text/plain",
              transferEncoding: "quoted-printable",
              ...digestOf(lines),
            },
            { name: "seven", transferEncoding: "7bit", text: "plain" },
            {
              name: "eight",
              filename: "lines.txt",
              type: "text/plain",
              transferEncoding: "8bit",
              ...digestOf(lines),
            },
            {
              name: "binary",
              filename: "one.bin",
              type: "application/octet-stream",
              transferEncoding: "binary",
              ...digestOf(binary),
            },
          ],
        },
      },
      "several-files": {
        notes: ["RFC 2388 §4.2: several files of one name in a multipart/mixed"],
        sent: {
          parts: [
            {
              name: "files",
              parts: [
                {
                  disposition: "attachment",
                  filename: "two.txt",
                  type: "text/plain",
                  ...digestOf(two),
                },
                {
                  disposition: "attachment",
                  filename: "one.bin",
                  type: "application/octet-stream",
                  ...digestOf(binary),
                },
                {
                  disposition: "attachment",
                  filename: "two.txt",
                  type: "text/csv",
                  ...digestOf(two),
                },
              ],
            },
            { name: "after", text: "1" },
          ],
        },
      },
      nested: {
        sent: {
          parts: [
            {
              name: "group",
              parts: [
                { type: "text/plain", text: "plain" },
                { type: "text/html", text: "rich <b>text</b>" },
              ],
            },
            { name: "after", text: "1" },
          ],
        },
      },
      json: jsonSent,
      urlencoded: pairsSent,
      put: {
        sent: {
          parts: [{ name: "pic", filename: "pic.png", type: "image/png", ...digestOf(binary) }],
        },
      },
    },
  },
  {
    name: "chromium",
    run: chromium,
    version: chromiumVersion,
    fixtures: {
      form: standard,
      names: {
        notes: [
          ...browserNotes,
          "a File without a type gets application/octet-stream",
          "lone surrogates become U+FFFD",
        ],
        sent: {
          parts: [
            { name: "new%0D%0Aline", text: "1" },
            { name: "re%0D%0Aturn%0D%0A", text: "2" },
            { name: "", text: "3" },
            { name: "end\\", text: "4" },
            { name: "%22 stays", text: "5" },
            {
              name: "file",
              filename: "a%0Ab%0D%22c%22\\.txt",
              type: "application/octet-stream",
              text: "x",
            },
            { name: "file", filename: "C:\\dir\\a.txt", type: "text/plain", text: "y" },
            { name: "file", filename: "", type: "application/octet-stream", text: "z" },
            { name: "blob", filename: "blob", type: "application/octet-stream", text: "b" },
            { name: "lone\ufffd", text: "6\ufffd" },
          ],
        },
      },
      nothing: { sent: { parts: [] } },
      "html-form": {
        notes: [...browserNotes, "a file input without a file is an empty file without a name"],
        sent: {
          parts: [
            { name: "name", text: "Grüße, 東京 😀" },
            { name: "bio", text: "one\r\ntwo" },
            { name: "_charset_", text: "UTF-8" },
            { name: "say %22hi%22", text: "<&>" },
            { name: "on", text: "on" },
            { name: "many", text: "1" },
            { name: "many", text: "2" },
            { name: "none", filename: "", type: "application/octet-stream", text: "" },
            { name: "files", filename: "naïve.txt", type: "text/plain", text: "Grüße\n" },
            {
              name: "files",
              filename: "b.bin",
              type: "application/octet-stream",
              ...digestOf(Buffer.from([13, 10, 45, 45, 0, 255])),
            },
            { name: "go", text: "yes" },
          ],
        },
      },
      "html-form-1252": {
        notes: [
          "the page is windows-1252: other characters become references, file names are of its octets",
          ...browserNotes,
          "a file input without a file is an empty file without a name",
        ],
        sent: {
          parts: [
            {
              name: "name",
              ...digestOf(Buffer.from("Grüße, &#26481;&#20140; &#128512;", "latin1")),
            },
            { name: "bio", text: "one\r\ntwo" },
            { name: "_charset_", text: "windows-1252" },
            { name: "say %22hi%22", text: "<&>" },
            { name: "on", text: "on" },
            { name: "many", text: "1" },
            { name: "many", text: "2" },
            { name: "none", filename: "", type: "application/octet-stream", text: "" },
            { name: "files", filename: "naïve.txt", type: "text/plain", text: "Grüße\n" },
            {
              name: "files",
              filename: "b.bin",
              type: "application/octet-stream",
              ...digestOf(Buffer.from([13, 10, 45, 45, 0, 255])),
            },
            { name: "go", text: "yes" },
          ],
        },
      },
      "html-urlencoded": {
        notes: ["files are sent by their names alone"],
        sent: {
          pairs: [
            ["name", "Grüße, 東京 😀"],
            ["bio", "one\r\ntwo"],
            ["_charset_", "UTF-8"],
            ['say "hi"', "<&>"],
            ["on", "on"],
            ["many", "1"],
            ["many", "2"],
            ["none", ""],
            ["files", "naïve.txt"],
            ["files", "b.bin"],
            ["go", "yes"],
          ],
        },
      },
      json: jsonSent,
      urlencoded: pairsSent,
    },
  },
  {
    name: "node-fetch-built-in",
    client: "Node's fetch",
    run: node.nodeFetchBuiltIn,
    version: () => process.versions.node,
    fixtures: { form: standard, json: jsonSent, urlencoded: pairsSent },
  },
  {
    name: "undici",
    run: node.undiciFetch,
    version: () => node.versionOf("undici"),
    fixtures: { form: standard },
  },
  {
    name: "axios",
    run: node.axiosClient,
    version: () => node.versionOf("axios"),
    fixtures: { form: standard, json: jsonSent, urlencoded: pairsSent },
  },
  {
    name: "axios-object",
    client: "axios",
    run: node.axiosPostForm,
    version: () => node.versionOf("axios"),
    fixtures: {
      "post-form": {
        notes: ["arrays as name[], objects as name[key], names that end in {} as JSON text"],
        sent: {
          parts: [
            { name: "name", text: "Müller" },
            { name: "count", text: "3" },
            { name: "list[]", text: "1" },
            { name: "list[]", text: "2" },
            { name: "nested[a]", text: "b" },
            { name: "meta{}", text: '{"x":[1]}' },
            { name: "data", type: "application/octet-stream", text: "x\r\n" },
          ],
        },
      },
    },
  },
  {
    name: "got",
    run: node.gotClient,
    version: () => node.versionOf("got"),
    fixtures: { form: standard, json: jsonSent, urlencoded: { sent: { pairs: lastPairs } } },
  },
  {
    name: "node-fetch",
    run: node.nodeFetchOwn,
    version: () => node.versionOf("node-fetch"),
    fixtures: { form: standard },
  },
  {
    name: "form-data",
    client: "node-fetch with form-data",
    run: node.nodeFetchWithPackage,
    version: () => `${node.versionOf("node-fetch")}, form-data ${node.versionOf("form-data")}`,
    fixtures: { form: form({ escape: browser }) },
  },
  {
    name: "python-requests",
    client: "requests",
    program: { command: "python3", args: ["python-requests.py"], input },
    fixtures: { form: form({ escape: browser }), json: jsonSent, urlencoded: pairsSent },
  },
  {
    name: "python-requests-debian",
    client: "requests of Debian 12, urllib3 1.26",
    program: { command: "/usr/bin/python3", args: ["python-requests.py"], input },
    fixtures: { form: form({ escape: browser }, parts, ["names: %22, and \\\\ for a backslash"]) },
  },
  {
    name: "python-httpx",
    client: "httpx",
    program: { command: "/usr/bin/python3", args: ["python-httpx.py"], input },
    fixtures: {
      form: form({ escape: browser }, parts, ["names: %22, and \\\\ for a backslash"]),
      json: jsonSent,
      urlencoded: pairsSent,
    },
  },
  {
    name: "python-aiohttp",
    client: "aiohttp",
    program: { command: "/usr/bin/python3", args: ["python-aiohttp.py"], input: asciiInput },
    fixtures: {
      form: form(
        { escape: spaces, escapeFile: percent },
        asciiParts.map(withTextType("text/plain; charset=utf-8")),
        [
          "field names: a backslash before spaces too, which stays, for browsers send it as a backslash",
          "file names are percent-encoded",
          "text has a type",
        ],
      ),
      json: jsonSent,
      urlencoded: pairsSent,
    },
  },
  {
    name: "python-email",
    client: "Python's email.mime and http.client",
    program: { command: "python3", args: ["python-email.py"], input },
    fixtures: {
      form: form({ transferEncoding: "base64" }, parts.map(asMimeText), [
        "names: RFC 2231 where they are not ASCII",
        "every part is base64",
      ]),
      urlencoded: pairsSent,
    },
  },
  {
    name: "php-curl",
    client: "PHP curl",
    program: { command: "php", args: ["form.php"], input },
    fixtures: {
      form: form({ escape: browser, jsonName: "metadata.json" }, lastOfEach),
      json: jsonSent,
      urlencoded: pairsSent,
    },
  },
  {
    name: "ruby-net-http",
    client: "Ruby Net::HTTP",
    program: { command: "ruby", args: ["form.rb"], input },
    fixtures: { form: form({ jsonName: "metadata.json" }), json: jsonSent, urlencoded: pairsSent },
  },
  {
    name: "perl-lwp",
    client: "Perl HTTP::Request::Common",
    program: { command: "perl", args: ["form.pl"], input },
    fixtures: { form: form({}), json: jsonSent, urlencoded: pairsSent },
  },
  {
    name: "go",
    client: "Go net/http, mime/multipart",
    program: { command: "go", args: ["run", "form.go"], input },
    fixtures: {
      form: form({}),
      json: jsonSent,
      urlencoded: { sent: { pairs: sortedPairs }, notes: ["url.Values sorts by name"] },
    },
  },
  {
    name: "java-http-client",
    client: "Java java.net.http",
    program: { command: "java", args: ["Form.java"], input: javaInput() },
    fixtures: { form: form({}) },
  },
];

function cell(text) {
  return text === undefined ? "-" : Buffer.from(text).toString("base64");
}

function javaInput() {
  return parts
    .map(({ name, filename, type, text, bytes }) =>
      [cell(name), cell(filename), cell(type), cell(bytes ?? text)].join("\t"),
    )
    .join("\n");
}
