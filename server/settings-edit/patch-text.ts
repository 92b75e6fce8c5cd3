import { isDeepStrictEqual } from "node:util";
import { type Document, isMap, isNode, isScalar, isSeq, type Node, parseDocument, Scalar, stringify } from "yaml";
import { pairItems } from "./pair-items.ts";

/** Words of a text that others take the place of. */
interface Patch {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * A section's text in which only single values are others, and not a space besides.
 *
 * @returns null where more differs: lines come, go or change places
 */
export function patchText(text: string, section: string, value: unknown): string | null {
  const document = parseDocument(text);
  const patches: Patch[] = [];
  if (!patched(document, document.contents, { [section]: value }, false, patches)) return null;
  let made = text;
  for (const { start, end, text: words } of patches.reverse()) made = made.slice(0, start) + words + made.slice(end);
  return made;
}

/** @param patches gathers what changes, in the order of the text */
function patched(document: Document, node: unknown, value: unknown, inFlow: boolean, patches: Patch[]): boolean {
  if (!isNode(node) || node.range == null) return false;
  if (isDeepStrictEqual(node.toJS(document), value)) return true;
  const isFlow = inFlow || ((isMap(node) || isSeq(node)) && node.flow === true);
  const words = childrenOf(document, node, value);
  if (words !== null) return words.every(([child, item]) => patched(document, child, item, isFlow, patches));
  const text = isScalar(node) || isFlow ? wordsOf(node, value, inFlow) : null;
  if (text === null) return false;
  patches.push({ start: node.range[0], end: node.range[1], text });
  return true;
}

/** The parts of a node with what each shall be; null where it has others. */
function childrenOf(document: Document, node: Node, value: unknown): [unknown, unknown][] | null {
  if (isMap(node) && value !== null && typeof value === "object" && !Array.isArray(value)) {
    const keys = node.items.map(({ key }) => String(isScalar(key) ? key.value : key));
    const record = value as Readonly<Record<string, unknown>>;
    const isSame = keys.length === Object.keys(record).length && keys.every((key) => Object.hasOwn(record, key));
    return isSame ? node.items.map((pair, i) => [pair.value, record[keys[i]!]]) : null;
  }
  if (!isSeq(node) || !Array.isArray(value) || node.items.length !== value.length) return null;
  const old = node.items.map((item) => (isNode(item) ? item.toJS(document) : item));
  return pairItems(value, old).every((from, i) => from === i) ? node.items.map((item, i) => [item, value[i]]) : null;
}

/** One line that says the value where the node stood; null where it takes several. */
function wordsOf(node: Node, value: unknown, inFlow: boolean): string | null {
  if (isScalar(node) && node.type === Scalar.QUOTE_DOUBLE && typeof value === "string") return JSON.stringify(value);
  if (!inFlow && (value === null || typeof value !== "object")) return oneLine(stringify(value, { lineWidth: 0 }));
  // Within braces more must be quoted than outside.
  const list = stringify([value], { collectionStyle: "flow", lineWidth: 0 }).trim();
  return oneLine(list.slice(1, -1));
}

function oneLine(given: string): string | null {
  const text = given.trim();
  return text.includes("\n") ? null : text;
}
