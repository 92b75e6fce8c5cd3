import { expect, it } from "vitest";
import { hasSealedProof, openSignature, sealSignature } from "./signature.ts";

it("opens a proof for its own family only, and lets an unsealed one pass", () => {
  const sealed = sealSignature("anthropic", "c2ln");
  expect(openSignature("anthropic", sealed)).toBe("c2ln");
  expect(openSignature("google", sealed)).toBeNull();
  expect(openSignature("google", "raw")).toBe("raw");
  expect(openSignature("google", null)).toBeNull();
});

it.each([
  ['{"signature":"weir.google.Z3Npbg=="}', true],
  ['{"data":"weir.call:weir.google.x"}', true],
  [`{"thoughtSignature":"${Buffer.from("weir.anthropic.x").toString("base64")}"}`, true],
  [`{"thoughtSignature":"${Buffer.from("weir.secret:weir.openai.x").toString("base64")}"}`, true],
  ['{"signature":"c2ln","model":"weir/auto"}', false],
])("finds a foreign proof in %s", (body, expected) => {
  expect(hasSealedProof(Buffer.from(body))).toBe(expected);
});
