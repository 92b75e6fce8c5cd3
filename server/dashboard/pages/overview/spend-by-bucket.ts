import type { Usage } from "../../api/bodies.ts";
import { named } from "../../format.ts";
import { bucketsOf, type Period } from "../../parts/period.tsx";

export interface SpendByBucket {
  /** The most costly models, and the others together; each with a cost for every bucket. */
  readonly parts: readonly { readonly name: string; readonly colour: string; readonly costs: readonly number[] }[];
  readonly totals: readonly { readonly cost: number; readonly requests: number }[];
}

const COLOURS = 6;

/** Costs by model in every bucket of a period, also in those without a request. */
export function spendByBucket(usage: Usage, { from, to, interval }: Period): SpendByBucket {
  const places = new Map(bucketsOf(from, to, interval).map((atMs, i) => [atMs, i]));
  const totals = Array.from(places, () => ({ cost: 0, requests: 0 }));
  const models = new Map<string, number[]>();
  for (const row of usage.rows) {
    const place = places.get(Date.parse(row.bucket ?? ""));
    if (place === undefined) continue;
    const cost = row.cost_usd ?? 0;
    const total = totals[place]!;
    total.cost += cost;
    total.requests += row.requests;
    if (cost === 0) continue;
    const name = named(row["model"]);
    const costs = models.get(name) ?? totals.map(() => 0);
    costs[place] = (costs[place] ?? 0) + cost;
    models.set(name, costs);
  }
  const ranked = [...models].sort(([, a], [, b]) => sum(b) - sum(a));
  const shown = ranked.slice(0, COLOURS).map(([name, costs], i) => ({ name, costs, colour: `var(--weir-${i + 1})` }));
  const rest = ranked.slice(COLOURS).map(([, costs]) => costs);
  if (rest.length === 0) return { parts: shown, totals };
  const others = totals.map((_, i) => sum(rest.map((costs) => costs[i] ?? 0)));
  return { parts: [...shown, { name: "others", costs: others, colour: "var(--weir-other)" }], totals };
}

/** Cost of every bucket. */
export function costsOf(usage: Usage | undefined, { from, to, interval }: Period): number[] {
  const known = new Map((usage?.rows ?? []).map((row) => [Date.parse(row.bucket ?? ""), row.cost_usd ?? 0]));
  return bucketsOf(from, to, interval).map((atMs) => known.get(atMs) ?? 0);
}

/** The usage of a period before, unless it began in its second half only: what was not logged yet is no comparison. */
export function comparable(usage: Usage | undefined, { from, to, interval }: Period): Usage | undefined {
  const starts = bucketsOf(from, to, interval);
  const known = new Set((usage?.rows ?? []).map(({ bucket }) => Date.parse(bucket ?? "")));
  return starts.slice(0, Math.ceil(starts.length / 2)).some((atMs) => known.has(atMs)) ? usage : undefined;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
