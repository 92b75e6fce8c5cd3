import { describe, expect, it } from "vitest";
import { knownNames } from "./known-names.ts";

const MANY = Array.from({ length: 300 }, (_, i) => `upstream-${i}`);

describe("names in an error", () => {
  it("are all listed while they are few", () => {
    expect(knownNames("x", ["default", "cheap"])).toBe("known: default, cheap");
    expect(knownNames("x", [])).toBe("known: none");
  });

  it("are the nearest of hundreds, so that the error can be read", () => {
    expect(knownNames("upstream-77x", MANY)).toMatch(/^did you mean upstream-77 or /);
    expect(knownNames("zzz", MANY)).toBe("none of the 300 known");
  });
});
