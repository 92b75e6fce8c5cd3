import type { AssistantPart, ChatResult } from "../chat.ts";
import type { Committed } from "../gateway/chat-attempt.ts";
import { collectResult } from "../gateway/collect-result.ts";
import { eventsOfResult } from "../gateway/events-of-result.ts";
import type { ReadCall } from "../gateway/read-call.ts";
import type { StopSignal } from "../gateway/stop-signal.ts";
import type { StreamPiece } from "../gateway/stream-pieces.ts";
import { MOST_REPAIR_CHARS, type Passage, type Subject } from "../guardrail.ts";
import { passagesOfResult, restoredBytes, restoredResult, withTexts } from "./answer-texts.ts";
import { outcomeFor } from "./guard-input.ts";
import { guardStream, type WholeText } from "./guard-stream.ts";
import { maskFinding } from "./mask-finding.ts";
import type { GuardrailOutcome } from "./outcome.ts";
import type { Placeholders } from "./placeholders.ts";
import type { Rail } from "./rail.ts";
import { repairedCall } from "./repaired-call.ts";
import { outcomeOf, type Ruling, runRail } from "./run-rail.ts";
import type { AskAgain } from "./ward.ts";

export interface GuardOutputOptions {
  /** Those that look at answers. */
  readonly rails: readonly Rail[];
  readonly placeholders: Placeholders;
  /** What went upstream. */
  readonly asked: ReadCall;
  /** null: nobody may be asked. */
  readonly askAgain: AskAgain | null;
  readonly client: StopSignal;
  readonly outcomes: GuardrailOutcome[];
}

type Stream = Extract<Committed, { kind: "stream" }>;

/** An answer as the client may have it: judged, redacted, with values in place of placeholders. */
export async function guardOutput(committed: Committed, options: GuardOutputOptions): Promise<Committed> {
  if (committed.kind === "whole") return { ...committed, ...(await guardWhole(committed, options)) };
  const { rails } = options;
  const needsWhole = rails.some(({ abilities, config }) => abilities.needsWhole && config.action !== "flag");
  return { ...committed, pieces: needsWhole ? heldStream(committed, options) : openStream(committed, options) };
}

/** Held until it ends, judged, and then sent at once. */
async function* heldStream({ pieces }: Stream, options: GuardOutputOptions): AsyncGenerator<StreamPiece, void, void> {
  const { result } = await guardWhole({ result: await collected(pieces), bytes: null }, options);
  yield { events: eventsOfResult(result), bytes: null };
}

async function collected(pieces: AsyncGenerator<StreamPiece, void, void>): Promise<ChatResult> {
  const events = [];
  for await (const piece of pieces) events.push(...piece.events);
  return collectResult(events, null);
}

/** Judged while it flows. */
function openStream(
  { pieces, close }: Stream,
  { rails, placeholders, asked, client, outcomes }: GuardOutputOptions,
): AsyncGenerator<StreamPiece, void, void> {
  const holding = rails.filter(({ config }) => config.action !== "flag");
  const records = new Map(holding.map((rail) => [rail, record(rail)] as const));
  outcomes.push(...records.values());
  return guardStream(pieces, {
    holding,
    placeholders,
    isJson: wantsJson(asked),
    client,
    close,
    onRuling(ruling) {
      const kept = records.get(ruling.rail)!;
      kept.ms += ruling.ms;
      kept.outcome = outcomeFor(ruling);
      if (ruling.kind === "ruled")
        for (const { label } of ruling.verdict.findings) kept.found[label] = (kept.found[label] ?? 0) + 1;
    },
    async onWhole(texts) {
      const rulings = await judged(
        rails.filter((rail) => !holding.includes(rail)),
        passagesOf(texts),
        client,
      );
      for (const ruling of rulings) outcomes.push(told(ruling, outcomeFor(ruling)));
    },
  });
}

