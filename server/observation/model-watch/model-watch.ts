import type { Candidate } from "../../../engine/schema/candidate.ts";
import { canonicalJson } from "../../canonical-digest.ts";
import type { Settlement } from "../../gateway/settlement.ts";
import type { DriftSection } from "./drift-config.ts";
import { type AnswerSource, type ModelSignal, type SeenAnswer, stepModel, UNKNOWN_MODEL } from "./model-state.ts";
import type { ModelStore, VersionDay } from "./model-store.ts";
import { seenAnswer } from "./seen-answer.ts";
import { sumAnswers } from "./sum-answers.ts";

/** Something about a model that is not any more what it was. */
export interface ModelAlarm {
  readonly model: string;
  readonly signal: ModelSignal | "version" | "fingerprint" | "price";
  readonly atMs: number;
  readonly because: string;
}

export interface ModelWatchDeps {
  readonly store: ModelStore;
  readonly section: () => DriftSection;
  readonly candidates: () => readonly Candidate[];
  readonly onAlarm: (alarm: ModelAlarm) => void;
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
}

/** Follows what models answer as: versions, refusals, lengths, canaries and prices. */
export interface ModelWatch {
  seen(settlement: Settlement, source: AnswerSource): void;
  take(answer: SeenAnswer): void;
  /** Writes what was seen and looks at it; what alarms is told before it returns. */
  flush(): void;
  /** Compares prices with those that were known last, also before a restart. */
  comparePrices(): void;
  /** As which a model answered last; null while it gave no version. */
  versionOf(model: string): string | null;
  /** Answers that were not looked at because too many waited. */
  readonly dropped: number;
}

const MOST_WAITING = 20_000;
const KEPT_DAYS = 400;
const DAY_MS = 86_400_000;

export function createModelWatch(deps: ModelWatchDeps): ModelWatch {
  const { store, section, candidates, onAlarm, clock, onError } = deps;
  let waiting: SeenAnswer[] = [];
  let dropped = 0;
  let prunedOn = 0;
  /** Read from the storage once a model, and followed by what is heard. */
  const versions = new Map<string, string | null>();

  function versionOf(model: string): string | null {
    let version = versions.get(model);
    if (version === undefined) {
      version = store.versions(model).find(({ kind }) => kind === "model")?.name ?? null;
      versions.set(model, version);
    }
    return version;
  }

  function take(answer: SeenAnswer): void {
    if (waiting.length >= MOST_WAITING) dropped++;
    else waiting.push(answer);
  }

  function flush(): void {
    if (waiting.length === 0) return;
    const answers = waiting;
    waiting = [];
    const byModel = new Map<string, SeenAnswer[]>();
    for (const answer of answers) {
      const others = byModel.get(answer.model);
      if (others === undefined) byModel.set(answer.model, [answer]);
      else others.push(answer);
    }
    const before = new Map([...byModel.keys()].map((model) => [model, versionOf(model)]));
    const alarms: ModelAlarm[] = [];
    let fresh: readonly VersionDay[];
    try {
      fresh = store.update({
        ...sumAnswers(answers),
        models: [...byModel.keys()],
        step(model, stored) {
          let state = stored ?? UNKNOWN_MODEL;
          for (const answer of byModel.get(model)!) {
            const stepped = stepModel(state, answer, section());
            for (const signal of stepped.alarms)
              alarms.push({ model, signal, atMs: answer.atMs, because: IN_WORDS[signal] });
            state = stepped.state;
          }
          return state;
        },
      });
    } catch (error) {
      waiting = [...answers, ...waiting].slice(0, MOST_WAITING);
      onError(error);
      return;
    }
    for (const { model, version } of answers) if (version !== null) versions.set(model, version);
    for (const version of fresh) alarms.push(...versionAlarms(version, before.get(version.model) ?? null));
    for (const alarm of alarms) onAlarm(alarm);
    prune();
  }

  /** The first version that is heard of a model is no change. */
  function versionAlarms({ model, kind, name, firstAtMs }: VersionDay, before: string | null): ModelAlarm[] {
    if (kind === "model") {
      if (before === null || before === name) return [];
      const because = `${model} answers as ${name} and was ${before} before`;
      return [{ model, signal: "version", atMs: firstAtMs, because }];
    }
    const others = store.versions(model).filter((known) => known.kind === "fingerprint" && known.name !== name);
    if (section().fingerprints !== "alarm" || others.length === 0) return [];
    const because = `${model} answers with the fingerprint ${name}, which nobody had seen of it`;
    return [{ model, signal: "fingerprint", atMs: firstAtMs, because }];
  }

  function prune(): void {
    const today = Math.floor(clock() / DAY_MS);
    if (today === prunedOn) return;
    prunedOn = today;
    store.prune(today - KEPT_DAYS);
  }

  return {
    seen(settlement, source) {
      const answer = seenAnswer(settlement, source);
      if (answer !== null) take(answer);
    },
    take,
    flush,
    comparePrices() {
      for (const { candidateId: model, price } of candidates()) {
        const now = canonicalJson(price);
        const before = store.putPrice(model, now);
        if (before === null || before === now) continue;
        const because = `the price of ${model} was ${before} and is ${now}`;
        onAlarm({ model, signal: "price", atMs: clock(), because });
      }
    },
    versionOf,
    get dropped() {
      return dropped;
    },
  };
}

const IN_WORDS: Readonly<Record<ModelSignal, string>> = {
  refusals: "it refuses more requests than it used to",
  length: "its answers are not as long as they used to be, beside what is expected of them",
  canary: "it answers fewer of the questions whose answers are known than it used to",
};
