import { allFakers, type Faker } from "@faker-js/faker";
import type { Rng } from "../../engine/rng.ts";
import { ROMANISED } from "./romanised.ts";

/** Names of people and places of one language, as lists. */
export interface NameLists {
  readonly locale: string;
  readonly firsts: readonly string[];
  readonly lasts: readonly string[];
  readonly cities: readonly string[];
  readonly streets: readonly string[];
}

/** Scripts without capitals are read by other means than these. */
const LEFT_OUT = new Set(["base", "en_BORK", "eo", "zh_CN", "zh_TW", "ja", "ko", "th", "ta_IN", "dv", "cy"]);

/** The lists of every locale that has its own, and of those that are written in other letters. */
export function nameLists(): NameLists[] {
  const romanised = ROMANISED.map(({ locale, firsts, lasts }) => ({
    locale,
    firsts: firsts.split(" "),
    lasts: lasts.split(" "),
    cities: [],
    streets: [],
  }));
  return [...romanised, ...ownLists()];
}

function ownLists(): NameLists[] {
  return Object.entries(allFakers).flatMap(([locale, faker]) => {
    if (LEFT_OUT.has(locale)) return [];
    const { person, location } = faker.rawDefinitions as unknown as Definitions;
    const firsts = flat(person?.first_name);
    const lasts = flat(person?.last_name);
    if (firsts.length === 0 || lasts.length === 0) return [];
    return [{ locale, firsts, lasts, cities: flat(location?.city_name), streets: streetsOf(faker) }];
  });
}

interface Definitions {
  readonly person?: { readonly first_name?: unknown; readonly last_name?: unknown };
  readonly location?: { readonly city_name?: unknown };
}

/** Lists come plain or by gender. */
function flat(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter((one) => typeof one === "string");
  if (typeof value !== "object" || value === null) return [];
  return [...new Set(Object.values(value).flatMap(flat))];
}

const STREETS = 150;

function streetsOf(faker: Faker): string[] {
  faker.seed(1);
  return Array.from({ length: STREETS }, () => faker.location.street()).filter((street) => !/\d/.test(street));
}

/** A made-up word: the beginning of one name with the end of another. */
export function blend(a: string, b: string, rng: Rng): string {
  const cut = (text: string) =>
    Math.max(1, Math.min(text.length - 1, Math.round(text.length * (0.3 + 0.4 * rng.next()))));
  return a.slice(0, cut(a)) + b.slice(cut(b)).toLowerCase();
}
