import { ASKED, type AskFacts } from "./ask-facts.ts";
import type { Term } from "./ask-terms.ts";
import type { WordSense } from "./lexicon.ts";
import { isMarker, wantedAgree } from "./wanted.ts";
import { isOrderKept, type OrderFacts, type PairedWord } from "./word-order.ts";

/** Why two asks do not ask the same. */
export type Disagreement =
  | "language"
  | "code"
  | "quotes"
  | "numbers"
  | "negation"
  | "quantity"
  | "persons"
  | "modality"
  | "tense"
  | "degree"
  | "wanted"
  | "length"
  | "words"
  | "direction"
  | "order";

/** Longer asks hold texts to work on, in which every word counts and where it stands. */
const MOST_FREE_TERMS = 40;

/**
 * Whether two asks may mean the same. Nothing is forgiven that could turn the answer: every word of meaning on one side needs
 * its like on the other, and numbers, names, negation, units, quotes, code, direction and kind of question must agree.
 *
 * @returns null when nothing speaks against it
 */
export function disagreement(a: AskFacts, b: AskFacts, { alike }: WordSense): Disagreement | null {
  if (a.language !== b.language || a.language === "?") return "language";
  if (a.code !== b.code || a.identifiers !== b.identifiers) return "code";
  if (a.quotes.length > 0 && b.quotes.length > 0 && a.quotes.join("\n") !== b.quotes.join("\n")) return "quotes";
  if (a.language !== "en") return isSameText(a, b) ? null : "words";
  if (!numbersAgree(a, b)) return "numbers";
  if (a.negations !== b.negations) return "negation";
  if (!quantitiesAgree(a, b)) return "quantity";
  if (!wantedAgree(kindOf(a), kindOf(b))) return "wanted";
  if (!personsAgree(a, b)) return "persons";
  if (a.wanted === "yesno" && !(modalitiesAgree(a.modality, b.modality) && openingsAgree(a, b))) return "modality";
  if (!saidAlike(a.owners, b.owners, alike) || !saidAlike(a.stressed, b.stressed, alike)) return "persons";
  if (a.tense !== null && b.tense !== null && a.tense !== b.tense) return "tense";
  if (a.degrees.join() !== b.degrees.join()) return "degree";
  if (Math.max(a.terms.length, b.terms.length) > MOST_FREE_TERMS) return isSameText(a, b) ? null : "length";
  const pairs = pairsOf(a, b, alike);
  if (pairs === null) return "words";
  if (!directionsAgree(a, b, alike)) return "direction";
  if (!isOrderKept(pairs, orderFactsOf(a, b))) return "order";
  return isComparisonTurned(a, b) ? "order" : null;
}

function kindOf({ wanted, terms, isDemand }: AskFacts) {
  return {
    wanted,
    isDemand,
    stems: new Set(terms.map(({ stem }) => stem)),
    hasKind: terms.some(({ isKind }) => isKind),
  };
}

function isSameText(a: AskFacts, b: AskFacts): boolean {
  return a.terms.length === b.terms.length && a.terms.every(({ stem }, at) => stem === b.terms[at]!.stem);
}

/** The same numbers with the same units, of the same things. What order they may have is for the words. */
function numbersAgree(a: AskFacts, b: AskFacts): boolean {
  const [ofA, ofB] = [numbersOf(a), numbersOf(b)];
  if (ofA.length !== ofB.length) return false;
  return ofA.sort().join("\n") === ofB.sort().join("\n") && belongAlike(a, b) && belongAlike(b, a);
}

/** No word stands beside one number here and beside another there. */
function belongAlike(a: AskFacts, b: AskFacts): boolean {
  const besides = ({ terms }: AskFacts, word: string) =>
    terms.flatMap(({ stem, isNumber, unit, before }) => (isNumber && (unit === word || before === word) ? [stem] : []));
  return a.terms.every(({ isNumber, stem, unit, before }) => {
    if (!isNumber) return true;
    return [unit, before].every((word) => {
      const there = word === null ? [] : besides(b, word);
      return there.length === 0 || there.includes(stem);
    });
  });
}

/** Whether it may be and whether it is are often one question; whether it should or must be is another. */
function modalitiesAgree(a: AskFacts["modality"], b: AskFacts["modality"]): boolean {
  return a === b || ((a ?? "may") === "may" && (b ?? "may") === "may");
}

