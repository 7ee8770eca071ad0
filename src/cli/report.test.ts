import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { createReport } from "./report.js";

function screen(more: { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  const out = new Writable({
    write(chunk, _, done) {
      written.push(String(chunk));
      done();
    },
  });
  return { written, out: Object.assign(out, more) };
}

it("is one line of progress below what is told, on a terminal", () => {
  const { written, out } = screen({ isTTY: true, columns: 10 });
  const report = createReport({ json: false, out });
  report.progress("0123456789 too wide");
  report.progress("too soon");
  report.tell({ a: 1 }, "text");
  report.end();
  expect(written.join("")).toBe("\r\u001B[K012345678\r\u001B[Ktext\n");
});

it.each([
  [{ isTTY: true }, true],
  [{}, false],
])("is one object a line otherwise: %j, --json %j", (more, json) => {
  const { written, out } = screen(more);
  const report = createReport({ json, out });
  report.progress("10 %");
  report.tell({ a: 1, b: undefined }, "text");
  report.end();
  expect(written).toEqual(['{"a":1}\n']);
});
