// Stored bytes, named. What a value carries in place of a file.

/** Stored bytes, never the bytes themselves. */
export interface FileReference {
  /** UUIDv7 of the blob; not its storage key. */
  readonly id: string;
  /** As the client gave it, without any path; untrusted. */
  readonly filename?: string;
  /** By the bytes where they tell, else as declared. */
  readonly mediaType: string;
  /** Octets. */
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** Of one that stays elsewhere: where. Nothing of it is stored here. */
  readonly url?: string;
  /** For images that were inspected: pixels. */
  readonly width?: number;
  readonly height?: number;
}

/** In a decoded value: a file that this request brought. It stands there before its last byte is stored. */
export class ReceivedFile {
  #reference: FileReference | undefined;
  /** Its octets, where they are kept in memory to be looked at. */
  content: Uint8Array | undefined;
  /** The URL that stood in the request in place of its octets. */
  fetchedFrom: string | undefined;

  /** False until its last octet is stored, and for good when it could not be. */
  get isStored(): boolean {
    return this.#reference !== undefined;
  }

  /** Throws while the file is not stored. */
  get reference(): FileReference {
    if (!this.#reference) throw new Error("The file is not stored yet.");
    return this.#reference;
  }

  settle(reference: FileReference): void {
    this.#reference = reference;
  }

  toJSON(): FileReference {
    return this.reference;
  }
}