/** Grows while the stream flows. */
function record({ config }: Rail): Mutable<GuardrailOutcome> & { found: Record<string, number> } {
  return { name: config.name, check: config.check, phase: "output", outcome: "passed", found: {}, ms: 0 };
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

function passagesOf(texts: readonly WholeText[]): Passage[] {
  return texts.filter(({ text }) => text !== "").map(({ voice, text }) => ({ voice, text, label: null }));
}

interface Whole {
  readonly result: ChatResult;
  readonly bytes: Buffer | null;
}

async function guardWhole(first: Whole, options: GuardOutputOptions): Promise<Whole> {
  const { rails, placeholders, asked, askAgain, client, outcomes } = options;
  let { result, bytes } = first;
  for (let hasRepaired = false; ; hasRepaired = true) {
    const passages = passagesOfResult(result);
    const rulings = await judged(rails, passages, client);
    const stopping = rulings.filter((ruling) => ["blocked", "failed_closed"].includes(outcomeFor(ruling)));
    const repair = hasRepaired || askAgain === null ? null : repairOf(stopping);
    const next = repair === null ? null : repairedCall(asked, result, repair);
    if (askAgain !== null && next !== null) {
      for (const ruling of rulings)
        outcomes.push(told(ruling, stopping.includes(ruling) ? "repaired" : outcomeFor(ruling)));
      const again = await askAgain(next, result);
      if (again.kind === "whole") ({ result, bytes } = again);
      else [result, bytes] = [await collected(again.pieces), null];
      continue;
    }
    for (const ruling of rulings) outcomes.push(told(ruling, outcomeFor(ruling)));
    if (stopping.length > 0) return { result: stopped(result), bytes: null };
    const masked = maskedResult(result, passages, rulings);
    if (masked !== result) bytes = null;
    const isJson = placeholders.entries.length > 0 && wantsJson(asked);
    return {
      result: restoredResult(masked, placeholders, isJson),
      bytes: bytes === null || placeholders.entries.length === 0 ? bytes : restoredBytes(bytes, placeholders, isJson),
    };
  }
}

function judged(rails: readonly Rail[], passages: readonly Passage[], client: StopSignal): Promise<Ruling[]> {
  const subject: Subject = { phase: "output", passages, newFrom: 0, isWhole: true, skipped: 0 };
  return Promise.all(rails.map((rail) => runRail(rail, subject, client)));
}

function told(ruling: Ruling, outcome: GuardrailOutcome["outcome"]): GuardrailOutcome {
  return outcomeOf(ruling, "output", outcome, ruling.kind === "ruled" ? ruling.verdict.findings : []);
}

/** null unless everything that stops the answer could be mended. */
function repairOf(stopping: readonly Ruling[]): string | null {
  const words = stopping.map((ruling) => (ruling.kind === "ruled" ? ruling.verdict.repair : undefined));
  if (words.length === 0 || words.some((word) => word === undefined)) return null;
  return words.map((word) => word!.slice(0, MOST_REPAIR_CHARS)).join("\n\n");
}

/** As a vendor ends an answer that its filter stopped. */
function stopped(result: ChatResult): ChatResult {
  const choices = result.choices.length === 0 ? [EMPTY] : result.choices;
  return { ...result, choices: choices.map((choice) => ({ ...choice, ...EMPTY })) };
}

const EMPTY = { parts: [] as AssistantPart[], finish: "content_filter", stopSequence: null, logprobs: null } as const;

function maskedResult(
  result: ChatResult,
  passages: ReturnType<typeof passagesOfResult>,
  rulings: readonly Ruling[],
): ChatResult {
  const places = rulings.flatMap((ruling) =>
    ruling.kind === "ruled" && ruling.rail.config.action === "redact"
      ? ruling.verdict.findings.flatMap(({ label, place }) => (place === null ? [] : [{ ...place, label }]))
      : [],
  );
  if (places.length === 0) return result;
  return withTexts(result, (choice, part) => {
    const index = passages.findIndex((passage) => passage.choice === choice && passage.part === part);
    const own = places.filter(({ passage }) => passage === index).sort((a, b) => b.start - a.start);
    if (own.length === 0) return null;
    const { text, voice } = passages[index]!;
    let out = text;
    let before = text.length;
    for (const { start, end, label } of own) {
      if (end > before) continue;
      out = out.slice(0, start) + maskFinding(label, text, start, end, voice) + out.slice(end);
      before = start;
    }
    return out;
  });
}

function wantsJson(asked: ReadCall): boolean {
  try {
    return asked.chat().output.kind !== "text";
  } catch {
    return false; // the vendor takes what our own parser does not
  }
}
