import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { injectionScore } from "../../engine/injection/score.ts";
import { packageRoot } from "../../engine/package-root.ts";
import { openPiiFinder } from "../../engine/pii/find-pii.ts";
import { decodeTagger } from "../../engine/pii/names/model.ts";
import { INJECTION_CASES } from "./injection-cases.ts";
import { lexiconNames } from "./lexicon-names.ts";
import { readLabelled } from "./read-labelled.ts";
import { readMarked } from "./read-marked.ts";
import { type Match, type Score, type Span, scoreOf, type Tally, tally } from "./score-spans.ts";
import { speedOf } from "./speed.ts";

export interface PiiFlags {
  readonly data?: string;
  readonly tagger?: string;
  readonly json?: boolean;
}

const fixture = (name: string) => new URL(`bench/pii/fixtures/${name}`, packageRoot);
const TAGGER = new URL("models/pii/names.bin", packageRoot);
const HALVES = ["development", "held-out", "all", "own"] as const;
type Half = (typeof HALVES)[number];
const MATCHES = ["exact", "overlap"] as const;
const NAMES: readonly string[] = ["PERSON", "LOCATION"];
const ATTACK = 1;

interface Labelled {
  readonly text: string;
  readonly spans: readonly Span[];
  readonly half: Half;
}
type Find = (text: string) => readonly Span[];

/** `weir bench pii`: what the guardrails' finders find in labelled texts, what they take for it, and how long they take. */
export function piiCommand({ data, tagger, json = false }: PiiFlags): void {
  const model = tagger === undefined ? TAGGER : pathToFileURL(tagger);
  const finder = openPiiFinder(undefined, model);
  const { lexicon } = decodeTagger(readFileSync(model));
  const texts = textsOf(data);
  const spans = rowsOf(texts, (text) => finder.find(text));
  const byLists = rowsOf(texts, (text) => lexiconNames(text, lexicon)).filter(({ type }) => NAMES.includes(type));
  const clean = falselyFound((text) => finder.find(text));
  const injection = HALVES.slice(0, 3).map((half) => ({ half, ...injectionRates(half) }));
  const speed = speedOf(texts.map(({ text }) => text).join("\n"), (text) => finder.find(text));
  if (json) {
    process.stdout.write(`${JSON.stringify({ spans, by_lists: byLists, clean, injection, speed }, null, 2)}\n`);
    return;
  }
  const print = (line: string) => process.stdout.write(`${line}\n`);
  for (const match of MATCHES) {
    print(`${match === "exact" ? "same place" : "overlapping place"}: precision recall F1 (spans)`);
    printRows(spans, match, print);
  }
  print("people and places by the lists of names alone, overlapping place");
  printRows(byLists, "overlap", print);
  print(`columns: ${HALVES.join(", ")}`);
  print(
    `technical texts without personal data: ${clean.spans} spans in ${clean.texts} texts, ${clean.perThousandWords} in 1,000 words ${JSON.stringify(clean.byType)}`,
  );
  for (const { half, attacks, caught, benign, falselyCaught } of injection)
    print(`injection, ${half}: ${caught} of ${attacks} attacks, ${falselyCaught} of ${benign} look-alikes`);
  print(`CPU ms per 1,000 characters, p50: ${speed.p50}`);
  print(
    `texts of ${speed.sizes.map(({ chars, ms }) => `${chars}: ${ms}`).join(", of ")}; slope ${speed.slope} (1 is linear)`,
  );
  print(
    `250,000 and 1,000,000 characters made to be slow: ${speed.worst.map((one) => `${one.name} ${one.ms} ms/1,000, x${one.growth}`).join("; ")}`,
  );
}

function textsOf(data: string | undefined): Labelled[] {
  const labelled = readLabelled(data ?? fileURLToPath(fixture("presidio-small.json")));
  if (data !== undefined) return labelled;
  return [...labelled, ...readMarked(fixture("own-texts.txt")).map((one) => ({ ...one, half: "own" as const }))];
}

type Row = Score & { readonly half: Half; readonly match: Match; readonly type: string; readonly gold: number };

function rowsOf(texts: readonly Labelled[], find: Find): Row[] {
  return HALVES.flatMap((half) => {
    const own = texts.filter((text) => text.half === half || (half === "all" && text.half !== "own"));
    const labelled = new Set(own.flatMap(({ spans }) => spans.map(({ type }) => type)));
    return MATCHES.flatMap((match) => {
      const tallies = new Map<string, Tally>();
      for (const { text, spans } of own) tally(tallies, spans, find(text), match);
      return [...tallies]
        .filter(([type]) => labelled.has(type))
        .map(([type, counts]) => ({ half, match, type, gold: counts.gold, ...scoreOf(counts) }));
    });
  });
}

function printRows(rows: readonly Row[], match: Match, print: (line: string) => void): void {
  for (const type of [...new Set(rows.map((row) => row.type))].sort()) {
    const cells = HALVES.map((half) => {
      const one = rows.find((row) => row.half === half && row.match === match && row.type === type);
      return (one === undefined ? "-" : cell(one)).padEnd(21);
    });
    print(`  ${type.padEnd(16)} ${cells.join(" ")}`.trimEnd());
  }
}

function cell({ precision, recall, f1, gold }: Row): string {
  return `${precision.toFixed(2)} ${recall.toFixed(2)} ${f1.toFixed(2)} (${gold})`;
}

function falselyFound(find: Find) {
  const texts = readMarked(fixture("clean-texts.txt"));
  const byType: Record<string, number> = {};
  for (const { text } of texts) for (const { type } of find(text)) byType[type] = (byType[type] ?? 0) + 1;
  const words = texts.reduce((sum, { text }) => sum + (text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0), 0);
  const spans = Object.values(byType).reduce((sum, count) => sum + count, 0);
  return { texts: texts.length, words, spans, perThousandWords: Number(((1000 * spans) / words).toFixed(1)), byType };
}

function injectionRates(half: Half) {
  const own = INJECTION_CASES.filter((one) => half === "all" || one.half === half);
  const caught = (isAttack: boolean) =>
    own.filter((one) => one.isAttack === isAttack && injectionScore(one.text, one.isForeign).score >= ATTACK).length;
  const attacks = own.filter(({ isAttack }) => isAttack).length;
  return { attacks, caught: caught(true), benign: own.length - attacks, falselyCaught: caught(false) };
}
