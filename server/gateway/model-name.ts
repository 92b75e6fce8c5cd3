import { ApiError } from "../errors.ts";

/** What a client's model name asks for. */
export type ModelName =
  /** `weir/auto`, `weir/<route>`, `weir/<route>@0.95`: the router decides. */
  | { readonly kind: "routed"; readonly route: string; readonly quality: number | null }
  /** Anything else is served as asked. */
  | { readonly kind: "named"; readonly name: string };

/**
 * @throws ApiError `invalid_request` when the quality behind the @ is no share
 */
export function parseModelName(model: string, defaultRoute: string): ModelName {
  const match = /^weir\/([^@]+)(?:@(.+))?$/.exec(model);
  if (match === null) return { kind: "named", name: model };
  const route = match[1] === "auto" ? defaultRoute : match[1]!;
  if (match[2] === undefined) return { kind: "routed", route, quality: null };
  const quality = Number(match[2]);
  if (!(quality > 0 && quality <= 1)) {
    throw new ApiError("invalid_request", `model: the quality behind @ must lie in (0, 1], not ${match[2]}`, {
      place: "model",
    });
  }
  return { kind: "routed", route, quality };
}

/** The most similar known names, best first, for an error that helps. */
export function nearMatches(name: string, known: readonly string[], most = 3): string[] {
  const wanted = bigrams(name.toLowerCase());
  return known
    .map((candidate) => ({ candidate, likeness: dice(wanted, bigrams(candidate.toLowerCase())) }))
    .filter(({ likeness }) => likeness > 0.4)
    .sort((a, b) => b.likeness - a.likeness || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

function bigrams(text: string): Set<string> {
  const pairs = new Set<string>();
  for (let i = 0; i + 1 < text.length; i++) pairs.add(text.slice(i, i + 2));
  return pairs;
}

/** Sorensen-Dice: shared pairs over the mean number of pairs. */
function dice(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const pair of a) if (b.has(pair)) shared++;
  return a.size + b.size === 0 ? 0 : (2 * shared) / (a.size + b.size);
}
