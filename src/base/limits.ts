// Every count of bytes, parts or levels has a limit; a limit's name ends in its unit.

export interface Limits {
  /** Octets of a whole request body, after its Content-Encoding is undone. */
  readonly bodyBytesMax: number;
  /** Octets of one file, decoded. The schema's `maxLength` tightens it. */
  readonly fileBytesMax: number;
  /** Octets of one file in a part that the schema does not describe. */
  readonly undeclaredBytesMax: number;
  /** Octets of one value that is kept in memory: a text or JSON part, a form field, a JSON string. */
  readonly fieldBytesMax: number;
  /** Octets kept in memory for one request: all fields, or a JSON document without its files. */
  readonly valueBytesMax: number;
  /** Octets of the headers of one part. */
  readonly headerBytesMax: number;
  /** Header lines of one part. */
  readonly headersMax: number;
  /** Octets of a part's, field's, member's or file's name. */
  readonly nameBytesMax: number;
  readonly partsMax: number;
  readonly fieldsMax: number;
  readonly filesMax: number;
  /** Requests in one batch. */
  readonly batchRequestsMax: number;
  /** Nesting of JSON and XML. */
  readonly depthMax: number;
  /** Object members and array items in one JSON document, elements and attributes in one XML one. */
  readonly keysMax: number;
  /** Decoded octets for each octet received, for compressed bodies past the first MiB. */
  readonly inflateRatioMax: number;
  /** Silence of a client, while its body is awaited. */
  readonly idleMsMax: number;
  /** For one file that is fetched by its URL, redirects included. */
  readonly urlMsMax: number;
  /** Slowest average rate of a body, once it has lasted `idleMsMax`. */
  readonly bytesPerSecondMin: number;
  /** Width times height of an image, summed over its frames. */
  readonly imagePixelsMax: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

export const defaultLimits: Limits = Object.freeze({
  bodyBytesMax: 16 * GiB,
  fileBytesMax: 8 * GiB,
  undeclaredBytesMax: 8 * GiB,
  fieldBytesMax: MiB,
  valueBytesMax: 16 * MiB,
  headerBytesMax: 16 * KiB,
  headersMax: 64,
  nameBytesMax: KiB,
  partsMax: 1000,
  fieldsMax: 1000,
  filesMax: 100,
  batchRequestsMax: 100,
  depthMax: 64,
  keysMax: 100_000,
  inflateRatioMax: 200,
  idleMsMax: 30_000,
  urlMsMax: 600_000,
  bytesPerSecondMin: 100,
  imagePixelsMax: 100_000_000,
});
