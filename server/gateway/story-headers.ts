import type { Candidate } from "../../engine/schema/candidate.ts";
import { outcomesHeader } from "../guarding/outcome.ts";
import type { AttemptRecord } from "./attempts.ts";
import { headerText } from "./header-text.ts";
import type { Story } from "./story.ts";

/** Tries that their own guard refused: nobody was asked. */
const UNASKED: ReadonlySet<AttemptRecord["outcome"]> = new Set(["circuit_open", "too_busy"]);
/** Says that the client chose the model, as `x-weir-decision` says why a route chose it. */
const NAMED = "named";

/**
 * Our own headers of an answer or an error, as far as the story has gone: `x-weir-model` is who answered, of an error who was
 * asked last; `x-weir-attempts` counts upstreams that were really asked; `x-weir-decision` says why that model.
 *
 * One object that grows: spreading what may be absent costs more than the rest of a header's way.
 */
export function storyHeaders(story: Story): Record<string, string> {
  const { requestId } = story.incoming;
  const { plan, planRun, attempts, ward, cached, overheadMs } = story;
  const outcome = cached?.outcome ?? "bypass";
  const headers: Record<string, string> = {
    "x-request-id": requestId,
    "request-id": requestId,
    "x-weir-request-id": requestId,
    "x-weir-attempts": String(askedTimes(attempts)),
    // To the client a comparison in the shadow is a miss.
    "x-weir-cache": outcome === "semantic-shadow" ? "miss" : outcome,
    "x-weir-overhead-ms": overheadMs.toFixed(2),
  };
  const candidate = story.candidate ?? lastAsked(story);
  if (candidate !== null) headers["x-weir-model"] = headerText(candidate.candidateId);
  if (planRun !== null) {
    const { rule, first, calls, end } = planRun;
    headers["x-weir-plan"] = `${rule}; first=${first.join("+")}; end=${end}`;
    headers["x-weir-calls"] = calls.join(",");
  }
  if (plan?.decision != null) headers["x-weir-decision"] = plan.isFollowed ? plan.decision.reason : "incumbent";
  else if (candidate !== null) headers["x-weir-decision"] = NAMED;
  if (plan?.activation != null) headers["x-weir-activation"] = plan.activation.because;
  if (cached !== null && cached.ageSeconds !== null) headers["age"] = String(cached.ageSeconds);
  if (ward !== null && ward.outcomes.length > 0) headers["x-weir-guardrails"] = outcomesHeader(ward.outcomes);
  if (isSimulated(story)) headers["x-weir-simulated"] = "true";
  return headers;
}

function askedTimes(attempts: readonly AttemptRecord[]): number {
  let count = 0;
  for (const { outcome } of attempts) if (!UNASKED.has(outcome)) count++;
  return count;
}

/** null where nobody was asked. */
function lastAsked({ attempts, asked }: Story): Candidate | null {
  const last = attempts.findLast(({ outcome }) => !UNASKED.has(outcome));
  if (last === undefined) return null;
  return asked.payees.find(({ upstreamId, model }) => upstreamId === last.upstream && model === last.model) ?? null;
}

/** Answers that no model gave say so, whatever form they have. */
function isSimulated({ candidate, state }: Story): boolean {
  return candidate !== null && state.upstreams.find(candidate.upstreamId)?.provider.simulate !== undefined;
}
