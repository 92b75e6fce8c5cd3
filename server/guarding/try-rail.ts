import type { Finding, Passage, Phase } from "../guardrail.ts";
import type { GuardrailOutcome } from "./outcome.ts";
import { createPlaceholders } from "./placeholders.ts";
import type { Rail } from "./rail.ts";
import { replaceFindings } from "./replace-findings.ts";
import { outcomeOf, runRail } from "./run-rail.ts";

/** What a guardrail would do with a text. */
export interface Trial {
  readonly outcome: GuardrailOutcome;
  /** Where it found something, in UTF-16 units of the text; null: the whole is found wanting. */
  readonly findings: readonly { readonly label: string; readonly start: number | null; readonly end: number | null }[];
  /** What would go on in the text's place; null where it would not be changed. */
  readonly text: string | null;
}

const FOLLOWS = { block: "blocked", flag: "flagged", redact: "redacted", reroute: "rerouted" } as const;

/** Asks a guardrail about one text of a user or of a model. Its check is opened for this alone, and closed again. */
export async function tryRail(rail: Rail, phase: Phase, text: string, signal: AbortSignal): Promise<Trial> {
  const passage: Passage = { text, voice: phase === "input" ? "user" : "assistant", label: null };
  const passages = [passage];
  const check = rail.check();
  try {
    const ruling = await runRail(rail, { phase, passages, newFrom: 0, isWhole: true, skipped: 0 }, signal);
    if (ruling.kind === "failed") {
      const failed = rail.config.whenFailing === "refuse" ? "failed_closed" : "failed_open";
      return { outcome: outcomeOf(ruling, phase, failed, []), findings: [], text: null };
    }
    const { findings } = ruling.verdict;
    const { action } = rail.config;
    const outcome = outcomeOf(ruling, phase, findings.length === 0 ? "passed" : FOLLOWS[action], findings);
    const [replaced = null] = action === "redact" ? replaceFindings(passages, findings, createPlaceholders()) : [];
    return { outcome, findings: findings.map(plainFinding), text: replaced };
  } finally {
    void Promise.resolve(check)
      .then((opened) => opened.close?.())
      .catch(() => {}); // it was never opened, and that was told
  }
}

function plainFinding({ label, place }: Finding) {
  return { label, start: place?.start ?? null, end: place?.end ?? null };
}
