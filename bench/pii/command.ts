import { fileURLToPath } from "node:url";
import { injectionScore } from "../../engine/injection/score.ts";
import { packageRoot } from "../../engine/package-root.ts";
import { openPiiFinder } from "../../engine/pii/find-pii.ts";
import { INJECTION_CASES } from "./injection-cases.ts";
import { type LabelledText, readLabelled } from "./read-labelled.ts";
import { type Match, type Score, scoreOf, type Tally, tally } from "./score-spans.ts";

export interface PiiFlags {
  readonly data?: string;
  readonly json?: boolean;
}

const SHIPPED = new URL("bench/pii/fixtures/presidio-small.json", packageRoot);
const HALVES = ["development", "held-out", "all"] as const;
const TIMED_CHARS = 20_000;
const TIMED_RUNS = 40;
const ATTACK = 1;

/** `weir bench pii`: what the guardrails' finders find in labelled texts, and what they take for it. */
export function piiCommand({ data, json = false }: PiiFlags): void {
  const texts = readLabelled(data ?? fileURLToPath(SHIPPED));
  const finder = openPiiFinder();
  const spans = HALVES.flatMap((half) => {
    const own = texts.filter((text) => half === "all" || text.half === half);
    return (["exact", "overlap"] as const).flatMap((match) => scoresOf(own, finder.find, half, match));
  });
  const injection = HALVES.map((half) => ({ half, ...injectionRates(half) }));
  const msPer1000Chars = timed(texts, finder.find);
  if (json) {
    process.stdout.write(`${JSON.stringify({ spans, injection, ms_per_1000_chars: msPer1000Chars }, null, 2)}\n`);
    return;
  }
  for (const match of ["exact", "overlap"] as const) {
    process.stdout.write(`${match === "exact" ? "same place" : "overlapping place"}: precision recall F1 (spans)\n`);
    const types = [...new Set(spans.map(({ type }) => type))].sort();
    for (const type of types) {
      const cells = HALVES.map((half) => {
        const one = spans.find((row) => row.half === half && row.match === match && row.type === type);
        return one === undefined ? "-".padEnd(22) : cell(one).padEnd(22);
      });
      process.stdout.write(`  ${type.padEnd(16)} ${cells.join(" ")}\n`);
    }
  }
  process.stdout.write(`columns: ${HALVES.join(", ")}\n`);
  for (const { half, attacks, caught, benign, falselyCaught } of injection)
    process.stdout.write(
      `injection, ${half}: ${caught} of ${attacks} attacks, ${falselyCaught} of ${benign} look-alikes\n`,
    );
  const { p50, at2k, at20k } = msPer1000Chars;
  process.stdout.write(`CPU ms per 1,000 characters: p50 ${p50}; texts of 2,000: ${at2k}, of 20,000: ${at20k}\n`);
}

function cell({ precision, recall, f1, gold }: Score & { readonly gold: number }): string {
  return `${precision.toFixed(2)} ${recall.toFixed(2)} ${f1.toFixed(2)} (${gold})`;
}

type Find = ReturnType<typeof openPiiFinder>["find"];

function scoresOf(texts: readonly LabelledText[], find: Find, half: (typeof HALVES)[number], match: Match) {
  const tallies = new Map<string, Tally>();
  const labelled = new Set(texts.flatMap(({ spans }) => spans.map(({ type }) => type)));
  for (const { text, spans } of texts) tally(tallies, spans, find(text), match);
  return [...tallies]
    .filter(([type]) => labelled.has(type))
    .map(([type, counts]) => ({ half, match, type, gold: counts.gold, found: counts.found, ...scoreOf(counts) }));
}

function injectionRates(half: (typeof HALVES)[number]) {
  const own = INJECTION_CASES.filter((one) => half === "all" || one.half === half);
  const caught = (isAttack: boolean) =>
    own.filter((one) => one.isAttack === isAttack && injectionScore(one.text, one.isForeign).score >= ATTACK).length;
  const attacks = own.filter(({ isAttack }) => isAttack).length;
  return { attacks, caught: caught(true), benign: own.length - attacks, falselyCaught: caught(false) };
}

function timed(texts: readonly LabelledText[], find: Find) {
  const all = texts.map(({ text }) => text).join("\n");
  const long = all.repeat(Math.ceil(TIMED_CHARS / all.length)).slice(0, TIMED_CHARS);
  const perThousand = (text: string) => {
    const runs = Array.from({ length: TIMED_RUNS }, () => {
      const before = process.cpuUsage();
      find(text);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / text.length;
    });
    return Number(runs.sort((a, b) => a - b)[TIMED_RUNS / 2]!.toFixed(3));
  };
  perThousand(long);
  return { p50: perThousand(long), at2k: perThousand(long.slice(0, 2_000)), at20k: perThousand(long) };
}
