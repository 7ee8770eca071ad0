// The bodies that specifications show, typed in, with CRLF for their line ends. `wants` is what their text says of them.
import type { Sent } from "./fixture.js";
import { digestOf } from "./decode.js";

export interface SpecExample {
  readonly source: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly wants: Sent;
}

const octets = (text: string): Uint8Array => Buffer.from(text.replaceAll("\n", "\r\n"));

const song = `Old MacDonald had a farm
E I E I O
And on his farm he had some ducks
E I E I O
With a quack quack here,
a quack quack there,
every where a quack quack
E I E I O
`;

export const specExamples: readonly SpecExample[] = [
  {
    source: "RFC 2046 §5.1.1: two parts, a preamble and an epilogue",
    contentType: 'multipart/mixed; boundary="simple boundary"',
    body: octets(`This is the preamble.  It is to be ignored, though it
is a handy place for composition agents to include an
explanatory note to non-MIME conformant readers.

--simple boundary

This is implicitly typed plain US-ASCII text.
It does NOT end with a linebreak.
--simple boundary
Content-type: text/plain; charset=us-ascii

This is explicitly typed plain US-ASCII text.
It DOES end with a linebreak.

--simple boundary--

This is the epilogue.  It is also to be ignored.
`),
    wants: {
      parts: [
        {
          text: "This is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak.",
        },
        {
          type: "text/plain; charset=us-ascii",
          text: "This is explicitly typed plain US-ASCII text.\r\nIt DOES end with a linebreak.\r\n",
        },
      ],
    },
  },
  {
    source: "RFC 2046 §5.1.1: a boundary with a colon, a part without header fields",
    contentType: 'multipart/mixed; boundary="gc0pJq0M:08jU534c0p"',
    body: octets(`--gc0pJq0M:08jU534c0p

some text
--gc0pJq0M:08jU534c0p--`),
    wants: { parts: [{ text: "some text" }] },
  },
  {
    source: "RFC 2046 §5.1.4: multipart/alternative",
    contentType: "multipart/alternative; boundary=boundary42",
    body: octets(`--boundary42
Content-Type: text/plain; charset=us-ascii

  ... plain text version of message goes here ...

--boundary42
Content-Type: text/enriched

  ... RFC 1896 text/enriched version of same message
      goes here ...

--boundary42
Content-Type: application/x-whatever

  ... fanciest version of same message goes here ...

--boundary42--`),
    wants: {
      parts: [
        {
          type: "text/plain; charset=us-ascii",
          text: "  ... plain text version of message goes here ...\r\n",
        },
        {
          type: "text/enriched",
          text: "  ... RFC 1896 text/enriched version of same message\r\n      goes here ...\r\n",
        },
        {
          type: "application/x-whatever",
          text: "  ... fanciest version of same message goes here ...\r\n",
        },
      ],
    },
  },
  {
    source: "RFC 2387 §5.1: multipart/related, the records in base64 after an empty line's room",
    contentType:
      'Multipart/Related; boundary=example-1; start="<950120.aaCC@XIson.com>"; type="Application/X-FixedRecord"; start-info="-o ps"',
    body: octets(`--example-1
Content-Type: Application/X-FixedRecord
Content-ID: <950120.aaCC@XIson.com>

25
10
34
10
25
21
26
10
--example-1
Content-Type: Application/octet-stream
Content-Description: The fixed length records
Content-Transfer-Encoding: base64
Content-ID: <950120.aaCB@XIson.com>

T2xkIE1hY0RvbmFsZCBoYWQgYSBmYXJtCkUgSS
BFIEkgTwpBbmQgb24gaGlzIGZhcm0gaGUgaGFk
IHNvbWUgZHVja3MKRSBJIEUgSSBPCldpdGggYS
BxdWFjayBxdWFjayBoZXJlLAphIHF1YWNrIHF1
YWNrIHRoZXJlLApldmVyeSB3aGVyZSBhIHF1YW
NrIHF1YWNrCkUgSSBFIEkgTwo=

--example-1--`),
    wants: {
      parts: [
        {
          type: "Application/X-FixedRecord",
          headers: { "content-id": "<950120.aaCC@XIson.com>" },
          text: "25\r\n10\r\n34\r\n10\r\n25\r\n21\r\n26\r\n10",
        },
        {
          type: "Application/octet-stream",
          transferEncoding: "base64",
          headers: {
            "content-description": "The fixed length records",
            "content-id": "<950120.aaCB@XIson.com>",
          },
          ...digestOf(Buffer.from(song)),
        },
      ],
    },
  },
  {
    source: "RFC 7578 §4.5: a text field in quoted-printable",
    contentType: "multipart/form-data; boundary=AaB03x",
    body: octets(`--AaB03x
content-disposition: form-data; name="field1"
content-type: text/plain;charset=UTF-8
content-transfer-encoding: quoted-printable

Joe owes =E2=82=AC100.
--AaB03x--`),
    wants: {
      parts: [
        {
          name: "field1",
          type: "text/plain;charset=UTF-8",
          transferEncoding: "quoted-printable",
          text: "Joe owes €100.",
        },
      ],
    },
  },
  {
    source: "RFC 7578 §4.6: a default charset",
    contentType: "multipart/form-data; boundary=AaB03x",
    body: Buffer.concat([
      octets(`--AaB03x
content-disposition: form-data; name="_charset_"

iso-8859-1
--AaB03x--
content-disposition: form-data; name="field1"

...text encoded in iso-8859-1 ...
AaB03x--
`),
    ]),
    // As printed, the delimiter after the first part closes the body, and what follows is its epilogue.
    wants: { parts: [{ name: "_charset_", text: "iso-8859-1" }] },
  },
  {
    source: "RFC 2388 §4.5: a charset of its own, quoted-printable",
    contentType: "multipart/form-data; boundary=AaB03x",
    body: octets(`--AaB03x
content-disposition: form-data; name="field1"
content-type: text/plain;charset=windows-1250
content-transfer-encoding: quoted-printable

Joe owes =80100.
--AaB03x--`),
    wants: {
      parts: [
        {
          name: "field1",
          type: "text/plain;charset=windows-1250",
          transferEncoding: "quoted-printable",
          ...digestOf(Buffer.from("Joe owes \u0080100.", "latin1")),
        },
      ],
    },
  },
  {
    source:
      "RFC 2388 §4.2, as HTML 4.01 §17.13.4 shows it: several files of one field in a multipart/mixed",
    contentType: "multipart/form-data; boundary=AaB03x",
    body: octets(`--AaB03x
Content-Disposition: form-data; name="submit-name"

Larry
--AaB03x
Content-Disposition: form-data; name="files"
Content-Type: multipart/mixed; boundary=BbC04y

--BbC04y
Content-Disposition: file; filename="file1.txt"
Content-Type: text/plain

... contents of file1.txt ...
--BbC04y
Content-Disposition: file; filename="file2.gif"
Content-Type: image/gif
Content-Transfer-Encoding: binary

...contents of file2.gif...
--BbC04y--
--AaB03x--`),
    wants: {
      parts: [
        { name: "submit-name", text: "Larry" },
        {
          name: "files",
          parts: [
            {
              disposition: "file",
              filename: "file1.txt",
              type: "text/plain",
              text: "... contents of file1.txt ...",
            },
            {
              disposition: "file",
              filename: "file2.gif",
              type: "image/gif",
              transferEncoding: "binary",
              text: "...contents of file2.gif...",
            },
          ],
        },
      ],
    },
  },
  {
    source: "OpenAPI 3.1.1, x-www-form-urlencoded request bodies: an object as JSON",
    contentType: "application/x-www-form-urlencoded",
    body: octets(
      "id=f81d4fae-7dec-11d0-a765-00a0c91e6bf6&address=%7B%22streetAddress%22%3A%22123+Example+Dr.%22%2C%22city%22%3A%22Somewhere%22%2C%22state%22%3A%22CA%22%2C%22zip%22%3A%2299999%2B1234%22%7D",
    ),
    wants: {
      pairs: [
        ["id", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"],
        [
          "address",
          '{"streetAddress":"123 Example Dr.","city":"Somewhere","state":"CA","zip":"99999+1234"}',
        ],
      ],
    },
  },
];
