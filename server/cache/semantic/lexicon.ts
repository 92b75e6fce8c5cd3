import { readFile } from "node:fs/promises";
import { z } from "zod";
import { packageRoot } from "../../../engine/package-root.ts";

const Lexicon = z.strictObject({ source: z.string(), sets: z.array(z.string()), kin: z.array(z.string()) });
const SHIPPED = new URL("models/lexicon/wordnet.json", packageRoot);

/** Which words say the same in their common senses. */
export interface WordSense {
  /** Of stems, as `stemOf` makes them. */
  alike(a: string, b: string): boolean;
}

/** Words of the trade that dictionaries do not hold, or hold in older senses. */
const OWN_SETS = [
  "cancel end terminate",
  "all every each",
  "delete remove erase",
  "fix repair correct",
  "fix solve resolve",
  "change update modify edit",
  "purchase buy",
  "pro advantage benefit",
  "con disadvantage drawback",
  "enable activate",
  "disable deactivate",
  "display show",
  "begin start",
  "stop halt",
  "large big",
  "small little",
  "fast quick rapid",
  "film movie",
  "image picture",
  "photo photograph",
  "phone telephone",
  "cost price fee",
  "delivery shipping",
  "ship deliver",
  "plane flight airplane",
  "arrange schedule",
  "book reserve",
  "summary summarize",
  "compare comparison",
  "install installation",
  "refund reimburse",
  "silence mute",
  "document paperwork",
  "vaccine vaccination",
  "nurse nursing",
  "reach contact",
  "max maximum",
  "min minimum",
  "info information detail",
  "doc document",
  "config configuration",
  "db database",
  "app application",
  "repo repository",
  "postgres postgresql",
  "dict dictionary",
  "js javascript",
  "percent percentage",
  "employee staff",
  "physician doctor",
  "lawyer attorney",
  "autumn fall",
  "job position",
  "job work",
  "require need",
  "necessary need",
  "compute calculate",
  "compose write",
  "write draft",
  "write create",
  "create make",
  "create generate",
  "create add",
  "build construct",
  "choose select pick",
  "send submit",
  "receive get",
  "obtain get",
  "view see",
  "visible see",
  "permit allow",
  "let allow",
  "courteous polite",
  "decline refuse",
  "reject refuse",
  "lower reduce decrease",
  "raise increase",
  "boost increase",
  "improve enhance",
  "rephrase reword paraphrase rewrite",
  "shorten abbreviate",
  "translate translation",
  "define definition",
  "mean meaning",
  "cure treat",
  "kid child",
  "tall height high",
  "old age",
  "long length duration",
  "heavy weight",
  "fast speed",
  "deep depth",
  "wide width",
  "far distance",
  "expensive costly",
  "cheap inexpensive",
  "author write",
  "ceo chief executive officer",
  "tv television",
  "usa america",
  "uk britain",
  "km kilometer",
  "kg kilogram",
];

export async function openLexicon(file: URL = SHIPPED): Promise<WordSense> {
  const { sets, kin } = Lexicon.parse(JSON.parse(await readFile(file, "utf8")));
  return wordSense([...sets, ...OWN_SETS], kin);
}

/** Dictionaries call them kin, and one is what the other's partner does. */
const CONVERSES = [
  "eat feed",
  "lend borrow",
  "loan borrow",
  "buy sell",
  "learn teach",
  "come go",
  "bring take",
  "give get",
  "give take",
  "send receive",
  "send get",
  "push pull",
  "rise raise",
  "win lose",
  "import export",
  "immigrate emigrate",
  "lease let",
  "open close",
  "enter leave",
  "arrive leave",
  "ask answer",
  "hire fire",
  "employer employee",
  "parent child",
  "husband wife",
  "lock unlock",
  "read write",
  "encode decode",
  "encrypt decrypt",
  "upload download",
  "debit credit",
  "drive ride",
  "speak listen",
  "cause prevent",
];

/** @param sets words of one meaning, with spaces between; @param kin pairs of one family */
export function wordSense(sets: readonly string[], kin: readonly string[]): WordSense {
  const groups = new Map<string, Set<number>>();
  const put = (word: string, group: number) => {
    const stem = stemOf(word);
    const known = groups.get(stem);
    if (known === undefined) groups.set(stem, new Set([group]));
    else known.add(group);
  };
  for (const [group, line] of [...sets, ...kin].entries()) for (const word of line.split(" ")) put(word, group);
  const converses = new Set(
    CONVERSES.flatMap((line) => {
      const [one = "", other = ""] = line.split(" ").map(stemOf);
      return [`${one} ${other}`, `${other} ${one}`];
    }),
  );
  return {
    alike(a, b) {
      if (a === b) return true;
      if (converses.has(`${a} ${b}`)) return false;
      const ofA = groups.get(a);
      const ofB = groups.get(b);
      if (ofA === undefined || ofB === undefined) return false;
      for (const group of ofA) if (ofB.has(group)) return true;
      return false;
    },
  };
}

