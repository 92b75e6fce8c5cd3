import { describe, expect, it } from "vitest";
import { plainRequest } from "../../providers/_samples/rich-request.ts";
import regex from "./regex.ts";

const request = { chat: plainRequest, metadata: {} } as Parameters<typeof regex.verify>[1]; // the pattern looks at nothing of it
const verdict = (pattern: string, answer: string, flags = "") =>
  regex.verify(answer, request, regex.options.parse({ pattern, flags }));

describe("a pattern as verifier", () => {
  it.each([
    ["^\\d+$", "12", "", 1],
    ["^\\d+$", "12 ", "", 0],
    ["yes", "YES", "i", 1],
    ["^b$", "a\nb", "", 0],
    ["^b$", "a\nb", "gm", 1],
    ["a.b", "a\nb", "s", 1],
    ["(?<year>20\\d\\d)", "in 2026", "", 1],
    ["\\u00e9t\\u00e9", "été", "", 1],
  ])("%s on %j with %j is %s", async (pattern, answer, flags, expected) => {
    expect(await verdict(pattern, answer, flags)).toBe(expected);
  });

  // Backtracking would take longer than the universe has.
  it("is made slow by no answer", async () => {
    expect(await verdict("^(a+)+$", `${"a".repeat(50_000)}!`)).toBe(0);
  });

  it.each(["(?=a)b", "(?<!a)b", "(a)\\1", "("])("is refused at the start where RE2 cannot run it: %s", (pattern) => {
    expect(regex.options.safeParse({ pattern }).success).toBe(false);
  });
});
