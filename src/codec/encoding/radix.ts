// The alphabets of RFC 4648 as tables: how many bits a character carries, and how many make a group.

export type RadixName = "base64" | "base64url" | "base32" | "base32hex" | "base16";

/** One alphabet. Frozen data. */
export interface Radix {
  readonly name: RadixName;
  readonly characters: string;
  /** Bits of one character. */
  readonly bits: 4 | 5 | 6;
  /** Characters that make whole octets. */
  readonly group: 2 | 4 | 8;
  /** Does the alphabet know the `=` that fills a group? */
  readonly padded: boolean;
  /** The value of each octet as a character, or -1. */
  readonly values: Int8Array;
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const alphanumerics = `${letters}${letters.toLowerCase()}0123456789`;

export const radixes: Readonly<Record<RadixName, Radix>> = {
  base64: createRadix("base64", `${alphanumerics}+/`, 4),
  base64url: createRadix("base64url", `${alphanumerics}-_`, 4),
  base32: createRadix("base32", `${letters}234567`, 8),
  base32hex: createRadix("base32hex", `0123456789${letters.slice(0, 22)}`, 8),
  base16: createRadix("base16", "0123456789ABCDEF", 2),
};

function createRadix(name: RadixName, characters: string, group: 2 | 4 | 8): Radix {
  const values = new Int8Array(256).fill(-1);
  for (let i = 0; i < characters.length; i++) {
    values[characters.charCodeAt(i)] = i;
    // RFC 4648 §8 has upper case only; everyone reads both. Base32 is not so lenient (§6).
    if (group === 2) values[characters.toLowerCase().charCodeAt(i)] = i;
  }
  const bits = group === 4 ? 6 : group === 8 ? 5 : 4;
  return Object.freeze({ name, characters, bits, group, padded: group !== 2, values });
}
