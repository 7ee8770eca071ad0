// One file of a body on its way to a sink: size limits, and faults that do not end the whole request.
import { WaybillError, type Fault, type PartPlace } from "../base/fault.js";
import { ReceivedFile } from "../base/file-reference.js";
import { isJson, parseMediaType } from "../base/media-type.js";
import type { FileIntent, FileSink } from "../base/sink.js";
import { stripPath } from "../codec/multipart/strip-path.js";
import type { FilePlan } from "../plan/file-plan.js";
import type { BodyContext } from "./body-context.js";
import { noteFaults } from "./fault-list.js";

export interface FileWriter {
  /** Decoded octets. */
  write(bytes: Uint8Array): void;
  /** The media type that the client declared, learnt before the first octet. */
  declare(mediaType: string): void;
  /** All octets are there. The file stands in the value at once and is stored when the body is finished. */
  end(): ReceivedFile;
  /** The file is wrong: what was stored of it goes, what follows is thrown away. */
  fail(error: unknown): void;
  readonly size: number;
}

export interface FileWriterOptions {
  readonly context: BodyContext;
  readonly plan: FilePlan;
  readonly pointer: string;
  readonly part?: PartPlace | undefined;
  readonly filename?: string | undefined;
  readonly declaredType?: string | undefined;
  /** For a file that the schema does not describe. */
  readonly undeclaredBytesMax?: number | undefined;
}

/** Opens its sink with the first octet, or at the end of an empty file. Throws `name-too-long` at once. */
export function createFileWriter(options: FileWriterOptions): FileWriter {
  const { context, plan, pointer, part } = options;
  const filename = fileNameOf(options);
  const sizeLimit = sizeLimitOf(options);
  let declaredType = options.declaredType;
  let sink: FileSink | undefined;
  let failed = false;
  let size = 0;
  const content = isLookedInto(context, plan) ? createMemory(context) : undefined;
  /** What ended the whole request: told again to whoever asks, as the first to be told may have taken it for its own. */
  let fatal: { readonly error: unknown } | undefined;
  /** One piece at a time: a chunk of the body may bring several, and the end of the file with them. */
  let busy: Promise<void> | undefined;

  const open = (): FileSink => {
    context.countFile();
    return context.sinks.open({
      ...(filename === undefined ? {} : { filename }),
      ...(declaredType === undefined ? {} : { declaredType }),
      ...intentOf(context, plan),
    });
  };

  const fail = (error: unknown): void => {
    if (fatal) throw fatal.error;
    if (failed) return;
    failed = true;
    if (sink) context.finish(sink.abort());
    try {
      noteFaults(context.faults, error, { pointer, part });
    } catch (final) {
      fatal = { error: final };
      throw final;
    }
  };

  return {
    get size() {
      return size;
    },
    declare: (mediaType) => void (declaredType = mediaType),
    fail,
    write(bytes) {
      if (failed) return;
      size += bytes.length;
      try {
        content?.add(bytes);
        if (sizeLimit && size > sizeLimit.value) throw tooLarge(sizeLimit);
        const target = (sink ??= open());
        const pending = busy
          ? busy.then(() => (failed ? undefined : target.write(bytes)))
          : target.write(bytes);
        if (!pending) return;
        const settled = pending.catch(fail).finally(() => {
          if (busy === settled) busy = undefined;
        });
        busy = settled;
        context.wait(settled);
      } catch (error) {
        fail(error);
      }
    },
    end() {
      const file = new ReceivedFile();
      file.content = content?.all();
      if (failed) return file;
      const closing = (sink ??= open());
      const close = async (): Promise<void> => {
        try {
          await busy;
          if (!failed) file.settle(await closing.close());
        } catch (error) {
          fail(error);
        }
      };
      context.finish(close());
      return file;
    },
  };
}

/** Are its octets kept in memory, to be held to a schema of their own? */
export function isLookedInto({ options }: BodyContext, plan: FilePlan): boolean {
  const types = plan.allowedTypes.flatMap((type) => parseMediaType(type) ?? []);
  return options.assertContent && types.length > 0 && types.every(isJson);
}

/** A copy of a file's octets, given up when there are too many. */
function createMemory({ limits, memory, keep }: BodyContext): {
  add(bytes: Uint8Array): void;
  all(): Uint8Array | undefined;
} {
  let pieces: Uint8Array[] | undefined = [];
  let size = 0;
  return {
    add(bytes) {
      if (!pieces) return;
      if (size + bytes.length > limits.fieldBytesMax) {
        pieces = undefined;
        memory.leftBytes += size;
        return;
      }
      size += bytes.length;
      keep(bytes.length);
      pieces.push(bytes.slice());
    },
    all: () => pieces && Buffer.concat(pieces),
  };
}

/** What the schema and the limits say of a file, whatever brings it. */
export function intentOf(
  { limits }: BodyContext,
  { allowedTypes, bytesMax = Infinity, image }: FilePlan,
): FileIntent {
  return {
    allowedTypes,
    bytesMax: Math.min(limits.fileBytesMax, bytesMax),
    ...(image ? { imagePixelsMax: limits.imagePixelsMax } : {}),
  };
}

/** Throws `file-too-large` past the schema's `maxLength`. */
export function checkFileSize({ bytesMax }: FilePlan, size: number): void {
  if (bytesMax !== undefined && size > bytesMax)
    throw tooLarge({ name: "maxLength", value: bytesMax });
}

// Wherever the name came from: one that no header of a download could hold would be kept for nothing.
function fileNameOf({ context, filename }: FileWriterOptions): string | undefined {
  if (filename === undefined) return undefined;
  const name = stripPath(filename);
  const { nameBytesMax } = context.limits;
  if (new TextEncoder().encode(name).length <= nameBytesMax) return name;
  throw new WaybillError({
    code: "name-too-long",
    detail: `The file's name is longer than ${nameBytesMax} octets.`,
    limit: { name: "nameBytesMax", value: nameBytesMax },
  });
}

type SizeLimit = NonNullable<Fault["limit"]>;

function sizeLimitOf({ plan, undeclaredBytesMax }: FileWriterOptions): SizeLimit | undefined {
  if (undeclaredBytesMax !== undefined)
    return { name: "undeclaredBytesMax", value: undeclaredBytesMax };
  return plan.bytesMax === undefined ? undefined : { name: "maxLength", value: plan.bytesMax };
}

function tooLarge(limit: SizeLimit): WaybillError {
  const detail = `The file is larger than ${limit.value} octets.`;
  return new WaybillError({ code: "file-too-large", detail, limit });
}

/** The fault of text that is longer than the schema's `maxLength` (characters of the encoded text). */
export function textTooLong(bytesMax: number): WaybillError {
  return new WaybillError({
    code: "file-too-large",
    detail: `The encoded file is longer than ${bytesMax} characters.`,
    limit: { name: "maxLength", value: bytesMax },
  });
}