/** "Is she like him" and "does she like him" have the same words; only a passive turns one into the other. */
function openingsAgree(a: AskFacts, b: AskFacts): boolean {
  return a.opening === b.opening || a.opening === null || b.opening === null || a.isPassive !== b.isPassive;
}

/** He is not she, his for her is not hers for him, and whom I call is not who calls me. */
function personsAgree(a: AskFacts, b: AskFacts): boolean {
  if (a.genders.join() !== b.genders.join()) return false;
  const isTurned = (one: AskFacts, other: AskFacts) =>
    [...one.actors].some((who) => !one.patients.has(who) && other.patients.has(who) && !other.actors.has(who));
  const [toA, toB] = [[...a.patients].sort().join(), [...b.patients].sort().join()];
  return !isTurned(a, b) && !isTurned(b, a) && (toA === "" || toB === "" || toA === toB);
}

function numbersOf({ terms }: AskFacts): string[] {
  return terms
    .filter(({ isNumber }) => isNumber)
    .map(({ stem, unit }) => `${stem} ${unit !== null && UNITS.has(unit) ? unit : ""}`);
}

/** Stems of what is counted and measured. */
const UNITS = new Set(
  (
    "percent dollar euro pound yen franc rupee yuan peso kilomet met mil foot inch yard centimet millimet gram kilogram kg km g m " +
    "l cm mm ml mg lb oz ounc liter gal hour minut second day week month year celsiu fahrenheit degre byt mb gb kb tb am pm h s ms " +
    "wat volt point pag sentenc word character item time ton acr hectar knot calor kelvin"
  ).split(" "),
);

/** Words that may stand on one side alone: they narrow nothing. */
const SOFT = new Set(
  "current happen go com mak tak mean need requir explanat giv convert expres try get set put person someth anyth format cod kind sort typ exampl becaus".split(
    " ",
  ),
);
/** All of them is them, unless the other side says how many. */
const EACH = new Set(["al", "all", "every", "each"]);
const QUANTITIES = new Set("al all every each som few several both half".split(" "));
/** A demand for a thing is a demand to make it. */
const MAKING = new Set("writ creat mak generat compos draft produc prepar".split(" "));

/** Every word of meaning on one side with its like on the other, each once; null where one has none. */
function pairsOf(a: AskFacts, b: AskFacts, alike: WordSense["alike"]): PairedWord[] | null {
  const isNobodys = ({ isHowTo, wanted, isPassive }: AskFacts) =>
    isHowTo || wanted === "open" || (wanted === "how" && isPassive);
  const isDone = isNobodys(a) && isNobodys(b);
  const free = new Set(b.terms.keys());
  const pairs: PairedWord[] = [];
  const pair = (at: number, fits: (other: Term, there: number) => boolean): boolean => {
    for (const there of free) {
      const other = b.terms[there]!;
      if (!fits(other, there)) continue;
      free.delete(there);
      const { lead, order } = a.terms[at]!;
      const isDeed = isDone && ((at === 0 && a.isHowTo) || (there === 0 && b.isHowTo));
      const kind = order === "plain" ? other.order : order;
      pairs.push({ at: [at, there], leads: [lead, other.lead], kind: isDeed ? "deed" : kind });
      return true;
    }
    return false;
  };
  // Of words that are there twice, those with the same word behind or in front of them belong together.
  const isBeside = (at: number, there: number) =>
    [1, -1].some(
      (step) => a.terms[at + step] !== undefined && a.terms[at + step]!.stem === b.terms[there + step]?.stem,
    );
  const unlike = [...a.terms.entries()].filter(
    ([at, { stem }]) =>
      !pair(at, (other, there) => other.stem === stem && isBeside(at, there)) &&
      !pair(at, (other) => other.stem === stem),
  );
  const left = unlike.filter(
    ([at, { stem, isFixed }]) => isFixed || !pair(at, (other) => !other.isFixed && alike(stem, other.stem)),
  );
  if (left.some(([, term]) => !isSpare(term, a, b)) || [...free].some((at) => !isSpare(b.terms[at]!, b, a)))
    return null;
  // A spare word on either side is one word in place of another.
  return left.length === 0 || free.size === 0 ? pairs : null;
}

