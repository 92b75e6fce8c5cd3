import { EngineError } from "./errors.ts";
import type { Metadata } from "./request.ts";
import type { RouteConfig, RuleCondition } from "./schema/route-config.ts";

/** What a rule may look at. Task and complexity are null when scoring failed. */
export interface RuleFacts {
  readonly inputTokens: number;
  readonly task: string | null;
  readonly complexity: number | null;
  readonly hasTools: boolean;
  readonly hasImages: boolean;
  readonly metadata: Metadata;
}

/** A rule made ready: all of its conditions, and the candidate that it uses. */
export interface Rule {
  readonly use: string;
  matches(facts: RuleFacts): boolean;
}

type Condition = (facts: RuleFacts) => boolean;

/** @throws EngineError `invalid_request` naming the rule's place when a condition's value is of the wrong kind */
export function compileRules(rules: RouteConfig["rules"], routeName: string): readonly Rule[] {
  return rules.map((rule, i) => {
    const conditions = Object.entries(rule.when).map(([key, value]) =>
      condition(key, value, `routes.${routeName}.rules.${i}.when.${key}`),
    );
    return { use: rule.use, matches: (facts) => conditions.every((holds) => holds(facts)) };
  });
}

function condition(key: string, value: RuleCondition[keyof RuleCondition], place: string): Condition {
  if (key.startsWith("metadata.")) {
    const field = key.slice("metadata.".length);
    return ({ metadata }) => metadata[field] === value;
  }
  switch (key) {
    case "inputTokensOver": {
      const limit = numberAt(place, value);
      return ({ inputTokens }) => inputTokens > limit;
    }
    case "inputTokensUnder": {
      const limit = numberAt(place, value);
      return ({ inputTokens }) => inputTokens < limit;
    }
    case "complexityOver": {
      const limit = numberAt(place, value);
      return ({ complexity }) => complexity !== null && complexity > limit;
    }
    case "complexityUnder": {
      const limit = numberAt(place, value);
      return ({ complexity }) => complexity !== null && complexity < limit;
    }
    case "hasTools":
      return ({ hasTools }) => hasTools === value;
    case "hasImages":
      return ({ hasImages }) => hasImages === value;
    case "task":
      return ({ task }) => task === value;
    default:
      throw new EngineError("invalid_request", `${place}: rules know no condition "${key}"`, { place });
  }
}

function numberAt(place: string, value: unknown): number {
  if (typeof value === "number") return value;
  throw new EngineError("invalid_request", `${place} needs a number, not ${JSON.stringify(value)}`, { place });
}
