import type { Candidate } from "./schema/candidate.ts";
import type { Manifest } from "./schema/manifest.ts";

/** How a candidate is known to an artifact. */
export interface Resolved {
  /** Column of the trained model whose outcomes stand for the candidate. */
  readonly column: number;
  readonly model: string;
  readonly because: string;
}

type Known = Pick<Manifest, "models" | "aliases">;

/**
 * Which trained model stands for a candidate: what the catalogue says it resembles, the exact name, the artifact's alias
 * patterns, or the same name without provider and date. null: the router knows nothing of it.
 */
export function resolveModel(
  candidate: Pick<Candidate, "candidateId" | "model" | "resembles">,
  known: Known,
): Resolved | null {
  if (candidate.resembles !== null) return named(known, candidate.resembles, "the catalogue says that it resembles it");
  const names = [candidate.candidateId, candidate.model, withoutProvider(candidate.model)];
  for (const name of names) {
    const exact = named(known, name, "same name");
    if (exact !== null) return exact;
  }
  const plain = normaliseModelName(candidate.model);
  for (const alias of known.aliases) {
    if ([...names, plain].some((name) => matchesPattern(alias.pattern, name))) {
      const found = named(known, alias.model, alias.because);
      if (found !== null) return found;
    }
  }
  return sameButForDate(known, plain);
}

/** Lower case, without provider, variant (`:free`), date and stage (`-latest`, `-preview`); dots become dashes. */
export function normaliseModelName(name: string): string {
  let plain = withoutProvider(name)
    .toLowerCase()
    .replace(/[:@].*$/, "")
    .replaceAll(/[._\s]/g, "-");
  for (let before = ""; before !== plain; ) {
    before = plain;
    plain = plain.replace(/-(?:20\d{6}|20\d\d-\d\d-\d\d|\d{4}|latest|preview|exp|v\d+)$/, "");
  }
  return plain;
}

/** `*` stands for any run of characters; case does not matter. */
export function matchesPattern(pattern: string, name: string): boolean {
  const parts = pattern.toLowerCase().split("*");
  const text = name.toLowerCase();
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (parts.length === 1) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

/** Of several dated versions of one model, the one trained last in the alphabet of dates. */
function sameButForDate(known: Known, plain: string): Resolved | null {
  const same = known.models.map(({ model }) => model).filter((model) => normaliseModelName(model) === plain);
  const newest = same.sort().at(-1);
  return newest === undefined ? null : named(known, newest, "same name but for provider or date");
}

function named(known: Known, model: string, because: string): Resolved | null {
  const column = known.models.findIndex((trained) => trained.model === model);
  return column === -1 ? null : { column, model, because };
}

function withoutProvider(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
