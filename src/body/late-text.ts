// Text of a form whose charset the form has yet to say. Must not know where it stands.

/** Values that can be read when the form is whole only. */
export class LateText {
  /** Throws what is wrong with them. */
  readonly read: () => readonly unknown[];

  constructor(read: () => readonly unknown[]) {
    this.read = read;
  }
}
