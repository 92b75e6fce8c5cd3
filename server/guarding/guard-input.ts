import type { Candidate } from "../../engine/schema/candidate.ts";
import { ApiError, RefusalError } from "../errors.ts";
import type { StopSignal } from "../gateway/stop-signal.ts";
import type { Finding, Passage, Subject } from "../guardrail.ts";
import type { BodyTexts } from "./body-texts.ts";
import type { GuardrailOutcome } from "./outcome.ts";
import type { Rail } from "./rail.ts";
import { outcomeOf, type Ruling, runRail } from "./run-rail.ts";

export interface InputRuling {
  /** What must be replaced. */
  readonly findings: readonly Finding[];
  /** Who shall answer instead; null for who was meant. */
  readonly reroute: readonly string[] | null;
}

/**
 * Asks every guardrail of the way in at once, and adds what each said to `outcomes`.
 *
 * @throws ApiError `blocked_by_guardrail`, RefusalError `guardrail_failed`
 */
export async function guardInput(
  rails: readonly Rail[],
  { passages }: Pick<BodyTexts, "passages">,
  client: StopSignal,
  outcomes: GuardrailOutcome[],
): Promise<InputRuling> {
  const subject: Subject = { phase: "input", passages, newFrom: newFrom(passages), isWhole: true, skipped: 0 };
  const rulings = await Promise.all(rails.map((rail) => runRail(rail, subject, client)));
  const findings: Finding[] = [];
  let reroute: readonly string[] | null = null;
  let refusal: Error | null = null;
  for (const ruling of rulings) {
    const outcome = outcomeFor(ruling);
    const found = ruling.kind === "ruled" ? ruling.verdict.findings : [];
    outcomes.push(outcomeOf(ruling, "input", outcome, found));
    if (outcome === "redacted") findings.push(...found);
    else if (outcome === "rerouted") reroute ??= ruling.rail.config.routeTo ?? [];
    else if (outcome === "blocked") refusal ??= blockedBy(ruling.rail, found);
    else if (outcome === "failed_closed") refusal ??= failedAt(ruling.rail);
  }
  if (refusal !== null) throw refusal;
  return { findings, reroute };
}

/** Behind the model's last words; what a client puts in its mouth at the end is no answer. */
function newFrom(passages: readonly Passage[]): number {
  const isAnswer = ({ voice }: Passage) => voice === "assistant" || voice === "arguments";
  const last = passages.findLastIndex((passage) => !isAnswer(passage));
  return passages.slice(0, last + 1).findLastIndex(isAnswer) + 1;
}

export function outcomeFor(ruling: Ruling): GuardrailOutcome["outcome"] {
  const { action, whenFailing } = ruling.rail.config;
  if (ruling.kind === "failed") return whenFailing === "allow" || action === "flag" ? "failed_open" : "failed_closed";
  if (ruling.verdict.findings.length === 0) return "passed";
  return DONE[action];
}

const DONE = { block: "blocked", redact: "redacted", flag: "flagged", reroute: "rerouted" } as const;

/** Names what was found by its kind, never by its text. */
export function blockedBy({ config }: Rail, findings: readonly Finding[]): ApiError {
  const labels = [...new Set(findings.map(({ label }) => label))].slice(0, 5).join(", ");
  return new ApiError(
    "blocked_by_guardrail",
    `the guardrail "${config.name}" refuses this request${labels === "" ? "" : ` (${labels})`}`,
  );
}

export function failedAt({ config }: Rail): RefusalError {
  return new RefusalError(
    "guardrail_failed",
    `the guardrail "${config.name}" could not be asked, and nothing passes without it`,
    { retryAfterMs: 1_000 },
  );
}

/** @throws ApiError when nobody that a guardrail names was admitted */
export function reroutedTo(
  ids: readonly string[],
  admitted: readonly Candidate[],
  rails: readonly Rail[],
): Candidate[] {
  const chosen = ids.flatMap((id) => admitted.filter(({ candidateId }) => candidateId === id));
  if (chosen.length > 0) return chosen;
  const rail = rails.find(({ config }) => config.routeTo === ids);
  throw new ApiError(
    "blocked_by_guardrail",
    `the guardrail "${rail?.config.name ?? "?"}" sends this request to a model that this key may not use`,
  );
}
