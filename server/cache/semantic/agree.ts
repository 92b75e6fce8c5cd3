import { ASKED, type AskFacts, type Term } from "./ask-facts.ts";
import type { WordSense } from "./lexicon.ts";
import { isMarker, wantedAgree } from "./wanted.ts";

/** Why two asks do not ask the same. */
export type Disagreement =
  | "language"
  | "code"
  | "quotes"
  | "numbers"
  | "negation"
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
  if (!numbersAgree(a, b)) return "numbers";
  if (a.isNegated !== b.isNegated) return "negation";
  if (!wantedAgree(kindOf(a), kindOf(b))) return "wanted";
  if (!personsAgree(a, b)) return "persons";
  if (a.wanted === "yesno" && !(modalitiesAgree(a.modality, b.modality) && openingsAgree(a, b))) return "modality";
  if (a.tense !== null && b.tense !== null && a.tense !== b.tense) return "tense";
  if (a.degrees.join() !== b.degrees.join()) return "degree";
  if (Math.max(a.terms.length, b.terms.length) > MOST_FREE_TERMS) return isSameText(a, b) ? null : "length";
  if (!wordsAgree(a, b, alike)) return "words";
  if (!directionsAgree(a, b, alike)) return "direction";
  if (a.sequence.join(" ") === b.sequence.join(" ")) return null;
  return isSwapped(a, b) || areNamesExchanged(a, b) || isComparisonTurned(a, b) ? "order" : null;
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

/** The same numbers with the same units, of the same things, in the same order; two that are only joined may change places. */
function numbersAgree(a: AskFacts, b: AskFacts): boolean {
  const [ofA, ofB] = [numbersOf(a), numbersOf(b)];
  if (ofA.length !== ofB.length) return false;
  const areJoined = a.sequence.includes("&") && b.sequence.includes("&");
  const isExchanged = areJoined && ofA.length === 2 && ofA[0] === ofB[1] && ofA[1] === ofB[0];
  return (isExchanged || ofA.every((number, at) => number === ofB[at])) && belongAlike(a, b) && belongAlike(b, a);
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
  return !isTurned(a, b) && !isTurned(b, a);
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

/** Every word of meaning on one side has its like on the other, each once. */
function wordsAgree(a: AskFacts, b: AskFacts, alike: WordSense["alike"]): boolean {
  const free = new Set(b.terms);
  const pair = (fits: (other: Term) => boolean): boolean => {
    for (const other of free) {
      if (!fits(other)) continue;
      free.delete(other);
      return true;
    }
    return false;
  };
  const unlike = a.terms.filter(({ stem }) => !pair((other) => other.stem === stem));
  const left = unlike.filter(
    ({ stem, isFixed }) => isFixed || !pair((other) => !other.isFixed && alike(stem, other.stem)),
  );
  if (left.some((term) => !isSpare(term, a, b)) || [...free].some((term) => !isSpare(term, b, a))) return false;
  // A spare word on either side is one word in place of another.
  return left.length === 0 || free.size === 0;
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

/** Whether two neighbours changed sides of the word between them: the cat chased the mouse, the mouse chased the cat. */
function isSwapped(a: AskFacts, b: AskFacts): boolean {
  for (const pair of a.neighbours) {
    const [left, right] = pair.split(" ");
    if (left !== right && b.neighbours.has(`${right} ${left}`) && !a.neighbours.has(`${right} ${left}`)) return true;
  }
  if (a.isPassive !== b.isPassive) return false;
  for (let at = 1; at + 1 < a.sequence.length; at++) {
    const [left, middle, right] = a.sequence.slice(at - 1, at + 2) as [string, string, string];
    if (left === right || [left, middle, right].includes("&")) continue;
    for (let there = 1; there + 1 < b.sequence.length; there++) {
      if (b.sequence[there] === middle && b.sequence[there - 1] === right && b.sequence[there + 1] === left)
        return true;
    }
  }
  return false;
}

/** Whether two names changed places without prepositions of their own that say which is which: "from" and "to" do. */
function areNamesExchanged(a: AskFacts, b: AskFacts): boolean {
  const namesOf = ({ terms }: AskFacts) => {
    const names = terms.filter(({ isFixed, isNumber }) => isFixed && !isNumber).map(({ stem }) => stem);
    return names.filter((name) => names.indexOf(name) === names.lastIndexOf(name));
  };
  const [ofA, ofB] = [namesOf(a), namesOf(b)];
  const partsOf = ({ relations }: AskFacts, stem: string) =>
    relations.flatMap(([preposition, to]) => (to === stem ? [preposition] : [])).join();
  return ofA.some((one, at) =>
    ofA.slice(at + 1).some((other) => {
      if (!ofB.includes(one) || !ofB.includes(other) || ofB.indexOf(one) < ofB.indexOf(other)) return false;
      if (areJoined(a, one, other) && areJoined(b, one, other)) return false;
      const [part, otherPart] = [partsOf(a, one), partsOf(a, other)];
      const areTold = part !== otherPart && part === partsOf(b, one) && otherPart === partsOf(b, other);
      return !areTold;
    }),
  );
}

function areJoined({ sequence }: AskFacts, one: string, other: string): boolean {
  return sequence.some(
    (word, at) =>
      word === "&" &&
      ((sequence[at - 1] === one && sequence[at + 1] === other) ||
        (sequence[at - 1] === other && sequence[at + 1] === one)),
  );
}

/** Whether something stands in front of "than" here and behind it there. */
function isComparisonTurned(a: AskFacts, b: AskFacts): boolean {
  const isTurned = (one: AskFacts["compared"], other: AskFacts["compared"]) =>
    one !== null &&
    other !== null &&
    one.more.some((stem) => other.less.includes(stem) && !other.more.includes(stem) && !one.less.includes(stem));
  return isTurned(a.compared, b.compared) || isTurned(b.compared, a.compared);
}
