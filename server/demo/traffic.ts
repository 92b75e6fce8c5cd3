import type { Rng } from "../../engine/rng.ts";
import { type DemoFeature, FEATURES, SLOTS, TENANTS } from "./company.ts";

/** One turn of somebody's conversation with a feature. */
export interface DemoTurn {
  readonly atMs: number;
  readonly feature: DemoFeature;
  readonly tenant: string;
  readonly user: string;
  readonly session: string;
  /** From 0; a later turn follows the answer to the one before. */
  readonly turn: number;
  readonly text: string;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Share of a working day's traffic on a Saturday or Sunday. */
const WEEKEND = 0.35;
/** Share of a day's traffic in each hour (UTC): people work, agents do not sleep. */
const HOURS = [1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 14, 12, 10, 13, 14, 13, 11, 8, 6, 5, 4, 3, 2, 1];
const SHORTEST_PAUSE_MS = 20_000;
const LONGEST_PAUSE_MS = 240_000;
const USERS_A_TEAM = 9;

/** What the company asks between two moments, by time; the same seed asks the same. */
export function trafficBetween(fromMs: number, toMs: number, rng: Rng, volume = 1): readonly DemoTurn[] {
  const turns: DemoTurn[] = [];
  for (let dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS; dayMs < toMs; dayMs += DAY_MS) {
    const weekday = new Date(dayMs).getUTCDay();
    const share = volume * (weekday === 0 || weekday === 6 ? WEEKEND : 1);
    for (const feature of FEATURES) {
      // A little more or less every day.
      const conversations = Math.round(feature.perDay * share * (0.85 + 0.3 * rng.next()));
      for (let i = 0; i < conversations; i++) turns.push(...conversation(feature, dayMs + moment(rng), rng));
    }
  }
  return turns.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).sort((a, b) => a.atMs - b.atMs);
}

function conversation(feature: DemoFeature, startMs: number, rng: Rng): DemoTurn[] {
  const tenant = pick(TENANTS, rng);
  const user = `${feature.team}-${1 + Math.floor(rng.next() * USERS_A_TEAM)}`;
  const session = `s-${Math.floor(rng.next() * 2 ** 40).toString(36)}`;
  const count = 1 + Math.floor(rng.next() * feature.turns);
  let atMs = startMs;
  return Array.from({ length: count }, (_, turn) => {
    if (turn > 0) atMs += SHORTEST_PAUSE_MS + rng.next() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS);
    return { atMs: Math.floor(atMs), feature, tenant, user, session, turn, text: filled(pick(feature.asks, rng), rng) };
  });
}

function moment(rng: Rng): number {
  const total = HOURS.reduce((sum, weight) => sum + weight, 0);
  let lot = rng.next() * total;
  const hour = HOURS.findIndex((weight) => {
    lot -= weight;
    return lot < 0;
  });
  return (hour + rng.next()) * HOUR_MS;
}

function filled(ask: string, rng: Rng): string {
  return ask.replace(/\{(\w+)\}/g, (_, slot: string) => {
    const words = SLOTS[slot];
    if (words !== undefined) return pick(words, rng);
    const [low, high] = RANGES[slot] ?? [1, 9];
    return String(low + Math.floor(rng.next() * (high - low)));
  });
}

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  days: [2, 15],
  number: [1000, 9999],
  percent: [5, 40],
  height: [150, 200],
};

function pick<Item>(items: readonly Item[], rng: Rng): Item {
  return items[Math.floor(rng.next() * items.length)]!;
}
