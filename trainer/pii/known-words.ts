import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hashText } from "../../engine/pii/names/features.ts";
import { COMMON, FIRST_NAME, LAST_NAME, PLACE, PLACE_PART } from "../../engine/pii/names/lexicon.ts";
import type { CommonWords } from "./babble.ts";
import type { NameLists } from "./names.ts";
import { COUNTRIES } from "./phrases.ts";

/** Languages in scripts without capitals are read by other means. */
const LEFT_OUT = new Set("arabic bengali chinese farsi hebrew hindi japanese korean thai esperanto kazakh".split(" "));
const MOST_WORDS = 4_000;
const MOST_ENGLISH = 8_000;

export interface KnownNames {
  readonly firsts: ReadonlySet<string>;
  readonly lasts: ReadonlySet<string>;
  readonly places: ReadonlySet<string>;
}

/** All names of the lists, in lower case. @param cities further places */
export function knownNames(lists: readonly NameLists[], cities: readonly string[]): KnownNames {
  const lower = (names: readonly string[]) => new Set(names.map((name) => name.toLowerCase()));
  return {
    firsts: lower(lists.flatMap(({ firsts }) => firsts)),
    lasts: lower(lists.flatMap(({ lasts }) => lasts)),
    places: lower([...lists.flatMap((list) => list.cities), ...cities, ...COUNTRIES]),
  };
}

/**
 * Files `<language>.txt` of words, the commonest first. Names among them are left out; in a list that writes names with
 * capitals a word in lower case is none, whatever else bears it.
 */
export function readCommonWords(folder: string, { firsts, lasts, places }: KnownNames): CommonWords[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".txt") && !LEFT_OUT.has(file.slice(0, -4)))
    .map((file) => {
      const language = file.slice(0, -4);
      const all = readFileSync(join(folder, file), "utf8").split(/\s+/).filter(Boolean);
      const writesCapitals = all.filter((word) => /^\p{Lu}/u.test(word)).length > all.length * 0.02;
      const lowers = new Set(all.filter((word) => word === word.toLowerCase()));
      const words = all.slice(0, language === "english" ? MOST_ENGLISH : MOST_WORDS).flatMap((word) => {
        const lower = word.toLowerCase();
        if (writesCapitals && word !== lower && lowers.has(lower)) return [];
        const isName = firsts.has(lower) || lasts.has(lower) || places.has(lower);
        if (isName && !(writesCapitals && word === lower)) return [];
        return /^[\p{L}\p{M}'’]+$/u.test(word) ? [word] : [];
      });
      return { language, words };
    });
}

/** Every known word by its hash, and as what it is known. */
export function classesOf(names: KnownNames, common: Iterable<string>): Map<number, number> {
  const classes = new Map<number, number>();
  const add = (word: string, known: number) => {
    const hash = hashText(word.toLowerCase());
    classes.set(hash, (classes.get(hash) ?? 0) | known);
  };
  for (const word of common) add(word, COMMON);
  for (const [list, whole] of [
    [names.firsts, FIRST_NAME],
    [names.lasts, LAST_NAME],
    [names.places, PLACE],
  ] as const) {
    for (const name of list) {
      const words = name.match(/[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*/gu) ?? [];
      for (const word of words)
        if (words.length === 1) add(word, whole);
        else if (word.length > 2) add(word, whole === PLACE ? PLACE_PART : whole);
    }
  }
  return classes;
}
