import { isDeepStrictEqual } from "node:util";
import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { pairItems } from "./pair-items.ts";

/**
 * The node that says `value`, made of the old one as far as it goes: what stays keeps its words and its comments, entries
 * keep their order.
 */
export function putValue(document: Document, old: unknown, value: unknown): Node {
  if (isNode(old)) {
    if (isDeepStrictEqual(old.toJS(document), value)) return old;
    if (isMap(old) && isRecord(value)) return putRecord(document, old, value);
    if (isSeq(old) && Array.isArray(value)) return putList(document, old, value);
  }
  const made = document.createNode(value) as Node;
  return isNode(old) ? dressed(made, old) : made;
}

function putRecord(document: Document, old: YAMLMap, value: Readonly<Record<string, unknown>>): Node {
  old.items = old.items.filter((pair) => Object.hasOwn(value, keyText(pair.key)));
  const known = new Map(old.items.map((pair) => [keyText(pair.key), pair]));
  for (const [key, item] of Object.entries(value)) {
    const pair = known.get(key);
    if (pair === undefined) old.items.push(document.createPair(key, item));
    else pair.value = putValue(document, pair.value, item);
  }
  return old;
}

function putList(document: Document, old: YAMLSeq, value: readonly unknown[]): Node {
  const items = [...old.items];
  const pairs = pairItems(
    value,
    items.map((item) => (isNode(item) ? item.toJS(document) : item)),
  );
  old.items = value.map((item, i) => {
    const from = pairs[i];
    return putValue(document, from === null || from === undefined ? undefined : items[from], item);
  });
  return old;
}

/** What stood beside the old value stands beside the new one. */
function dressed(made: Node, old: Node): Node {
  made.comment = old.comment ?? null;
  made.commentBefore = old.commentBefore ?? null;
  if (old.spaceBefore === true) made.spaceBefore = true;
  if (isScalar(made) && isScalar(old) && typeof made.value === "string" && isQuoted(old)) made.type = old.type;
  return made;
}

function isQuoted(old: Scalar): old is Scalar & { type: Scalar.Type } {
  return old.type === Scalar.QUOTE_DOUBLE || old.type === Scalar.QUOTE_SINGLE;
}

function keyText(key: unknown): string {
  if (isPair(key)) return "";
  return String(isScalar(key) ? key.value : key);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
