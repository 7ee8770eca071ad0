import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { fitsAllowed } from "./fits-allowed.js";
import { sniffMediaType } from "./sniff.js";

const picture = sharp({ create: { width: 4, height: 3, channels: 3, background: "red" } });
const image = (format: "png" | "jpeg" | "webp" | "gif" | "avif" | "tiff") =>
  picture.clone().toFormat(format).toBuffer();
const latin1 = (text: string) => Buffer.from(text, "latin1");
const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le");

const files = {
  png: await image("png"),
  jpeg: await image("jpeg"),
  webp: await image("webp"),
  gif: await image("gif"),
  avif: await image("avif"),
  tiff: await image("tiff"),
  // The directory of a TIFF is often at its end, far behind the head.
  cutTiff: (await image("tiff")).subarray(0, 16),
  svg: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'),
  longSvg: Buffer.from(
    '\uFEFF<?xml version="1.0"?>\n<!-- a <b> -->\n<!DOCTYPE svg [<!ENTITY x "y">]>\n<s:svg xmlns:s="x"/>',
  ),
  pdf: latin1("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"),
  asciiPdf: latin1("%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"),
  zip: latin1(`PK\x03\x04\x14\0\0\0\0\0\0\0\0\0${"\0".repeat(12)}\x05\0\0\0a.txt`),
  cfb: Buffer.concat([Buffer.from("d0cf11e0a1b11ae1", "hex"), Buffer.alloc(600)]),
  gzip: Buffer.from("1f8b0800000000000003", "hex"),
  wav: latin1("RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0"),
  mp4: latin1("\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41\0\0\0\x08free"),
  exe: Buffer.concat([latin1("MZ\x90\0\x03\0\0\0"), Buffer.alloc(60)]),
  html: Buffer.from("\n <!DOCTYPE html>\n<title>x</title>"),
  script: Buffer.from("<SCRIPT>alert(1)</SCRIPT>"),
  hidden: Buffer.from("<!-- hi -->\n<html><body>"),
  utf16Html: utf16("<html><script>"),
  xhtml: Buffer.from('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>'),
  readme: Buffer.from('<p align="center">\n  <img src="x.png">\n</p>\n# Hello'),
  xml: Buffer.from('<?xml version="1.0"?><feed/>'),
  bareXml: Buffer.from("<feed><entry/></feed>"),
  json: Buffer.from(' {"a": [1, 2]}'),
  csv: Buffer.from("a,b\n1,ü\n"),
  latinCsv: latin1("name;city\nJos\xe9;M\xfcnchen\n"),
  cyrillic: latin1("\xcf\xf0\xe8\xe2\xe5\xf2\n"),
  text: Buffer.from("hello\n"),
  utf16Text: utf16("hello, wörld"),
  cutText: Buffer.from("grüße ".repeat(5) + "ü").subarray(0, -1),
  textLikeBmp: Buffer.from("BM is the name of a company\n"),
  textLikeExe: Buffer.from("MZ stands for Mark Zbikowski\n"),
  textLikeMp3: Buffer.from("ID3 is a tag\n"),
  rtf: Buffer.from("{\\rtf1\\ansi hello}"),
  empty: Buffer.alloc(0),
  unknown: Buffer.from("00010203fffefdfc80818283", "hex"),
};
type Name = keyof typeof files;

describe("sniffMediaType", () => {
  const cases: { given: Name; declared?: string; want: string }[] = [
    { given: "png", want: "image/png" },
    { given: "png", declared: "image/jpeg", want: "image/png" },
    { given: "png", declared: "text/html", want: "image/png" },
    { given: "png", declared: "not a type", want: "image/png" },
    { given: "jpeg", declared: "image/jpg", want: "image/jpeg" },
    { given: "webp", want: "image/webp" },
    { given: "gif", want: "image/gif" },
    { given: "avif", want: "image/avif" },
    { given: "tiff", want: "image/tiff" },
    { given: "cutTiff", declared: "image/tiff", want: "image/tiff" },
    { given: "svg", want: "image/svg+xml" },
    { given: "svg", declared: "text/plain", want: "image/svg+xml" },
    { given: "longSvg", declared: "application/xml", want: "image/svg+xml" },
    { given: "pdf", want: "application/pdf" },
    { given: "asciiPdf", declared: "text/plain", want: "application/pdf" },
    { given: "zip", want: "application/zip" },
    { given: "zip", declared: "application/x-zip-compressed", want: "application/zip" },
    { given: "zip", declared: "application/epub+zip", want: "application/epub+zip" },
    { given: "zip", declared: "image/png", want: "application/zip" },
    { given: "cfb", declared: "application/msword", want: "application/msword" },
    { given: "gzip", declared: "application/x-gzip", want: "application/gzip" },
    { given: "wav", declared: "audio/x-wav", want: "audio/wav" },
    { given: "mp4", declared: "audio/mp4", want: "audio/mp4" },
    { given: "exe", declared: "image/png", want: "application/x-msdownload" },
    { given: "html", declared: "text/plain", want: "text/html" },
    { given: "script", declared: "image/png", want: "text/html" },
    { given: "hidden", declared: "text/csv", want: "text/html" },
    { given: "utf16Html", declared: "text/plain", want: "text/html" },
    { given: "xhtml", declared: "application/xml", want: "application/xhtml+xml" },
    { given: "readme", declared: "text/markdown", want: "text/markdown" },
    { given: "readme", declared: "text/plain", want: "text/html" },
    { given: "xml", want: "application/xml" },
    { given: "xml", declared: "application/atom+xml", want: "application/atom+xml" },
    { given: "xml", declared: "image/svg+xml", want: "application/xml" },
    { given: "bareXml", declared: "text/xml", want: "text/xml" },
    { given: "bareXml", declared: "image/svg+xml", want: "text/plain" },
    { given: "json", declared: "application/geo+json", want: "application/geo+json" },
    { given: "json", want: "text/plain" },
    { given: "csv", declared: "text/csv; charset=utf-8", want: "text/csv; charset=utf-8" },
    { given: "csv", declared: "application/octet-stream", want: "text/plain" },
    { given: "csv", declared: "image/png", want: "text/plain" },
    { given: "csv", declared: "image/x-portable-pixmap", want: "text/plain" },
    { given: "csv", declared: "application/vnd.acme.report", want: "application/vnd.acme.report" },
    { given: "latinCsv", want: "text/plain" },
    { given: "cyrillic", declared: "text/plain", want: "text/plain" },
    { given: "cyrillic", want: "application/octet-stream" },
    { given: "text", want: "text/plain" },
    { given: "utf16Text", want: "text/plain" },
    { given: "cutText", want: "text/plain" },
    { given: "textLikeBmp", want: "text/plain" },
    { given: "textLikeExe", declared: "text/markdown", want: "text/markdown" },
    { given: "textLikeMp3", declared: "audio/mpeg", want: "text/plain" },
    { given: "rtf", declared: "text/plain", want: "application/rtf" },
    { given: "empty", want: "text/plain" },
    { given: "empty", declared: "image/png", want: "text/plain" },
    { given: "unknown", want: "application/octet-stream" },
    { given: "unknown", declared: "image/png", want: "application/octet-stream" },
    { given: "unknown", declared: "text/csv", want: "application/octet-stream" },
    { given: "unknown", declared: "application/vnd.acme", want: "application/vnd.acme" },
  ];
  it.each(cases)("$given declared as $declared is $want", async ({ given, declared, want }) => {
    expect((await sniffMediaType(files[given], declared)).mediaType).toBe(want);
  });
});