const IRREGULAR: Readonly<Record<string, string>> = Object.fromEntries(
  [
    "be am is are was were been being",
    "do does did done",
    "have has had having",
    "go goes went gone",
    "get got gotten",
    "make made",
    "buy bought",
    "bring brought",
    "think thought",
    "teach taught",
    "catch caught",
    "send sent",
    "spend spent",
    "build built",
    "lose lost",
    "find found",
    "win won",
    "write wrote written",
    "drive drove driven",
    "speak spoke spoken",
    "break broke broken",
    "choose chose chosen",
    "freeze froze frozen",
    "steal stole stolen",
    "take took taken",
    "give gave given",
    "eat ate eaten",
    "fall fell fallen",
    "see saw seen",
    "know knew known",
    "grow grew grown",
    "throw threw thrown",
    "fly flew flown",
    "draw drew drawn",
    "wear wore worn",
    "begin began begun",
    "drink drank drunk",
    "sing sang sung",
    "sink sank sunk",
    "swim swam swum",
    "run ran",
    "come came",
    "become became",
    "pay paid",
    "say said",
    "tell told",
    "sell sold",
    "hold held",
    "keep kept",
    "sleep slept",
    "leave left",
    "meet met",
    "feel felt",
    "mean meant",
    "hear heard",
    "read reads",
    "forget forgot forgotten",
    "hide hid hidden",
    "rise rose risen",
    "shake shook shaken",
    "understand understood",
    "stand stood",
    "child children",
    "person people persons",
    "man men",
    "woman women",
    "mouse mice",
    "foot feet",
    "tooth teeth",
    "goose geese",
    "leaf leaves",
    "life lives",
    "knife knives",
    "wife wives",
    "half halves",
    "shelf shelves",
    "criterion criteria",
    "index indices",
    "datum data",
    "summarize summarise",
    "color colour",
    "favorite favourite",
    "center centre",
    "meter metre",
    "liter litre",
    "kilometer kilometre",
    "check cheque",
    "program programme",
    "gray grey",
    "license licence",
  ].flatMap((line) => {
    const [base = "", ...forms] = line.split(" ");
    return forms.map((form) => [form, base]);
  }),
);

/** Whether a word is a verb's past: "won", "reported". */
export function isPast(word: string): boolean {
  return /ed$/.test(word) || (IRREGULAR[word] !== undefined && !NO_VERB.test(word));
}

const NO_VERB =
  /^(?:children|people|persons|men|women|mice|feet|teeth|geese|leaves|lives|knives|wives|halves|shelves|criteria|indices|data|colour|favourite|centre|metre|litre|kilometre|cheque|programme|grey|licence|are|is|was|were|been|being|does|did|has|had|goes)$/;

/** Words that only look inflected. */
const WHOLE = new Set(
  (
    "thing nothing something anything everything during morning evening ceiling building king ring spring string " +
    "wedding need seed feed speed indeed hundred bed red news always perhaps gas bus plus has his this us yes " +
    "series species physics mathematics economics politics sales status virus analysis basis address access process " +
    "business class glass pass less early only family supply apply reply rely july italy likely unlikely friendly ally bully " +
    "assembly anomaly monopoly lonely lovely ugly silly hourly elderly butterfly multiply imply comply"
  ).split(" "),
);

const stems = new Map<string, string>();
const MOST_STEMS = 50_000;

/** A word without its inflection: plurals, tenses and spellings of one word become the same, which need not be a word. */
export function stemOf(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  const stem = bare(IRREGULAR[word] ?? uninflected(word));
  if (stems.size >= MOST_STEMS) stems.clear();
  stems.set(word, stem);
  return stem;
}

function uninflected(word: string): string {
  if (WHOLE.has(word) || word.length < 4) return word;
  const american = word
    .replace(/isation(s?)$/, "ization$1")
    .replace(/is(e|es|ed|ing)$/, (all, end: string) => (SOFT_ISE.test(word) ? all : `iz${end}`))
    .replace(/([^aeiou])our(s|ed|ing|ite|ites)?$/, (all, end = "") =>
      SHORT_OUR.test(word) ? all : `${all[0]}or${end}`,
    );
  const plural = american
    .replace(/ies$/, "y")
    .replace(/(ss|x|ch|sh|zz)es$/, "$1")
    .replace(/([^su])s$/, "$1");
  const adverb = /^(.{4,}?)(?:(?<=ic)al)?ly$/.exec(plural)?.[1];
  if (adverb !== undefined && !WHOLE.has(plural)) return adverb;
  const base = IRREGULAR[plural] ?? plural;
  const tense = /^(.*[aeiouy].*)(?:ing|ed)$/.exec(base);
  return tense !== null && tense[1]!.length >= 2 && !WHOLE.has(base) ? tense[1]! : base.replace(/ied$/, "y");
}

/** Verbs that are written so everywhere. */
const SOFT_ISE =
  /^(?:rise|wise|noise|promise|exercise|advise|revise|raise|praise|surprise|precise|otherwise|enterprise|premise|franchise|compromise|disguise|cruise|poise|expertise|arise)/;
const SHORT_OUR = /^(?:four|hour|your|our|tour|sour|pour|flour|detour|contour|velour)/;

/** Without a doubled end and a mute e, which forms of one word have or not. */
function bare(word: string): string {
  return word.length < 4 ? word : word.replace(/([bdfglmnprt])\1$/, "$1").replace(/([^aeiou])e$/, "$1");
}
