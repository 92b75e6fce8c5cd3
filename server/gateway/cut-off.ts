import type { Candidate } from "../../engine/schema/candidate.ts";
import type { Usage } from "../chat.ts";
import type { AttemptRecord } from "./attempts.ts";
import type { AskedTokens } from "./stage.ts";
import type { Target } from "./target.ts";
import { costOfUsage, NO_USAGE } from "./usage-meter.ts";

/** What a request may buy. */
export interface AskedFor {
  /** Who is paid for an answer; none where it costs nothing. */
  readonly payees: readonly Candidate[];
  readonly tokens: () => AskedTokens;
}

/** A request whose client left before its answer. */
export interface CutOffFacts extends AskedFor {
  /** Who was being asked. */
  readonly underWay: readonly Target[];
}

export interface CutOff {
  /** Whose account it is on; null where nobody was being asked. */
  readonly candidate: Candidate | null;
  readonly usage: Usage | null;
  /** Of all that were being asked; null where the price of one is not known. */
  readonly costNanoUsd: number | null;
}

/** What is certain of calls that were cut off before they answered: each had its input read. The rest is not known. */
export function cutOff({ underWay, payees, tokens }: CutOffFacts): CutOff {
  const asked = underWay.flatMap(({ candidate }) =>
    payees.filter(({ candidateId }) => candidateId === candidate.candidateId).slice(0, 1),
  );
  const [candidate] = asked;
  if (candidate === undefined) return { candidate: null, usage: null, costNanoUsd: 0 };
  const usage = inputOnly(tokens());
  return { candidate, usage, costNanoUsd: costOfAll(usage, asked) };
}

/** What tries cost that another one overtook: as much is certain of them. */
export function hedgeCost(attempts: readonly AttemptRecord[], { payees, tokens }: AskedFor): number | null {
  const lost = attempts.filter(({ outcome }) => outcome === "hedge_lost");
  if (lost.length === 0) return 0;
  const asked = lost.flatMap(({ upstream, model }) =>
    payees.filter((one) => one.upstreamId === upstream && one.model === model).slice(0, 1),
  );
  return costOfAll(inputOnly(tokens()), asked);
}

function inputOnly({ input, serviceTier }: AskedTokens): Usage {
  return { ...NO_USAGE, inputUncached: input, estimated: true, ...(serviceTier == null ? {} : { serviceTier }) };
}

function costOfAll(usage: Usage, candidates: readonly Candidate[]): number | null {
  let cost = 0;
  for (const candidate of candidates) {
    const own = costOfUsage(usage, candidate);
    if (own === null) return null;
    cost += own;
  }
  return cost;
}

/** The tries as they ended, and those that had no time to say so. */
export function triesUntilLeft(tried: readonly AttemptRecord[], { underWay }: CutOffFacts): readonly AttemptRecord[] {
  const left = tried.filter(({ outcome }) => outcome === "client_left").length;
  const unsaid = underWay.slice(left).map(({ upstreamId, model }) => ({
    upstream: upstreamId,
    model,
    outcome: "client_left" as const,
    status: null,
    ms: 0,
  }));
  return [...tried, ...unsaid];
}
