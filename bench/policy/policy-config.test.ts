import { expect, it } from "vitest";
import { loadPolicies } from "../../engine/index.ts";
import { checkPolicy, parsePolicy } from "./policy-config.ts";

it("reads a policy and its options, numbers and truth values as such", () => {
  expect(parsePolicy("quality-target:quality=0.9").config).toEqual({ name: "quality-target", quality: 0.9 });
  expect(parsePolicy("always:candidate=gpt-4,strict=true,k=5").config).toEqual({
    name: "always",
    candidate: "gpt-4",
    strict: true,
    k: 5,
  });
  expect(parsePolicy("random").config).toEqual({ name: "random" });
});

it.each(["", ":quality=1", "quality-target:0.9"])("refuses %j", (text) => {
  expect(() => parsePolicy(text)).toThrow(expect.objectContaining({ code: "bad_option" }));
});

it.each([
  ["nobody", "unknown_policy"],
  ["quality-target:foo=1", "bad_option"],
  ["quality-target:quality=high", "bad_option"],
])("checks %j before anything is fitted", async (text, code) => {
  const policies = await loadPolicies();
  expect(() => checkPolicy(parsePolicy(text), policies)).toThrow(
    expect.objectContaining({ code, place: "--policies" }),
  );
});
