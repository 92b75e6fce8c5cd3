import type { Rng } from "../../engine/rng.ts";
import { babble, type CommonWords, drawWord } from "./babble.ts";
import { blend, type NameLists } from "./names.ts";
import { COMPANY_ENDS, COMPANY_WORDS, COUNTRIES, KNOWN_COMPANIES, PHRASES, PLAIN } from "./phrases.ts";
import { writeTechnical } from "./technical.ts";
import { writeAddress } from "./write-address.ts";

/** Kinds that the tagger learns, as in its tags. */
export type Kind = "PERSON" | "LOCATION" | "ORGANIZATION" | "ADDRESS";

/** A made-up text with the places of its names. */
export interface LabelledText {
  readonly text: string;
  readonly spans: readonly { readonly kind: Kind; readonly start: number; readonly end: number }[];
  /** Name of the field that would hold it; null for none. */
  readonly label: string | null;
}

export interface CorpusOptions {
  readonly lists: readonly NameLists[];
  readonly rng: Rng;
  /** Share of names that are blended from two, so that no list has them. */
  readonly madeUp: number;
  /** English and other languages. */
  readonly languages: readonly CommonWords[];
  /** More places than the lists have. */
  readonly cities: readonly string[];
}

const LABELS: Readonly<Record<string, readonly string[]>> = {
  p: ["name", "full_name", "customerName", "contact", "recipient", "owner", "author"],
  a: ["address", "shipping_address", "street", "billingAddress", "location"],
  c: ["city", "country", "location", "town"],
  o: ["company", "employer", "organization", "organisation"],
};

