import type { ChatRequest, ReasoningEffort } from "../../chat.ts";
import type { Drops } from "../_shared/drops.ts";
import type { GeminiFacts } from "./gemini-facts.ts";

const BUDGET_OF_EFFORT: Readonly<Record<ReasoningEffort, number>> = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  // The model's own measure.
  max: -1,
};
/** Gemini 2.5 Pro thinks at least this much. */
const LEAST_BUDGET = 128;

/** `generationConfig.thinkingConfig` of a client's wish; undefined when it said nothing or the model does not think. */
export function thinkingConfigOf({ reasoning }: ChatRequest, facts: GeminiFacts, drops: Drops): object | undefined {
  const { effort, budgetTokens, includeText } = reasoning;
  if (effort === null && budgetTokens === null && includeText === null) return undefined;
  if (facts.thinking === "none") {
    if (effort !== "none" && budgetTokens !== 0) drops.add("reasoning");
    return undefined;
  }
  const isOff = budgetTokens === 0 || (effort === "none" && budgetTokens === null);
  // Who asks for reasoning wants to see it unless it says no; a summary costs nothing more.
  const includeThoughts = isOff ? undefined : (includeText ?? true);
  if (budgetTokens !== null && (facts.thinking === "budget" || !isOff)) {
    return { thinkingBudget: isOff && !facts.canStopThinking ? LEAST_BUDGET : budgetTokens, includeThoughts };
  }
  if (facts.thinking === "budget") {
    if (effort === null) return { includeThoughts };
    const budget = BUDGET_OF_EFFORT[effort];
    return { thinkingBudget: budget === 0 && !facts.canStopThinking ? LEAST_BUDGET : budget, includeThoughts };
  }
  if (effort === null && !isOff) return { includeThoughts };
  return { thinkingLevel: isOff ? facts.leastLevel : levelOf(effort!, facts), includeThoughts };
}

function levelOf(effort: ReasoningEffort, { leastLevel }: GeminiFacts): string {
  if (effort === "none" || effort === "minimal") return leastLevel;
  return effort === "max" ? "high" : effort;
}
