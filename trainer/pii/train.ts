import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { openPiiFinder } from "../../engine/pii/find-pii.ts";
import { decode } from "../../engine/pii/names/decode.ts";
import { featuresOf } from "../../engine/pii/names/features.ts";
import { lexiconOf } from "../../engine/pii/names/lexicon.ts";
import { decodeTagger, encodeTagger } from "../../engine/pii/names/model.ts";
import { tokenize } from "../../engine/pii/names/tokenize.ts";
import { PII_TYPES } from "../../engine/pii/pii.ts";
import { seededRng } from "../../engine/rng.ts";
import { createCorpus, type LabelledText } from "./corpus.ts";
import { fitTagger, tagsOf } from "./fit-tagger.ts";
import { classesOf, knownNames, readCommonWords } from "./known-words.ts";
import { nameLists } from "./names.ts";
import { COUNTRIES, KNOWN_COMPANIES, PHRASES, PLAIN } from "./phrases.ts";

/**
 * Trains the tagger of names on made-up texts:
 * `tsx trainer/pii/train.ts --out models/pii/names.bin --prompts <prompts.jsonl.gz> --words <texts.jsonl.gz>
 *  --languages <folder of word lists> --cities <file of names>`; `--no-lexicon` leaves out what names and words are known, to
 * compare.
 */
/** A word of everyday text is written so often at least. */
const LEAST_USES = 6;

const { values } = parseArgs({
  options: {
    out: { type: "string", default: "models/pii/names.bin" },
    prompts: { type: "string", multiple: true, default: [] },
    texts: { type: "string", default: "240000" },
    words: { type: "string", multiple: true, default: [] },
    languages: { type: "string" },
    cities: { type: "string" },
    "no-lexicon": { type: "boolean", default: false },
    seed: { type: "string", default: "7" },
  },
});

const rng = seededRng(Number(values.seed));
const lists = nameLists();
const cities = values.cities === undefined ? [] : readFileSync(values.cities, "utf8").split("\n").filter(Boolean);
const names = knownNames(lists, cities);
const plain = plainTexts(values.prompts);
const english = commonWords([...values.prompts, ...values.words]);
const others = values.languages === undefined ? [] : readCommonWords(values.languages, names);
const languages = others.length === 0 ? [{ language: "english", words: english }] : others;
const words = values["no-lexicon"]
  ? new Map<number, number>()
  : classesOf(names, [...english, ...others.flatMap((one) => one.words)]);
const lexicon = lexiconOf(words);
const corpus = { lists, languages, cities: cities.length === 0 ? COUNTRIES : cities };
const next = createCorpus({ ...corpus, rng, madeUp: 0.3 });
const structured = openPiiFinder(
  PII_TYPES.filter((type) => !["PERSON", "LOCATION", "ORGANIZATION", "ADDRESS"].includes(type)),
);
process.stderr.write(`${lists.length} locales, ${plain.length} plain texts, ${words.size} known words\n`);

function* texts(): Generator<LabelledText> {
  for (let i = 0; i < Number(values.texts); i++) {
    yield next();
    if (i % 4 === 0 && plain.length > 0) yield plain[Math.floor(rng.next() * plain.length)]!;
  }
}

const fitted = fitTagger(texts(), {
  rng: seededRng(11),
  lexicon,
  structured,
  disguised: { names: 0.35, others: 0.05 },
  onProgress: (count, accuracy) => process.stderr.write(`${count} texts, ${(accuracy * 100).toFixed(2)} % of tokens\n`),
});
const bytes = encodeTagger(fitted, words);
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, bytes);

const weights = decodeTagger(bytes);
const check = createCorpus({ ...corpus, rng: seededRng(99), madeUp: 1 });
let right = 0;
let all = 0;
for (let i = 0; i < 3_000; i++) {
  const one = check();
  const tokens = tokenize(one.text, structured.find(one.text));
  const gold = tagsOf(tokens, one);
  const guess = decode(featuresOf(tokens, lexicon, 0), weights);
  for (let k = 0; k < gold.length; k++) {
    all++;
    if (gold[k] === guess[k]) right++;
  }
}
process.stdout.write(
  `${values.out}: ${bytes.length} bytes; names that no list has: ${((100 * right) / all).toFixed(2)} % of tokens\n`,
);

/** Ordinary prompts without a known name: what stands in them with capitals is mostly no person. */
function plainTexts(files: readonly string[]): LabelledText[] {
  const firsts = new Set(lists.flatMap((list) => list.firsts.map((name) => name.toLowerCase())));
  const others = new Set(
    [...COUNTRIES, ...KNOWN_COMPANIES, ...lists.flatMap((list) => [...list.cities, ...list.lasts])].map((name) =>
      name.toLowerCase(),
    ),
  );
  return files.flatMap((file) =>
    gunzipSync(readFileSync(file))
      .toString("utf8")
      .split("\n")
      .flatMap((line) => {
        if (line === "") return [];
        const text = (JSON.parse(line) as { prompt: string }).prompt.slice(0, 400);
        const words = text.match(/\p{Lu}\p{Ll}+/gu) ?? [];
        const isNamed = words.some((word) => firsts.has(word.toLowerCase()) || others.has(word.toLowerCase()));
        return isNamed ? [] : [{ text, spans: [], label: null }];
      }),
  );
}

/** Words that are written in lower case again and again, in prompts, in answers and around the names of the corpus. */
function commonWords(files: readonly string[]): string[] {
  const uses = new Map<string, number>();
  const count = (text: string, by: number) => {
    for (const [word] of text.matchAll(/(?<![\p{L}\p{M}'’])\p{Ll}[\p{Ll}\p{M}]*(?:['’]\p{Ll}+)?(?![\p{L}\p{M}])/gu))
      uses.set(word.replaceAll("’", "'"), (uses.get(word) ?? 0) + by);
  };
  for (const phrase of [...PHRASES, ...PLAIN]) count(phrase.replace(/\{\w\}/g, " ").toLowerCase(), LEAST_USES);
  for (const file of files) {
    for (const line of gunzipSync(readFileSync(file)).toString("utf8").split("\n")) {
      if (line === "") continue;
      const { prompt, response } = JSON.parse(line) as { prompt: string; response?: string };
      count(response ?? prompt, 1);
    }
  }
  return [...uses]
    .filter(([, times]) => times >= LEAST_USES)
    .sort(([, a], [, b]) => b - a)
    .map(([word]) => word);
}
