/** What a word is, as far as it may stand elsewhere for that. `deed`: what "I" or nobody named does: "how do I renew it". */
export type WordKind = "plain" | "number" | "degree" | "adverb" | "deed";

/** A word of meaning as it stands in each of two asks. */
export interface PairedWord {
  /** Its place among the words of meaning. */
  readonly at: readonly [a: number, b: number];
  /** The preposition, conjunction or question word in front of it, where there is one: `of`, `&`, `how`. */
  readonly leads: readonly [a: string | null, b: string | null];
  readonly kind: WordKind;
}

export interface OrderFacts {
  /** One is told as done, the other as suffered: "the cat chased it", "it was chased by the cat". */
  readonly isTurned: boolean;
  /** "Is it safe to ...": the word that stands in front of what it is said of. */
  readonly hasExpletive: readonly [a: boolean, b: boolean];
  /** Who does it is asked for, by one as who does and by the other as by whom it is done or in a few words. */
  readonly isAgentAsked: boolean;
  /** It is given, sent or told: "send Ann a letter", "send a letter to Ann". */
  readonly isGiven: boolean;
  /** Some word is there twice. */
  readonly repeats: boolean;
  /** Something is held against another thing with "than": what stands in front of it and what behind it must stay there. */
  readonly isCompared: boolean;
  /** Who or whether: the order of the words tells who does and who suffers. */
  readonly isStrict: boolean;
}

/** Words that stay together, in this order, in both asks. */
interface Block {
  readonly size: number;
  /** Of its first word. */
  readonly leads: PairedWord["leads"];
  /** Of all its words, here. */
  readonly within: readonly (string | null)[];
  /** Of a single word. */
  readonly kind: WordKind;
  /** Where it stands among the blocks of the other ask. */
  readonly there: number;
}

/** More pieces than these are another sentence. */
const MOST_BLOCKS = 7;
/** What stands for all words of time with or without "on" and "at". */
export const TIME_LEAD = "@";
/** These open a part of a sentence that may stand in front of all the rest. */
const MOVING = new Set(
  (
    "@ in on at for with by during if when while because unless until since after before without under from to inside within " +
    "throughout per above below atmost atleast across against despite beyond behind near about"
  ).split(" "),
);
const REASONS = new Set(["because", "if", "when", "since", "after"]);
/** Between a thing and what it is of: "the capital of Peru", "Peru's capital". */
const BELONGING = new Set(["of", "in", "on", "for", "at", "from", "about", "to"]);
const LONGEST_NAME = 4;

/**
 * Whether two asks with the same words tell the same in the order in which they have them. Order says who does what to whom, so
 * every difference needs a reason: a part with its preposition went to the other end, two joined by "and" changed places, "X of
 * Y" is "Y's X", the passive turned it, or a word that is free to move did.
 */
export function isOrderKept(words: readonly PairedWord[], facts: OrderFacts): boolean {
  const sole = (kind: WordKind) => words.filter((word) => word.kind === kind).length === 1;
  // Of two numbers, or two that are compared, each must stay where it is; and all must where a word is there twice.
  const mayMove = (kind: WordKind) => sole(kind) && !facts.repeats;
  const kinds = {
    number: mayMove("number"),
    degree: mayMove("degree"),
    adverb: mayMove("adverb"),
    deed: !facts.repeats,
    plain: true,
  };
  const known = words.map((word): PairedWord => (kinds[word.kind] ? word : { ...word, kind: "plain" }));
  const turned = known.map((word): PairedWord => ({ ...word, at: turn(word.at), leads: turn(word.leads) }));
  return (
    isExplained(blocksOf(known), facts) &&
    isExplained(blocksOf(turned), { ...facts, hasExpletive: turn(facts.hasExpletive) })
  );
}

function turn<Each>([one, other]: readonly [Each, Each]): readonly [Each, Each] {
  return [other, one];
}

function blocksOf(unsorted: readonly PairedWord[]): Block[] {
  const words = [...unsorted].sort((one, other) => one.at[0] - other.at[0]);
  const there = words.map(({ at }) => at[1]).sort((one, other) => one - other);
  return joined(
    words.map(({ leads, kind, at }) => ({ size: 1, leads, within: [leads[0]], kind, there: there.indexOf(at[1]) })),
  );
}

/** Neighbours here that are neighbours there become one; places are counted from 0 on. */
function joined(blocks: readonly Block[]): Block[] {
  const ranksOf = (of: readonly Block[]) => {
    const sorted = of.map(({ there }) => there).sort((one, other) => one - other);
    return of.map(({ there }) => sorted.indexOf(there));
  };
  const merged: Block[] = [];
  let last = -2;
  for (const [index, rank] of ranksOf(blocks).entries()) {
    const block = blocks[index]!;
    const before = merged.at(-1);
    if (before !== undefined && last + 1 === rank)
      merged[merged.length - 1] = {
        ...before,
        size: before.size + block.size,
        within: [...before.within, ...block.within],
        kind: "plain",
      };
    else merged.push({ ...block, there: rank });
    last = rank;
  }
  const ranks = ranksOf(merged);
  return merged.map((block, index) => ({ ...block, there: ranks[index]! }));
}

