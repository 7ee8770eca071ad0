import { expect, it } from "vitest";
import { isRefusal } from "./postgres-fault.js";

const cases = [
  { given: { severity: "ERROR", code: "40001" }, want: true },
  { given: { severity: "ERROR", code: "53100" }, want: true },
  { given: { severity: "FEHLER", code: "40001" }, want: true },
  { given: { severity: "ERREUR", code: "23503" }, want: true },
  { given: { severity: "ERREUR", code: "55P03" }, want: true },
  { given: { severity: "FEHLER", code: "53200" }, want: true },
  { given: { severity: "FATAL", code: "57P01" }, want: false },
  { given: { severity: "PANIK", code: "58030" }, want: false },
  { given: { code: "ECONNRESET" }, want: false },
];

it.each(cases)("$given at a COMMIT is a refusal: $want", ({ given, want }) => {
  expect(isRefusal(Object.assign(new Error("no"), given))).toBe(want);
});
