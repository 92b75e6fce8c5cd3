import { expect, it } from "vitest";
import { compileRules, type RuleFacts } from "./rules.ts";
import { RouteConfig } from "./schema/route-config.ts";

const facts: RuleFacts = {
  inputTokens: 100,
  task: "math",
  complexity: 0.4,
  hasTools: true,
  hasImages: false,
  metadata: { feature: "homework", paid: true, tier: 2 },
};

it.each([
  [{ "metadata.feature": "homework" }, true],
  [{ "metadata.feature": "chat" }, false],
  [{ "metadata.missing": "x" }, false],
  [{ "metadata.paid": true, "metadata.tier": 2 }, true],
  [{ inputTokensOver: 100 }, false],
  [{ inputTokensOver: 99 }, true],
  [{ inputTokensUnder: 101, task: "math" }, true],
  [{ inputTokensUnder: 101, task: "code" }, false],
  [{ complexityOver: 0.3 }, true],
  [{ complexityUnder: 0.3 }, false],
  [{ hasTools: true, hasImages: false }, true],
  [{ hasImages: true }, false],
  [{}, true],
])("%o holds: %s", (when, expected) => {
  const { rules } = RouteConfig.parse({ incumbent: "a", candidates: ["a"], rules: [{ when, use: "a" }] });
  expect(compileRules(rules, "default")[0]?.matches(facts)).toBe(expected);
});

it("never matches task or complexity when scoring failed", () => {
  const rules = compileRules(
    [
      { when: { complexityUnder: 1 }, use: "a" },
      { when: { task: "math" }, use: "a" },
    ],
    "default",
  );
  expect(rules.some((rule) => rule.matches({ ...facts, task: null, complexity: null }))).toBe(false);
});

it("names the place of a value of the wrong kind", () => {
  expect(() => compileRules([{ when: { inputTokensOver: "many" }, use: "a" }], "default")).toThrow(
    "routes.default.rules.0.when.inputTokensOver needs a number",
  );
});
