import type { StopSignal } from "../gateway/stop-signal.ts";
import type { Check, Finding, Passage, Voice } from "../guardrail.ts";
import { maskFinding } from "./mask-finding.ts";
import type { Rail } from "./rail.ts";
import { type Ruling, runRail } from "./run-rail.ts";

/** Text that is not yet said, of one part of an answer that streams. */
export interface StreamWindow {
  /** What may be said by now. @param isEnd nothing follows */
  push(text: string, isEnd: boolean): Promise<WindowRuling>;
}

export interface WindowRuling {
  /** Goes out, with what was redacted. */
  readonly text: string;
  /** Of what goes out, and of what stops it. */
  readonly rulings: readonly Ruling[];
  /** Stops the answer here. */
  readonly blocked: Ruling | null;
}

/** A stretch that is judged at once by checks that cannot look at every character as it comes. */
const STRETCH = 400;
/** What was said already and is shown to the checks again, for words that need others before them. */
const CONTEXT = 200;

export function createStreamWindow(rails: readonly Rail[], voice: Voice, client: StopSignal): StreamWindow {
  let context = "";
  let pending = "";
  let skipped = 0;

  return {
    async push(text, isEnd) {
      pending += text;
      if (pending === "") return { text: "", rulings: [], blocked: null };
      const checks = await Promise.all(rails.map((rail) => opened(rail)));
      const isStretched = checks.some((check) => check === null || check.settledUntil === undefined);
      if (isStretched && !isEnd && pending.length < STRETCH) return { text: "", rulings: [], blocked: null };
      const view = context + pending;
      const said = context.length;
      const passages: Passage[] = [{ text: view, voice, label: null }];
      const subject = { phase: "output" as const, passages, newFrom: 0, isWhole: false, skipped };
      const rulings = await Promise.all(rails.map((rail) => runRail(rail, subject, client)));
      const settled = isEnd
        ? view.length
        : Math.min(view.length, ...checks.map((check) => check?.settledUntil?.(view) ?? view.length));
      const seen = rulings.map((ruling) => inWindow(ruling, said, settled));
      const blocked = seen.find((ruling) => stops(ruling)) ?? null;
      // Something that goes on behind what is settled waits as a whole.
      let until = Math.max(said, settled);
      for (const ruling of rulings)
        for (const place of placesOf(ruling))
          if (place.start < until && place.end > settled) until = Math.max(said, place.start);
      if (blocked !== null) until = Math.max(said, Math.min(until, firstOf(blocked, said)));
      const out = redacted(view, said, until, seen, voice);
      context = view.slice(Math.max(0, until - CONTEXT), until);
      skipped += until - said + said - context.length;
      pending = view.slice(until);
      return { text: out, rulings: seen.filter((ruling) => matters(ruling)), blocked };
    },
  };
}

/** null: it cannot be opened, which its ruling tells too. */
async function opened(rail: Rail): Promise<Check | null> {
  try {
    return await rail.check();
  } catch {
    return null;
  }
}

/** Without what was found in text that went out before, or that may yet turn out to be something else. */
function inWindow(ruling: Ruling, said: number, settled: number): Ruling {
  if (ruling.kind === "failed") return ruling;
  const findings = ruling.verdict.findings.filter(
    ({ place }) => place === null || (place.end > said && place.end <= settled),
  );
  return { ...ruling, verdict: { findings } };
}

function placesOf(ruling: Ruling): { readonly start: number; readonly end: number }[] {
  if (ruling.kind === "failed") return [];
  return ruling.verdict.findings.flatMap(({ place }) => (place === null ? [] : [place]));
}

function matters(ruling: Ruling): boolean {
  return ruling.kind === "failed" || ruling.verdict.findings.length > 0;
}

function stops(ruling: Ruling): boolean {
  const { action, whenFailing } = ruling.rail.config;
  if (ruling.kind === "failed") return whenFailing === "refuse" && action !== "flag";
  return action === "block" && ruling.verdict.findings.length > 0;
}

function firstOf(ruling: Ruling, said: number): number {
  const starts = placesOf(ruling).map(({ start }) => start);
  return starts.length === 0 ? said : Math.min(...starts);
}

function redacted(view: string, from: number, until: number, rulings: readonly Ruling[], voice: Voice): string {
  const cuts = rulings
    .flatMap((ruling): readonly Finding[] =>
      ruling.kind === "ruled" && ruling.rail.config.action === "redact" ? ruling.verdict.findings : [],
    )
    .flatMap(({ label, place }) => (place === null || place.end > until ? [] : [{ ...place, label }]))
    .sort((a, b) => a.start - b.start || b.end - a.end);
  let out = "";
  let at = from;
  for (const { start, end, label } of cuts) {
    if (end <= at) continue;
    out += view.slice(at, Math.max(at, start)) + maskFinding(label, view, start, end, voice);
    at = end;
  }
  return out + view.slice(at, until);
}
