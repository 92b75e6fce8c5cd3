import type { SeenAnswer } from "./model-state.ts";
import type { ModelDay, VersionDay, VersionKind } from "./model-store.ts";

const DAY_MS = 86_400_000;

/** Answers as they are written: sums of days, and versions. */
export function sumAnswers(answers: readonly SeenAnswer[]): {
  readonly days: readonly ModelDay[];
  readonly versions: readonly VersionDay[];
} {
  const days = new Map<string, ModelDay>();
  const versions = new Map<string, VersionDay>();
  for (const answer of answers) {
    const day = Math.floor(answer.atMs / DAY_MS);
    const key = `${answer.source} ${day} ${answer.model}`;
    days.set(key, added(days.get(key), answer, day));
    for (const [kind, name] of namesOf(answer)) {
      const versionKey = `${kind} ${day} ${answer.model} ${name}`;
      versions.set(versionKey, heard(versions.get(versionKey), answer, kind, name, day));
    }
  }
  return { days: [...days.values()], versions: [...versions.values()] };
}

function namesOf({ version, fingerprint }: SeenAnswer): (readonly [VersionKind, string])[] {
  return [
    ...(version === null ? [] : [["model", version] as const]),
    ...(fingerprint === null ? [] : [["fingerprint", fingerprint] as const]),
  ];
}

function added(sum: ModelDay | undefined, answer: SeenAnswer, day: number): ModelDay {
  const { model, source, outputTokens, isRefused, hasPassed, costNanoUsd } = answer;
  const isMeasured = outputTokens !== null && !isRefused;
  return {
    model,
    day,
    source,
    answers: (sum?.answers ?? 0) + 1,
    refusals: (sum?.refusals ?? 0) + Number(isRefused),
    measured: (sum?.measured ?? 0) + Number(isMeasured),
    outputTokens: (sum?.outputTokens ?? 0) + (isMeasured ? outputTokens : 0),
    logTokens: (sum?.logTokens ?? 0) + (isMeasured ? Math.log1p(outputTokens) : 0),
    passed: (sum?.passed ?? 0) + Number(hasPassed === true),
    costNanoUsd: (sum?.costNanoUsd ?? 0) + costNanoUsd,
  };
}

function heard(
  known: VersionDay | undefined,
  { model, atMs }: SeenAnswer,
  kind: VersionKind,
  name: string,
  day: number,
): VersionDay {
  return {
    model,
    kind,
    name,
    day,
    answers: (known?.answers ?? 0) + 1,
    firstAtMs: Math.min(known?.firstAtMs ?? atMs, atMs),
    lastAtMs: Math.max(known?.lastAtMs ?? atMs, atMs),
  };
}
