import { discover } from "../engine/discover.ts";
import type { PolicyPlugin } from "../engine/policy.ts";
import type { Policies } from "../engine/ready-policy.ts";

/** The engine's policies. */
export function loadPolicies(): Promise<Policies> {
  return discover<PolicyPlugin>(new URL("../engine/policies/", import.meta.url));
}
