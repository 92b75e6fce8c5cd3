import type { ChatRequest, ReasoningEffort } from "../../chat.ts";
import type { Drops } from "../_shared/drops.ts";
import type { ClaudeFacts } from "./claude-facts.ts";

export interface Thinking {
  readonly thinking: object | undefined;
  /** `output_config.effort` */
  readonly effort: string | undefined;
  readonly maxTokens: number;
  /** Whether the model will think, which rules out sampling settings. */
  readonly isOn: boolean;
}

const LEAST_BUDGET = 1024;
const BUDGET_OF_EFFORT: Readonly<Record<ReasoningEffort, number>> = {
  none: 0,
  minimal: LEAST_BUDGET,
  low: 2048,
  medium: 8192,
  high: 16_384,
  max: 31_999,
};

export interface ThinkingLimits {
  /** What the client asked for; null when it said nothing. */
  readonly asked: number | null;
  /** What goes along when it said nothing. */
  readonly unasked: number;
  /** Why a budget cannot be given (a forced tool, a turn begun without thinking). */
  readonly isBudgetBlocked: boolean;
}

/** How a client's wish for reasoning is said to this model; what cannot be said is noted as `reasoning`. */
export function thinkingOf(
  { reasoning }: ChatRequest,
  facts: ClaudeFacts,
  { asked, unasked, isBudgetBlocked }: ThinkingLimits,
  drops: Drops,
): Thinking {
  const cap = facts.maxOutput ?? Number.POSITIVE_INFINITY;
  const maxTokens = Math.min(asked ?? unasked, cap);
  const off: Thinking = { thinking: undefined, effort: undefined, maxTokens, isOn: false };
  const { effort, budgetTokens, includeText } = reasoning;
  if (effort === null && budgetTokens === null) return off;
  if (budgetTokens === 0 || (effort === "none" && budgetTokens === null)) {
    if (!facts.thinksAdaptively) return off;
    return facts.canStopThinking ? { ...off, thinking: { type: "disabled" } } : { ...off, effort: "low", isOn: true };
  }
  if (!facts.thinks) {
    drops.add("reasoning");
    return off;
  }
  if (facts.thinksAdaptively && (budgetTokens === null || !facts.takesBudget)) {
    return {
      thinking: { type: "adaptive", display: includeText === false ? "omitted" : "summarized" },
      effort: effortWord(effort ?? effortOfBudget(budgetTokens!)),
      maxTokens,
      isOn: true,
    };
  }
  const wanted = Math.max(LEAST_BUDGET, budgetTokens ?? BUDGET_OF_EFFORT[effort!]);
  // A limit of the client's covers thinking and answer together; our own grows by the budget.
  const total = asked === null ? Math.min(unasked + wanted, cap) : maxTokens;
  const budget = Math.min(wanted, budgetTokens === null ? Math.floor(total * 0.8) : total - 1);
  if (isBudgetBlocked || budget < LEAST_BUDGET) {
    drops.add("reasoning");
    return off;
  }
  return { thinking: { type: "enabled", budget_tokens: budget }, effort: undefined, maxTokens: total, isOn: true };
}

function effortWord(effort: ReasoningEffort): string {
  return effort === "minimal" || effort === "none" ? "low" : effort;
}

function effortOfBudget(budget: number): ReasoningEffort {
  if (budget <= 2048) return "low";
  return budget <= 12_288 ? "medium" : "high";
}
