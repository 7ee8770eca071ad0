/** RFC 3339, in UTC, with milliseconds; from those since the Unix epoch. */
export function formatDateTime(ms: number): string {
  return new Date(ms).toISOString();
}
