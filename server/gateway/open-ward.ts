import type { Candidate } from "../../engine/schema/candidate.ts";
import type { Ward } from "../guarding/ward.ts";
import type { GatewayState } from "./gateway-state.ts";
import type { Story } from "./story.ts";

/** Sets the guard of a request, and keeps it with its story. */
export function openWard(story: Story): Ward | null {
  const { incoming, plan, options, state } = story;
  const caller = incoming.caller ?? null;
  const said = options.metadata["tenant"];
  const tenant = caller?.tenant ?? (said === undefined || said === null || said === "" ? null : String(said));
  story.ward = state.guardrails.ward({
    route: plan?.routeName ?? options.route,
    caller,
    tenant,
    signal: incoming.signal,
  });
  return story.ward;
}

/** Those who may be asked because a guardrail wants it, behind the others: limits and budgets hold for them too. */
export function withReroutes(
  candidates: readonly Candidate[],
  ward: Ward | null,
  { routers }: GatewayState,
): readonly Candidate[] {
  if (ward === null || ward.rerouteIds.length === 0) return candidates;
  const { candidates: known, implied } = routers.catalogue;
  const more = ward.rerouteIds.map((id) => known.find(({ candidateId }) => candidateId === id) ?? implied(id));
  return [...new Set([...candidates, ...more])];
}