describe("fitsAllowed", () => {
  const cases: { allowed: string[]; yes: Name[]; no: Name[]; declared?: string }[] = [
    { allowed: [], yes: ["png", "unknown", "html", "empty"], no: [] },
    { allowed: ["*/*"], yes: ["png", "unknown", "exe"], no: [] },
    { allowed: ["application/octet-stream"], yes: ["png", "unknown", "exe"], no: [] },
    {
      allowed: ["image/*"],
      yes: ["png", "jpeg", "webp", "gif", "avif", "tiff", "cutTiff", "svg", "longSvg"],
      no: ["pdf", "html", "text", "unknown", "empty", "zip", "textLikeBmp", "xml"],
    },
    {
      allowed: ["image/*"],
      declared: "image/x-invented",
      yes: ["png"],
      no: ["unknown", "text", "html"],
    },
    { allowed: ["image/png", "image/jpeg"], yes: ["png", "jpeg"], no: ["gif", "svg", "text"] },
    { allowed: ["image/jpg"], yes: ["jpeg"], no: ["png"] },
    { allowed: ["image/svg+xml"], yes: ["svg", "longSvg"], no: ["xml", "html", "text", "png"] },
    { allowed: ["application/pdf"], yes: ["pdf", "asciiPdf"], no: ["png", "text", "empty"] },
    {
      allowed: ["text/*"],
      yes: ["text", "csv", "latinCsv", "utf16Text", "json", "xml", "empty"],
      no: ["html", "script", "hidden", "utf16Html", "xhtml", "svg", "png", "asciiPdf", "unknown"],
    },
    { allowed: ["text/plain"], yes: ["text", "cutText"], no: ["html", "zip", "rtf"] },
    { allowed: ["text/plain", "text/html"], yes: ["text", "html", "script"], no: ["png", "pdf"] },
    { allowed: ["text/html"], yes: ["html", "text"], no: ["png", "asciiPdf"] },
    { allowed: ["text/csv"], declared: "text/csv", yes: ["csv", "latinCsv"], no: ["unknown"] },
    { allowed: ["text/rtf"], yes: ["rtf"], no: ["text"] },
    { allowed: ["application/json"], yes: ["json"], no: ["html", "xml", "csv", "png", "empty"] },
    { allowed: ["application/xml"], yes: ["xml", "bareXml", "svg"], no: ["json", "html", "text"] },
    { allowed: ["application/zip"], yes: ["zip"], no: ["gzip", "text", "unknown"] },
    { allowed: ["application/epub+zip"], yes: ["zip"], no: ["png", "text"] },
    { allowed: ["application/msword"], yes: ["cfb"], no: ["zip", "text", "exe"] },
    { allowed: ["audio/*"], yes: ["wav", "mp4"], no: ["png", "text", "textLikeMp3", "unknown"] },
    { allowed: ["video/*"], yes: ["mp4"], no: ["wav", "unknown"] },
    {
      allowed: ["application/vnd.acme"],
      yes: ["unknown", "text", "zip", "cfb", "xml"],
      no: ["png", "pdf", "html", "exe"],
    },
    { allowed: ["application/*"], yes: ["pdf", "zip", "xml"], no: ["png", "text", "html"] },
    { allowed: ["image/*", "application/pdf"], yes: ["png", "pdf"], no: ["text"] },
  ];
  const rows = cases.flatMap(({ yes, no, ...rest }) => [
    ...yes.map((given) => ({ ...rest, given, want: true })),
    ...no.map((given) => ({ ...rest, given, want: false })),
  ]);
  it.each(rows)("$allowed, $given declared as $declared: $want", async (row) => {
    const head = files[row.given];
    const sniffed = await sniffMediaType(head, row.declared);
    expect(fitsAllowed({ sniffed, head }, row.allowed)).toBe(row.want);
  });
});
