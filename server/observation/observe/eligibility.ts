import { compileRules, type RuleFacts } from "../../../engine/rules.ts";
import type { Settlement } from "../../gateway/settlement.ts";
import type { Story } from "../../gateway/story.ts";
import { isPrivate } from "../private-content.ts";
import type { ObservationSection } from "./observation-config.ts";

/** Why nothing is said of a request. Codes are API: the share of each is reported. */
export type Exclusion =
  | "failed"
  | "tools"
  | "media"
  | "private"
  | "rule"
  | "own_key"
  | "cached"
  | "plan"
  | "other_model"
  | "unpriced"
  | "too_long";

/** Longer bodies do not wait for an audit. */
const MOST_BYTES = 1024 * 1024;

/** Which requests are looked at, by what was known before anybody knew which of them would be audited. */
export interface Eligibility {
  /** null: the request is looked at. */
  exclusionOf(story: Story, settlement: Settlement, facts: EligibilityFacts): Exclusion | null;
}

interface EligibilityFacts {
  readonly isOwnKey: boolean;
  readonly bytes: number;
  readonly served: "incumbent" | "chosen" | null;
  readonly isPriced: boolean;
}

export function createEligibility({ exclude }: Pick<ObservationSection, "exclude">): Eligibility {
  const rules = compileRules(
    exclude.map(({ when }) => ({ when, use: "" })),
    "observation.exclude",
  );
  return {
    exclusionOf({ plan }, settlement, { isOwnKey, bytes, served, isPriced }) {
      const { conversation, decision } = plan ?? {};
      if (settlement.status !== 200 || settlement.error !== null || decision == null) return "failed";
      if (conversation === undefined || conversation.toolCount + conversation.toolCallCount > 0) return "tools";
      if (isPrivate(settlement.metadata)) return "private";
      const facts: RuleFacts = {
        inputTokens: decision.facts.inputTokens,
        task: decision.task,
        complexity: decision.facts.scoring === "done" ? decision.facts.complexity : null,
        hasTools: false,
        hasImages: conversation.imageCount > 0,
        metadata: settlement.metadata,
      };
      if (rules.some((rule) => rule.matches(facts))) return "rule";
      if (conversation.imageCount > 0) return "media";
      if (isOwnKey) return "own_key";
      if (settlement.cache !== "bypass" && settlement.cache !== "miss") return "cached";
      // A plan that was to be followed and found no room: not the choice that is watched.
      if (settlement.isFollowed && settlement.plan?.end === "no_room") return "plan";
      if (served === null) return "other_model";
      if (!isPriced) return "unpriced";
      return bytes > MOST_BYTES ? "too_long" : null;
    },
  };
}