function isExplained(blocks: readonly Block[], facts: OrderFacts): boolean {
  if (blocks.length <= 1) return true;
  if (blocks.length > MOST_BLOCKS) return false;
  if (isReversedPassive(blocks, facts)) return true;
  const [first, last] = [blocks[0]!, blocks.at(-1)!];
  const end = blocks.length - 1;
  const [wentBack, cameForth] = [first.there === end, last.there === 0];
  // Past another part with the same preposition, they would have exchanged what they say: "noon in Rome when it is one in Oslo".
  const isAlone = (block: Block) => blocks.every((other) => other === block || areApart(block, other));
  if (wentBack && isAlone(first) && mayGoToTheEnd(first, first.leads, facts.hasExpletive[0], facts))
    return isExplained(joined(blocks.slice(1)), facts);
  if (cameForth && isAlone(last) && mayGoToTheEnd(last, [last.leads[1], last.leads[0]], facts.hasExpletive[1], facts))
    return isExplained(joined(blocks.slice(0, -1)), facts);
  for (let at = 0; at < end; at++) {
    const [left, right] = [blocks[at]!, blocks[at + 1]!];
    if (left.there !== right.there + 1 || !mayChangePlaces(left, right, at === 0, facts)) continue;
    return isExplained(joined([...blocks.slice(0, at), right, left, ...blocks.slice(at + 2)]), facts);
  }
  return false;
}

/** @param leads what is in front of it where it stands in front, and where it stands at the end */
function mayGoToTheEnd(
  { size, kind }: Block,
  [infront, behind]: PairedWord["leads"],
  isExpletive: boolean,
  { isAgentAsked, isStrict }: OrderFacts,
): boolean {
  if (size === 1 && (isExpletive || kind === "degree" || kind === "adverb" || isAgentAsked)) return true;
  if (infront === null) return behind !== null && (REASONS.has(behind) || (!isStrict && behind === "in" && size === 1));
  return infront === behind && (MOVING.has(infront) || isAsking(infront));
}

/** @param left stands right in front of `right` here, and right behind it there */
function mayChangePlaces(left: Block, right: Block, isFirst: boolean, facts: OrderFacts): boolean {
  const [leftHere, leftThere] = left.leads;
  const [rightHere, rightThere] = right.leads;
  if (rightHere === "&" && leftThere === "&")
    return leftHere === rightThere || leftHere === null || rightThere === null;
  const areParts = leftHere === leftThere && rightHere === rightThere && leftHere !== rightHere;
  if (areParts && areApart(left, right) && isMoving(leftHere) && isMoving(rightHere)) return true;
  if (facts.isCompared) return false;
  if (isOf(left, right, rightHere, leftThere, facts) || isOf(right, left, leftThere, rightHere, facts)) return true;
  if (facts.isGiven && [rightHere, leftThere].filter((lead) => lead === "to").length === 1) return true;
  if (isFree(left, right) || isFree(right, left)) return true;
  if (isFirst && left.size <= 2 && facts.hasExpletive[0] && rightHere === null) return true;
  if (isFirst && right.size <= 2 && facts.hasExpletive[1] && leftThere === null) return true;
  if (!facts.isTurned) return false;
  const byHere = rightHere === "by";
  const byThere = leftThere === "by";
  return byHere !== byThere || (!facts.isStrict && !byHere && Math.min(left.size, right.size) === 1);
}

function areApart(one: Block, other: Block): boolean {
  return one.within.every((lead) => lead === null || !other.within.includes(lead));
}

/** Whether the whole stands in front of its owner with a preposition on the one side, and behind it without on the other. */
function isOf(whole: Block, owner: Block, lead: string | null, other: string | null, facts: OrderFacts): boolean {
  if (lead === null || !BELONGING.has(lead) || (other !== null && !isAsking(other))) return false;
  if (facts.isStrict && lead !== "of" && lead !== "from") return false;
  const most = lead === "to" ? 1 : LONGEST_NAME;
  return whole.size <= most && owner.size <= most;
}

/** "How tall", "404", "the tallest", "politely": single words that may stand at either side of what they go with. */
function isFree({ size, kind, leads }: Block, beside: Block): boolean {
  return size === 1 && (kind !== "plain" || leads.includes("how")) && beside.size <= 3;
}

/** "The cat chased the mouse", "the mouse was chased by the cat"; "it includes that", "that is included in it". */
function isReversedPassive(blocks: readonly Block[], { isTurned }: OrderFacts): boolean {
  if (!isTurned || blocks.length !== 3 || blocks.some(({ there }, at) => there !== 2 - at)) return false;
  const [left, , right] = blocks as [Block, Block, Block];
  const isAgent = (lead: string | null) => lead === "by" || lead === "in" || lead === "with";
  return isAgent(left.leads[1]) !== isAgent(right.leads[0]);
}

function isMoving(lead: string | null): boolean {
  return lead !== null && MOVING.has(lead);
}

function isAsking(lead: string): boolean {
  return lead === "how" || lead === "what" || lead === "which";
}
