// A million resources with a file each, made by SQL in one go: what is measured is reading them. The texts run on both
// databases but for what makes numbers and their hexadecimal digits.
const collection = "/api/v1/profiles";

export const dialects = {
  sqlite: {
    numbers: (count) =>
      `WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ${count})`,
    hex: (digits) => `printf('%0${digits}x', i)`,
  },
  postgres: {
    numbers: (count) =>
      `WITH number (i) AS (SELECT i::bigint FROM generate_series(1, ${count}) AS i)`,
    hex: (digits) => `lpad(to_hex(i), ${digits}, '0')`,
  },
};

const text = (sql) => `CAST(${sql} AS TEXT)`;
const member = (name, sql) => `'"${name}":"' || ${sql} || '",'`;
const page = (number) => `page=${number}&page_size=50`;

/** SQL texts. Names are each one's own, in another order than ids; 100 resources share a city, half of all a kind. */
export function fillResources(dialect, count) {
  const { numbers, hex } = dialects[dialect];
  const stride = 7919; // prime, so that every number below `count` comes once
  const document = [
    `'{"id":' || ${text("i")} || ','`,
    member("name", `'Name ' || ${text(`(i * ${stride}) % ${count}`)}`),
    `'"bio":"Professor of cognitive science, and author of books that are about themselves.",'`,
    member("city", `'City ' || ${text(`i % ${Math.max(1, Math.floor(count / 100))}`)}`),
    member("kind", `'Kind ' || ${text("i % 2")}`),
    `'"active":' || CASE WHEN i % 100 = 0 THEN 'true' ELSE 'false' END`,
    `',"pic":null,"created_at":"2026-01-01T00:00:00.000Z"}'`,
  ].join(" || ");
  const blobId = `'01900000-0000-7000-8000-' || ${hex(12)}`;
  const at = "1767225600000";
  return [
    `INSERT INTO resource (collection, id, seq, document, version, draft, created_at, updated_at)
      ${numbers(count)} SELECT '${collection}', ${text("i")}, i, ${document}, 1, 0, ${at}, ${at} FROM number`,
    `INSERT INTO blob (id, key, size, sha256, media_type, filename, width, height, created_at)
      ${numbers(count)} SELECT ${blobId}, ${blobId}, 20372, ${hex(64)}, 'image/png', 'pic.png', 82, 82, ${at} FROM number`,
    `INSERT INTO attachment (collection, resource_id, property, position, blob_id, created_at)
      ${numbers(count)} SELECT '${collection}', ${text("i")}, '/pic', 0, ${blobId}, ${at} FROM number`,
    `INSERT INTO sequence (collection, next) VALUES ('${collection}', ${count + 1})`,
  ];
}

/** What is asked of them; `hits` is how many there are of it in all. */
export function listQueries(count) {
  const city = Math.max(1, Math.floor(count / 100));
  return [
    { name: "one by its id", path: (i) => `${1 + ((i * 7919) % count)}/` },
    { name: "first page", query: "" },
    { name: "offset 1,000", query: page(21) },
    { name: `offset ${(count * 0.9).toLocaleString("en")}`, query: page((count * 0.9) / 50 + 1) },
    { name: "filter by name: 1 hit", query: (i) => `name=Name+${(i * 31) % count}` },
    { name: "filter by city: 100 hits", query: (i) => `city=City+${(i * 31) % city}` },
    { name: `filter by kind: ${(count / 2).toLocaleString("en")} hits`, query: "kind=Kind+1" },
    {
      name: `filter by active (boolean): ${(count / 100).toLocaleString("en")} hits`,
      query: "active=true",
    },
    { name: "filter by city that none has", query: "city=Nowhere" },
    { name: "ordered by name", query: "ordering=name" },
    { name: "ordered by -name, offset 1,000", query: `ordering=-name&${page(21)}` },
    { name: "filter by kind, ordered by name", query: "kind=Kind+1&ordering=name" },
    {
      name: "filter by city, ordered by name",
      query: (i) => `city=City+${(i * 31) % city}&ordering=name`,
    },
    { name: "ordered by kind, then name", query: "ordering=kind,name" },
  ];
}
