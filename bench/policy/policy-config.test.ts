import { expect, it } from "vitest";
import { parsePolicy } from "./policy-config.ts";

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
