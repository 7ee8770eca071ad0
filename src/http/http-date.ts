// Dates in HTTP fields (RFC 9110 §5.6.7), in whole seconds.

const imfFixdate = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const rfc850 = /^[A-Z][a-z]{5,8}, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const asctime = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;
const months = "JanFebMarAprMayJunJulAugSepOctNovDec";

/** `Sun, 06 Nov 1994 08:49:37 GMT` for milliseconds since the Unix epoch. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** Milliseconds since the Unix epoch, from any of the three formats; undefined when it is none. */
export function parseHttpDate(text: string): number | undefined {
  const fixed = imfFixdate.exec(text);
  if (fixed) return utc(fixed[3], fixed[2], fixed[1], fixed[4], fixed[5], fixed[6]);
  const old = rfc850.exec(text);
  if (old) return utc(fullYear(Number(old[3])), old[2], old[1], old[4], old[5], old[6]);
  const c = asctime.exec(text);
  if (c) return utc(c[6], c[1], c[2], c[3], c[4], c[5]);
  return undefined;
}

function utc(
  year: string | undefined,
  month: string | undefined,
  ...[day, hour, minute, second]: (string | undefined)[]
): number | undefined {
  const index = months.indexOf(month ?? "?");
  if (index < 0 || index % 3 !== 0) return undefined;
  const date = Date.UTC(Number(year), index / 3, Number(day), Number(hour), Number(minute), 0);
  // 60 is a leap second.
  return Number(second) <= 60 && new Date(date).getUTCDate() === Number(day)
    ? date + Number(second) * 1000
    : undefined;
}

// Two digits more than fifty years ahead mean the past (RFC 9110 §5.6.7). The year 2070 as the turning
// point needs no clock, and nobody has sent this format since the nineties.
function fullYear(twoDigits: number): string {
  return String(twoDigits < 70 ? 2000 + twoDigits : 1900 + twoDigits);
}
