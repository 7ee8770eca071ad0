/** A document, or the part of it that was asked for, cannot be used. `pointer` says where. */
export class DocumentError extends Error {
  readonly pointer: string;

  constructor(message: string, pointer = "", options?: ErrorOptions) {
    super(pointer === "" ? message : `${message} (at ${pointer})`, options);
    this.name = "DocumentError";
    this.pointer = pointer;
  }
}
