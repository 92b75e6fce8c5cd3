import type { Phase } from "../guardrail.ts";

/** How one guardrail ended for one request; never the text itself. */
export interface GuardrailOutcome {
  readonly name: string;
  readonly check: string;
  readonly phase: Phase;
  readonly outcome:
    | "passed"
    | "flagged"
    | "redacted"
    | "blocked"
    | "rerouted"
    | "repaired"
    /** The check failed or was late, and what it would have said is not known. */
    | "failed_open"
    | "failed_closed";
  /** How often each of the check's own words was found. */
  readonly found: Readonly<Record<string, number>>;
  readonly ms: number;
}

/** The header's value: `<name>:<phase>=<outcome>(<label> <count> ...)`, one a guardrail, in the order they ended. */
export function outcomesHeader(outcomes: readonly GuardrailOutcome[]): string {
  return outcomes.map((one) => `${one.name}:${one.phase}=${one.outcome}${foundText(one.found)}`).join(", ");
}

/** Labels may come from others (a moderation service); a header takes only plain characters. */
function foundText(found: GuardrailOutcome["found"]): string {
  const words = Object.entries(found).map(([label, count]) => `${label.replace(/[^A-Za-z0-9._/-]/g, "_")} ${count}`);
  return words.length === 0 ? "" : `(${words.join(" ")})`;
}
