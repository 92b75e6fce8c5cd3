import type { Conversation } from "../../engine/conversation.ts";
import type { Decision } from "../../engine/decision.ts";
import { compileRules } from "../../engine/rules.ts";
import type { RouteSection } from "../config-schema.ts";
import { isPrivate } from "../observation/private-content.ts";

export interface EligibleFacts {
  readonly decision: Decision;
  readonly conversation: Conversation;
  readonly metadata: Readonly<Record<string, string | number | boolean | null>>;
}

/**
 * Whether audits say anything of a request: what observation leaves out (tools, media, private content, rules) no
 * certificate speaks of, so it stays on the incumbent.
 */
export function createEligible(route: RouteSection): (facts: EligibleFacts) => boolean {
  const exclude = route.observation?.exclude ?? [];
  const rules = compileRules(
    exclude.map(({ when }) => ({ when, use: "" })),
    "observation.exclude",
  );
  return ({ decision, conversation, metadata }) => {
    const { toolCount, toolCallCount, imageCount } = conversation;
    if (toolCount + toolCallCount + imageCount > 0 || isPrivate(metadata)) return false;
    const { facts, task } = decision;
    const complexity = facts.scoring === "done" ? facts.complexity : null;
    const asked = { inputTokens: facts.inputTokens, task, complexity, hasTools: false, hasImages: false, metadata };
    return !rules.some((rule) => rule.matches(asked));
  };
}