/** Endless labelled texts; the same generator state gives the same texts. */
export function createCorpus({ lists, rng, madeUp, languages, cities }: CorpusOptions): () => LabelledText {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(rng.next() * from.length)]!;
  const chance = (share: number) => rng.next() < share;
  // English is written most, with names from anywhere.
  const english = lists.filter(({ locale }) => /^en/.test(locale));
  const latin = lists.filter(({ firsts }) => /^\p{Script=Latin}/u.test(firsts[0]!));

  const romanised = lists.filter(({ locale }) => locale.endsWith("-Latn"));

  function someLists(): NameLists {
    if (chance(0.35)) return pick(english);
    return chance(0.15) ? pick(romanised) : chance(0.85) ? pick(latin) : pick(lists);
  }

  function named(list: readonly string[], from: NameLists): string {
    const name = pick(list);
    return chance(madeUp) && name.length > 3 ? blend(name, pick(chance(0.5) ? list : from.lasts), rng) : name;
  }

  const first = (from: NameLists) => named(from.firsts, from);
  const last = (from: NameLists) => {
    const name = named(from.lasts, from);
    return chance(0.05) ? `${name}-${pick(from.lasts)}` : name;
  };

  function person(from: NameLists): string {
    if (chance(0.06)) return `${first(from)} ${String.fromCharCode(65 + Math.floor(rng.next() * 26))}. ${last(from)}`;
    if (chance(0.05))
      return `${first(from)} ${pick(["van", "de", "von", "van der", "di", "da", "del", "al", "bin", "O'", "Mc", "La"])} ${last(from)}`;
    if (chance(0.06)) return `${first(from)} ${first(from)} ${last(from)}`;
    if (chance(0.04)) return `${last(from)}, ${first(from)}`;
    if (chance(0.04)) return `${first(from)} ${last(from)} ${pick(["MD", "PhD", "Jr.", "Sr.", "III", "II"])}`;
    return `${first(from)} ${last(from)}`;
  }

  function place(from: NameLists): string {
    if (chance(0.3)) return pick(COUNTRIES);
    if (chance(0.3)) return pick(cities);
    const city =
      from.cities.length > 0
        ? named(from.cities, from)
        : `${pick(from.lasts)}${pick(["ville", "burg", "ton", "stad", "dorf", "heim"])}`;
    return chance(0.05) ? city.toUpperCase() : city;
  }

  function company(from: NameLists): string {
    if (chance(0.25)) return pick(KNOWN_COMPANIES);
    if (chance(0.25)) return `${pick(from.lasts)} ${pick(COMPANY_ENDS)}`;
    if (chance(0.15)) return `${pick(from.lasts)}, ${pick(from.lasts)} and ${pick(from.lasts)}`;
    if (chance(0.1)) return `${pick(from.lasts)}-${pick(from.lasts)}`;
    const words = chance(0.5)
      ? [pick(COMPANY_WORDS), pick(COMPANY_WORDS)]
      : [blend(pick(COMPANY_WORDS), pick(COMPANY_WORDS), rng)];
    return chance(0.5) ? `${words.join(" ")} ${pick(COMPANY_ENDS)}` : words.join(" ");
  }

  const digits = (count: number) => Array.from({ length: count }, () => Math.floor(rng.next() * 10)).join("");

  function number(): string {
    return pick([
      () => digits(1),
      () => digits(2),
      () => digits(3),
      () => digits(5),
      () => digits(9),
      () => `+${digits(2)} ${digits(3)} ${digits(6)}`,
      () => `${digits(3)}-${digits(3)}-${digits(4)}`,
      () => `${digits(1)}.${digits(2)}`,
      () => digits(16),
    ])();
  }

  function date(): string {
    const [day, month, year] = [
      1 + Math.floor(rng.next() * 28),
      1 + Math.floor(rng.next() * 12),
      1940 + Math.floor(rng.next() * 86),
    ];
    return pick([
      `${day}/${month}/${year}`,
      `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`,
      `${day} March ${year}`,
      `May ${day}, ${year}`,
      String(year),
      "Monday",
      "next Friday",
      "Oct 3",
    ]);
  }

  function fill(phrase: string): { text: string; spans: LabelledText["spans"] } {
    const from = someLists();
    const spans: { kind: Kind; start: number; end: number }[] = [];
    let text = "";
    const add = (kind: Kind, value: string) => {
      spans.push({ kind, start: text.length, end: text.length + value.length });
      text += value;
    };
    for (const piece of phrase.split(/(\{[a-z]\})/)) {
      const lists = chance(0.2) ? someLists() : from;
      if (piece === "{p}") add("PERSON", person(lists));
      else if (piece === "{f}") add("PERSON", first(lists));
      else if (piece === "{l}") add("PERSON", last(lists));
      else if (piece === "{c}") add("LOCATION", place(lists));
      else if (piece === "{o}") add("ORGANIZATION", company(lists));
      else if (piece === "{a}")
        add(
          "ADDRESS",
          writeAddress({ lists, place: () => place(lists), last: () => pick(lists.lasts), digits, pick, chance }),
        );
      else if (piece === "{n}") text += number();
      else if (piece === "{d}") text += date();
      else if (piece === "{e}") text += `${pick(from.firsts).toLowerCase()}.${digits(2)}@example.com`;
      else text += piece;
    }
    // "Regards {f} {l}" is one person.
    const merged = spans.reduce<typeof spans>((all, span) => {
      const before = all.at(-1);
      if (before?.kind === "PERSON" && span.kind === "PERSON" && text.slice(before.end, span.start) === " ")
        before.end = span.end;
      else all.push({ ...span });
      return all;
    }, []);
    return { text, spans: merged };
  }

  function join(
    parts: readonly { text: string; spans: LabelledText["spans"] }[],
    glue: string,
  ): { text: string; spans: LabelledText["spans"] } {
    let text = "";
    const spans: { kind: Kind; start: number; end: number }[] = [];
    for (const part of parts) {
      if (text !== "") text += glue;
      for (const span of part.spans)
        spans.push({ ...span, start: span.start + text.length, end: span.end + text.length });
      text += part.text;
    }
    return { text, spans };
  }

  const speech = languages.find(({ language }) => language === "english") ?? languages[0]!;
  const word = () => drawWord(speech, rng).toLowerCase();

  function cased(text: string, spans: LabelledText["spans"], lowerShare: number): LabelledText {
    const isLower = chance(lowerShare);
    const isUpper = !isLower && chance(0.03);
    const other = isLower ? text.toLowerCase() : isUpper ? text.toUpperCase() : text;
    // A few letters change their length with their case; such a text keeps its own.
    return { text: other.length === text.length ? other : text, spans, label: null };
  }

  return () => {
    if (chance(0.06)) {
      const slot = pick(Object.keys(LABELS));
      const filled = fill(`{${slot}}`);
      return { ...filled, label: pick(LABELS[slot]!) };
    }
    const kind = rng.next();
    if (kind < 0.2) {
      const language = chance(0.35) ? speech : pick(languages);
      const { text, spans } = fill(babble(language, rng));
      return cased(text, spans, 0.25);
    }
    if (kind < 0.35) {
      const lines = Array.from({ length: chance(0.6) ? 1 : 3 }, () =>
        writeTechnical({ rng, pick, digits, date, word }),
      );
      return { text: lines.join("\n"), spans: [], label: null };
    }
    const count = chance(0.5) ? 1 : 1 + Math.floor(rng.next() * 4);
    const parts = Array.from({ length: count }, () => fill(pick(chance(0.28) ? PLAIN : PHRASES)));
    const joined = join(parts, pick([" ", " ", "\n", ". "]));
    return cased(joined.text, joined.spans, 0.15);
  };
}
