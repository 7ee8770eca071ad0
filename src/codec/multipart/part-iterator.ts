// The parts of a feed, one after the other. Calls are answered in the order in which they are made, also
// when one does not wait for the other.
import type { MediaType } from "../../base/media-type.js";
import { CharsetField } from "./charset-field.js";
import { type MultipartPart, type PartBodyReader, StreamedPart } from "./multipart-part.js";
import { type FeedItem, partEnd, type PartFeed } from "./part-feed.js";
import type { PartHead } from "./part-head.js";
import { createRelatedRoot, type RelatedRoot } from "./related-root.js";

export interface PartIteratorOptions {
  readonly feed: PartFeed;
  readonly contentType: MediaType;
  readonly fieldBytesMax: number;
}

/** The part whose items the feed hands out now. */
interface Current {
  ended: boolean;
  passed: boolean;
}

type Done = IteratorReturnResult<undefined>;

const done: Done = { done: true, value: undefined };

export class PartIterator implements AsyncIterableIterator<MultipartPart, undefined> {
  private readonly options: PartIteratorOptions;
  private readonly feed: PartFeed;
  private readonly related: RelatedRoot | undefined;
  private readonly charset = new CharsetField();
  private current: Current = { ended: true, passed: true };
  private closed = false;
  /** Settled when the last call that was made is answered. */
  private busy: Promise<void> | undefined;

  constructor(options: PartIteratorOptions) {
    this.options = options;
    this.feed = options.feed;
    const { contentType } = options;
    if (contentType.subtype === "related") this.related = createRelatedRoot(contentType);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<MultipartPart, undefined>> {
    return this.inTurn(() => this.advance());
  }

  async return(): Promise<Done> {
    this.closed = true;
    this.current.passed = true;
    await this.feed.close();
    return done;
  }

  private async advance(): Promise<IteratorResult<MultipartPart, undefined>> {
    this.current.passed = true;
    for (;;) {
      const item = this.see(this.feed.shift() ?? (await this.feed.take()));
      if (item === undefined) break;
      if (item === partEnd) this.current.ended = true;
      else if (!(item instanceof Uint8Array)) return { done: false, value: this.begin(item) };
    }
    if (!this.closed) this.related?.end();
    return done;
  }

  private begin(head: PartHead): MultipartPart {
    const current = { ended: false, passed: false };
    this.current = current;
    return new StreamedPart({
      head,
      root: this.related?.isRoot(head) ?? false,
      charset: this.charset.label,
      reader: this.createReader(current),
      fieldBytesMax: this.options.fieldBytesMax,
    });
  }

  private createReader(current: Current): PartBodyReader {
    return {
      next: () => {
        if (!this.busy && !current.passed && !current.ended) {
          const item = this.feed.shift();
          if (item !== undefined) return Promise.resolve(this.bodyOf(current, this.see(item)));
        }
        return this.inTurn(() => this.takeBody(current));
      },
      skip: () => void (current.passed = true),
    };
  }

  private async takeBody(current: Current): Promise<Uint8Array | undefined> {
    if (current.ended && !current.passed) return undefined;
    if (!current.passed) {
      const item = this.see(await this.feed.take());
      if (item !== undefined) return this.bodyOf(current, item);
    }
    throw new TypeError("The part was passed over: its body can no longer be read.");
  }

  private bodyOf(current: Current, item: FeedItem | undefined): Uint8Array | undefined {
    if (item instanceof Uint8Array) return item;
    current.ended = true;
    return undefined;
  }

  // Every item comes by here, whether somebody reads the part or not.
  private see(item: FeedItem | undefined): FeedItem | undefined {
    if (item instanceof Uint8Array) this.charset.takeData(item);
    else if (item !== undefined && item !== partEnd) this.charset.beginPart(item.name);
    return item;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const answer = this.busy ? this.busy.then(work) : work();
    const settle = (): void => {
      if (this.busy === settled) this.busy = undefined;
    };
    const settled: Promise<void> = answer.then(settle, settle);
    this.busy = settled;
    return answer;
  }
}
