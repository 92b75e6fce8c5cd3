import { isDeepStrictEqual } from "node:util";
import { isMap, isNode, isScalar, type Pair, parseDocument, visit } from "yaml";
import type { Problem } from "../errors.ts";

/** One section of weir.yaml as it is written: from its key to its last line, with its comments. */
export interface WrittenSection {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** `${NAME}` unexpanded. */
  readonly value: unknown;
  /** Why it can only be changed by hand; null where it can be changed. */
  readonly reason: string | null;
}

export interface ConfigText {
  /** Without a byte order mark. */
  readonly text: string;
  readonly mark: string;
  readonly lineEnd: "\n" | "\r\n";
  readonly sections: ReadonlyMap<string, WrittenSection>;
  /** Why nothing of it can be changed but by hand. */
  readonly reason: string | null;
  /** What is wrong with it as YAML. */
  readonly problems: readonly Problem[];
}

const BYTE_ORDER_MARK = "\uFEFF";
const MOST_ALIASES = 100;

/** Finds the sections of a file without changing a byte of it. */
export function readConfigText(whole: string): ConfigText {
  const mark = whole.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
  const text = whole.slice(mark.length);
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  const plain = { text, mark, lineEnd, sections: new Map<string, WrittenSection>() } as const;
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message, linePos }) => ({
      path: linePos === undefined ? "" : `line ${linePos[0].line}`,
      message: message.split("\n")[0] ?? message,
    }));
    return { ...plain, reason: "the file is no valid YAML", problems };
  }
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null && contents.source === "")) {
    return { ...plain, reason: null, problems: [] };
  }
  if (!isMap(contents) || contents.flow === true) {
    return { ...plain, reason: "the file is not written as one section below the other", problems: [] };
  }
  const values = document.toJS({ maxAliasCount: MOST_ALIASES }) as Readonly<Record<string, unknown>>;
  const starts = contents.items.map(({ key }) => (isScalar(key) ? (key.range?.[0] ?? -1) : -1));
  if (starts.some((start) => start < 0 || !isLineStart(text, start))) {
    return { ...plain, reason: "a section of the file does not begin at the first column", problems: [] };
  }
  for (const [i, pair] of contents.items.entries()) {
    const start = starts[i]!;
    const name = String(isScalar(pair.key) ? pair.key.value : pair.key);
    const end = start + withoutTail(text.slice(start, starts[i + 1] ?? text.length)).length;
    const written = text.slice(start, end);
    const reason = whyByHand(name, pair, written, values[name]);
    plain.sections.set(name, { start, end, text: written, value: values[name], reason });
  }
  return { ...plain, reason: null, problems: [] };
}

function isLineStart(text: string, at: number): boolean {
  return at === 0 || text[at - 1] === "\n";
}

/** Empty lines and comments at the first column at the end of a section are about what follows it. */
function withoutTail(text: string): string {
  return text.replace(/(?<=\n)(?:[ \t]*\r?\n|#[^\n]*(?:\n|$)|\.\.\.[^\n]*(?:\n|$)|---[^\n]*(?:\n|$))+[ \t]*$/, "");
}

/** A section is changed alone, so it must say the same when it is read alone. */
function whyByHand(name: string, pair: Pair, text: string, value: unknown): string | null {
  if (hasAnchors(pair)) return `${name} has YAML anchors or aliases: change it in the file`;
  const alone = parseDocument(text);
  if (alone.errors.length > 0) return `${name} cannot be read apart from the rest of the file: change it in the file`;
  const read = alone.toJS() as Readonly<Record<string, unknown>> | null;
  const isSame = read !== null && Object.keys(read).length === 1 && isDeepStrictEqual(read[name], value);
  return isSame ? null : `${name} reads otherwise apart from the rest of the file: change it in the file`;
}

function hasAnchors({ key, value }: Pair): boolean {
  let found = false;
  const note = () => {
    found = true;
    return visit.BREAK;
  };
  for (const node of [key, value]) {
    if (!isNode(node)) continue;
    visit(node, { Alias: note, Value: (_, { anchor }) => (anchor === undefined ? undefined : note()) });
  }
  return found;
}
