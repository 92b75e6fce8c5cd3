import { describe, expect, it } from "vitest";
import { discover } from "./discover.ts";
import { policyConformance } from "./policy.conformance.ts";
import type { PolicyPlugin } from "./policy.ts";

const policies = await discover<PolicyPlugin>(new URL("./policies/", import.meta.url));

it("finds the policies", () => {
  expect([...policies.keys()]).toEqual(expect.arrayContaining(["quality-target", "always", "random"]));
});

for (const plugin of policies.values()) describe(plugin.name, () => policyConformance(plugin, policies));
