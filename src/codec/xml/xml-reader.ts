// An XML document as a tree of elements and text, by saxes (XML 1.0 with Namespaces). No DTD, hence no entities
// but the five; no recursion. Knows nothing of the XML Object: that is for whoever reads the tree.
import { SaxesParser } from "saxes";
import type { SaxesTagNS } from "saxes";
import { WaybillError } from "../../base/fault.js";
import type { Fault } from "../../base/fault.js";
import type { Limits } from "../../base/limits.js";
import { createFirstErrorGuard } from "../encoding/first-error.js";
import { DoctypeFinder } from "./doctype-finder.js";
import { WholeCharacters } from "./whole-characters.js";

export interface XmlAttribute {
  /** The name without its prefix. */
  readonly local: string;
  /** The namespace; `""` for none, which an attribute without a prefix always has. */
  readonly uri: string;
  readonly prefix: string;
  readonly value: string;
}

export interface XmlElement {
  readonly local: string;
  readonly uri: string;
  readonly prefix: string;
  /** In document order, without `xmlns` declarations: their meaning is in the `uri`s. */
  readonly attributes: readonly XmlAttribute[];
  /** Elements and text, white space included; CDATA is text, and neighbouring text is one string. */
  readonly children: readonly (XmlElement | string)[];
  /** The text of its own CDATA sections alone, where it has any. */
  readonly cdata?: string;
}

/** A push reader. Faults: `malformed-xml` (line and column in its detail), `too-deep`, `too-many-keys`. */
export interface XmlReader {
  write(text: string): void;
  /** The root element. */
  end(): XmlElement;
}

type Parser = SaxesParser<{ xmlns: true; position: true }>;
type OpenElement = XmlElement & { readonly children: (XmlElement | string)[]; cdata?: string };

const xmlnsUri = "http://www.w3.org/2000/xmlns/";

/** `keysMax` counts elements and attributes, declarations included. */
export function createXmlReader(options: {
  readonly limits: Pick<Limits, "depthMax" | "keysMax">;
}): XmlReader {
  const { depthMax, keysMax } = options.limits;
  const parser: Parser = new SaxesParser({ xmlns: true, position: true });
  const doctype = new DoctypeFinder();
  const characters = new WholeCharacters();
  const guard = createFirstErrorGuard();
  const stack: OpenElement[] = [];
  let root: XmlElement | undefined;
  let count = 0;

  const countKey = (): void => {
    if (++count <= keysMax) return;
    const detail = `The XML document has more than ${keysMax} elements and attributes.`;
    throw new WaybillError({
      code: "too-many-keys",
      detail,
      limit: { name: "keysMax", value: keysMax },
    });
  };

  parser.on("error", (error) => {
    throw createFault(parser, reasonOf(error));
  });
  parser.on("opentagstart", () => {
    countKey();
    if (stack.length >= depthMax) throw createDepthError(depthMax);
  });
  parser.on("attribute", countKey);
  parser.on("opentag", (tag) => {
    const element = createElement(tag);
    stack.at(-1)?.children.push(element);
    root ??= element;
    stack.push(element);
  });
  parser.on("closetag", () => void stack.pop());
  const addText = (text: string): void => appendText(stack.at(-1), text);
  parser.on("text", addText);
  parser.on("cdata", (text) => {
    const element = stack.at(-1);
    if (element) element.cdata = (element.cdata ?? "") + text;
    addText(text);
  });

  return {
    write: (piece) =>
      guard(() => {
        const { text, lone } = characters.take(piece);
        const sound = lone < 0 ? text : text.slice(0, lone);
        const declared = doctype.find(sound);
        parser.write(declared < 0 ? sound : sound.slice(0, declared));
        if (declared >= 0) throw createFault(parser, "a document type declaration is not allowed");
        if (lone >= 0) throw createFault(parser, loneReason);
      }),
    end: () =>
      guard(() => {
        if (characters.open) throw createFault(parser, loneReason);
        if (!parser.closed) parser.close();
        if (!root) throw createFault(parser, "there is no root element");
        return root;
      }),
  };
}

const loneReason = "a surrogate stands alone";

function createElement({ local, uri, prefix, attributes }: SaxesTagNS): OpenElement {
  return {
    local,
    uri,
    prefix,
    attributes: Object.values(attributes)
      .filter((attribute) => attribute.uri !== xmlnsUri)
      .map(({ local, uri, prefix, value }) => ({ local, uri, prefix, value })),
    children: [],
  };
}

function appendText(element: OpenElement | undefined, text: string): void {
  if (!element || text === "") return;
  const { children } = element;
  const last = children.at(-1);
  if (typeof last === "string") children[children.length - 1] = last + text;
  else children.push(text);
}

function createFault({ line, column }: Parser, reason: string): WaybillError {
  const fault: Fault = {
    code: "malformed-xml",
    detail: `The XML is malformed at line ${line}, column ${column}: ${reason}.`,
  };
  return new WaybillError(fault);
}

function createDepthError(depthMax: number): WaybillError {
  return new WaybillError({
    code: "too-deep",
    detail: `The XML document is nested deeper than ${depthMax} levels.`,
    limit: { name: "depthMax", value: depthMax },
  });
}

/** saxes says `line:column: reason.`; the place is ours to say. */
function reasonOf(error: Error): string {
  return error.message.replace(/^\d+:\d+: /, "").replace(/\.$/, "");
}
