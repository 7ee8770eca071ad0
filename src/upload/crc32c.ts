// CRC-32C (RFC 3385, Castagnoli's polynomial), in the shape of node:crypto's hashes, which have none.

const polynomial = 0x82f63b78;

export class Crc32c {
  readonly #table: Uint32Array = table();
  #value = 0xffffffff;

  update(bytes: Uint8Array): void {
    let value = this.#value;
    for (const byte of bytes) value = (this.#table[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
    this.#value = value;
  }

  /** Four octets, the most significant first. */
  digest(): Buffer {
    const octets = Buffer.alloc(4);
    octets.writeUInt32BE((this.#value ^ 0xffffffff) >>> 0);
    return octets;
  }
}

function table(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value;
  });
}
