// A body pulled from its source one chunk at a time, and taken apart into what is asked for next. Never
// more than one chunk is under way: that is the back-pressure. The first error is final.
import { WaybillError } from "../../base/fault.js";
import type { MultipartDecoder } from "./multipart-decoder.js";
import type { MultipartHandler } from "./multipart-handler.js";
import type { OctetReader } from "./octet-source.js";
import type { PartHead } from "./part-head.js";

/** A part ends. */
export const partEnd: unique symbol = Symbol("the end of a part");

export type FeedItem = PartHead | Uint8Array | typeof partEnd;

export interface PartFeedOptions {
  readonly reader: OctetReader;
  readonly bodyBytesMax: number;
  readonly createDecoder: (handler: MultipartHandler) => MultipartDecoder;
}

export class PartFeed {
  private readonly options: PartFeedOptions;
  private readonly decoder: MultipartDecoder;
  private readonly items: FeedItem[] = [];
  private at = 0;
  private size = 0;
  private ended = false;
  private failure: { readonly error: unknown } | undefined;

  constructor(options: PartFeedOptions) {
    this.options = options;
    this.decoder = options.createDecoder({
      onPart: (head) => void this.items.push(head),
      onData: (bytes) => void this.items.push(bytes),
      onPartEnd: () => void this.items.push(partEnd),
    });
  }

  /** What is at hand without waiting. */
  shift(): FeedItem | undefined {
    return this.at < this.items.length ? this.items[this.at++] : undefined;
  }

  /** Undefined after the end of the body. What came before an error is handed out before it is thrown. */
  async take(): Promise<FeedItem | undefined> {
    for (;;) {
      const item = this.shift();
      if (item !== undefined) return item;
      this.items.length = 0;
      this.at = 0;
      if (this.failure) throw this.failure.error;
      if (this.ended) return undefined;
      await this.fill();
    }
  }

  /** Nothing more is wanted. */
  async close(): Promise<void> {
    if (this.ended || this.failure) return;
    this.ended = true;
    this.items.length = 0;
    await this.options.reader.close();
  }

  private async fill(): Promise<void> {
    try {
      const chunk = await this.options.reader.next();
      // Closed while it was awaited.
      if (this.ended) return;
      if (chunk !== undefined) this.write(chunk);
      else {
        this.decoder.end();
        this.ended = true;
      }
    } catch (error) {
      this.failure = { error };
      await this.options.reader.close();
    }
  }

  private write(chunk: Uint8Array): void {
    const { bodyBytesMax } = this.options;
    const left = bodyBytesMax - this.size;
    this.size += chunk.length;
    if (chunk.length <= left) {
      this.decoder.write(chunk);
      return;
    }
    this.decoder.write(chunk.subarray(0, left));
    throw new WaybillError({
      code: "body-too-large",
      detail: `The body has more than ${bodyBytesMax} octets.`,
      offset: bodyBytesMax,
      limit: { name: "bodyBytesMax", value: bodyBytesMax },
    });
  }
}