function isSpare({ stem, isFixed, isKind, isNumber }: Term, own: AskFacts, other: AskFacts): boolean {
  if (isNumber) return false;
  if (EACH.has(stem)) return ![...other.terms].some((term) => QUANTITIES.has(term.stem));
  if (isKind && !other.terms.some((term) => term.isKind)) return true;
  if (own.terms.filter((term) => term.stem === stem).length > 1) return true;
  if (isFixed) return false;
  return (
    SOFT.has(stem) ||
    (own.wanted !== other.wanted && isMarker(stem, other.wanted)) ||
    (MAKING.has(stem) && other.isDemand)
  );
}

/** Prepositions that give the same word another part to play. */
const CONFLICTS = new Set(
  (
    "from:to from:for from:into from:about to:about to:by by:for by:about for:against with:about for:about of:by before:after " +
    "over:under with:against from:until"
  ).split(" "),
);

/** No word that both sides name plays another part on the other: from Berlin to Rome, from Rome to Berlin. */
function directionsAgree(a: AskFacts, b: AskFacts, alike: WordSense["alike"]): boolean {
  const partsOf = (facts: AskFacts, stem: string) =>
    new Set(facts.relations.flatMap(([preposition, to]) => (alike(to, stem) ? [preposition] : [])));
  const names = (facts: AskFacts, stem: string) => stem === ASKED || facts.terms.some((term) => alike(term.stem, stem));
  for (const [, stem] of a.relations) {
    const [here, there] = [partsOf(a, stem), partsOf(b, stem)];
    for (const one of here)
      for (const other of there)
        if (
          !here.has(other) &&
          !there.has(one) &&
          (CONFLICTS.has(`${one}:${other}`) || CONFLICTS.has(`${other}:${one}`))
        )
          return false;
  }
  for (const [preposition, stem] of a.relations) {
    if (partsOf(b, stem).has(preposition) || !names(b, stem)) continue;
    const exchanged = b.relations.some(
      ([other, to]) => other === preposition && names(a, to) && !partsOf(a, to).has(preposition),
    );
    if (exchanged) return false;
  }
  return true;
}

const GIVING = new Set("send giv show tell writ lend sel offer mail email read teach pay forward hand pass".split(" "));

/** All is not some. Where it is not asked whether, "all" may go without saying. */
function quantitiesAgree(a: AskFacts, b: AskFacts): boolean {
  const isWhether = a.wanted === "yesno" || b.wanted === "yesno";
  if (a.quantities.join() === b.quantities.join()) return true;
  if (a.quantities.length > 0 && b.quantities.length > 0) return false;
  return [...a.quantities, ...b.quantities].every((word) => word === "any" || (word === "all" && !isWhether));
}

/** Whose something is, and what "only" is said of: no word has another one in front of it here than there. */
function saidAlike(a: AskFacts["owners"], b: AskFacts["owners"], alike: WordSense["alike"]): boolean {
  return a.every(([of, word]) => {
    const there = b.filter(([, other]) => alike(word, other));
    return there.length === 0 || there.some(([other]) => other === of);
  });
}

function orderFactsOf(a: AskFacts, b: AskFacts): OrderFacts {
  const asksWho = (one: AskFacts, other: AskFacts) =>
    one.wanted === "who" && (other.wanted === "open" || (other.isPassive && !one.isPassive));
  const given = (one: AskFacts) => one.terms.some(({ stem }) => GIVING.has(stem));
  return {
    isTurned: a.isPassive !== b.isPassive,
    hasExpletive: [a.hasExpletive, b.hasExpletive],
    isAgentAsked: asksWho(a, b) || asksWho(b, a),
    isGiven: given(a) && given(b),
    repeats: new Set(a.terms.map(({ stem }) => stem)).size < a.terms.length,
    isCompared: a.compared !== null || b.compared !== null,
    isStrict: [a.wanted, b.wanted].some((wanted) => wanted === "who" || wanted === "yesno"),
  };
}

/** Whether something stands in front of "than" here and behind it there. */
function isComparisonTurned(a: AskFacts, b: AskFacts): boolean {
  const isTurned = (one: AskFacts["compared"], other: AskFacts["compared"]) =>
    one !== null &&
    other !== null &&
    one.more.some((stem) => other.less.includes(stem) && !other.more.includes(stem) && !one.less.includes(stem));
  return isTurned(a.compared, b.compared) || isTurned(b.compared, a.compared);
}
