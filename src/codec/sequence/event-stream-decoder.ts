// Server-sent events from octets (HTML Standard §9.2.6, "Interpreting an event stream"). Comments, unknown
// fields and events without data are passed over there, so they are here. Other than there, text that is
// no UTF-8 is refused, and an event at the end of the body needs no empty line: a body that is cut short
// is known to be, and the specification's own example (OAS 3.2 §4.14.4.3) ends in one.
import { WaybillError } from "../../base/fault.js";
import { joinOctets } from "../multipart/octet-gatherer.js";

/** The fields that were there, `data` being the lines of it joined. */
export interface ServerSentEvent {
  readonly data: string;
  readonly event?: string;
  readonly id?: string;
  readonly retry?: number;
}

export interface EventStreamOptions {
  /** `offset`: the octet at which the event's first field begins. */
  readonly onEvent: (event: ServerSentEvent, offset: number) => void;
  /** Counts octets that are kept until the event is complete; throws when they are too many. */
  readonly keep: (octets: number) => void;
}

export interface EventStreamDecoder {
  /** Throws `malformed-encoding`, or what the two functions threw. */
  write(chunk: Uint8Array): void;
  end(): void;
}

interface Draft {
  readonly offset: number;
  data: string[];
  event?: string;
  id?: string;
  retry?: number;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;

export function createEventStreamDecoder({
  onEvent,
  keep,
}: EventStreamOptions): EventStreamDecoder {
  let base = 0;
  let pieces: Uint8Array[] = [];
  let size = 0;
  let lineOffset = 0;
  let isComment = false;
  let afterReturn = false;
  let isFirst = true;
  let draft: Draft | undefined;

  const take = (piece: Uint8Array): void => {
    if (piece.length === 0) return;
    if (size === 0) isComment = piece[0] === colon;
    size += piece.length;
    if (isComment) return;
    keep(piece.length);
    pieces.push(piece.slice());
  };

  const endLine = (): void => {
    const ended = size === 0;
    const line = isComment ? "" : decode(joinOctets(pieces, size), isFirst, lineOffset);
    const passed = isComment;
    pieces = [];
    size = 0;
    isComment = false;
    isFirst = false;
    if (ended) dispatch();
    else if (!passed) addField((draft ??= { offset: lineOffset, data: [] }), line);
  };

  const dispatch = (): void => {
    const event = draft && eventOf(draft);
    const offset = draft?.offset ?? 0;
    draft = undefined;
    if (event) onEvent(event, offset);
  };

  return {
    write(chunk) {
      let from = 0;
      for (let i = 0; i < chunk.length; i++) {
        const octet = chunk[i];
        if (octet !== lineFeed && octet !== carriageReturn) {
          afterReturn = false;
          continue;
        }
        const second = octet === lineFeed && afterReturn; // of CR LF, which is one line end
        afterReturn = octet === carriageReturn;
        if (!second) {
          take(chunk.subarray(from, i));
          endLine();
        }
        from = i + 1;
        lineOffset = base + from;
      }
      take(chunk.subarray(from));
      base += chunk.length;
    },
    end() {
      if (size > 0) endLine();
      dispatch();
    },
  };
}

function addField(draft: Draft, line: string): void {
  const at = line.indexOf(":");
  const name = at < 0 ? line : line.slice(0, at);
  const value = at < 0 ? "" : line.slice(line[at + 1] === " " ? at + 2 : at + 1);
  if (name === "data") draft.data.push(value);
  else if (name === "event") draft.event = value;
  else if (name === "id" && !value.includes("\0")) draft.id = value;
  else if (name === "retry" && /^[0-9]{1,15}$/.test(value)) draft.retry = Number(value);
}

function eventOf({ data, event, id, retry }: Draft): ServerSentEvent | undefined {
  if (data.length === 0) return undefined;
  return {
    data: data.join("\n"),
    ...(event === undefined || event === "" ? {} : { event }),
    ...(id === undefined ? {} : { id }),
    ...(retry === undefined ? {} : { retry }),
  };
}

function decode(octets: Uint8Array, isFirst: boolean, offset: number): string {
  try {
    // A byte order mark stands at the start of the stream only.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: !isFirst }).decode(octets);
  } catch (cause) {
    const detail = "The event stream is not valid UTF-8.";
    throw new WaybillError({ code: "malformed-encoding", detail, offset }, { cause });
  }
}
