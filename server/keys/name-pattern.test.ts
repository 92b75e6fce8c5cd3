import { expect, it } from "vitest";
import { fitsPattern, isAllowed } from "./name-pattern.ts";

it.each([
  ["openai/gpt-4o", "openai/gpt-4o", true],
  ["openai/gpt-4o", "openai/gpt-4o-mini", false],
  ["openai/*", "openai/gpt-4o", true],
  ["openai/*", "azure-openai/gpt-4o", false],
  ["*", "", true],
  ["*mini", "gpt-4o-mini", true],
  ["gpt-*-mini", "gpt-4o-mini", true],
  ["gpt-*-mini", "gpt-mini", false],
  ["a*b*c", "abc", true],
  ["a*b*c", "acb", false],
  ["a*ba*a", "aba", false],
  ["gpt.4", "gpt-4", false],
])("pattern %s on %s is %s", (pattern, name, fits) => expect(fitsPattern(pattern, name)).toBe(fits));

it("takes time in proportion to the name, whatever the pattern", () => {
  const before = process.cpuUsage();
  fitsPattern(`${"*a".repeat(100)}*b`, "a".repeat(10_000));
  expect(process.cpuUsage(before).user).toBeLessThan(5_000_000); // some 10 ms, where backtracking takes years
});

it("allows everything where nothing is said, and nothing where the list is empty", () => {
  expect([isAllowed(null, "a"), isAllowed([], "a"), isAllowed(["b"], "a", "b")]).toEqual([true, false, true]);
});
