import type { See, Seen } from "./choices.ts";
import { type Compared, type ComparedRequest, compareRouters } from "./compare.ts";
import { auditOutcomes, candidateAt, type FeedbackRates, feedbackOutcome } from "./outcomes.ts";
import type { MaterialRow } from "./read-material.ts";

export interface OnMaterial {
  readonly rows: readonly MaterialRow[];
  readonly serving: See;
  readonly candidate: See;
  readonly rates: FeedbackRates;
  /** Whether the route's policy draws lots, so that any model may have been tried. */
  readonly drawsLots: boolean;
  readonly confidence: number;
}

export type Word = "audits" | "feedback";

/** Known outcomes, counted as equally weighted ones, below which nothing is said. */
const LEAST_EFFECTIVE = 50;
/** With so many audits nobody's feedback is needed: chances of audits are known by design. */
const ENOUGH_AUDITS = 30;

/** Compares two routers on held-out requests, by audits where there are some, else by feedback. */
export async function compareOnMaterial({ rows, ...context }: OnMaterial): Promise<{ by: Word; compared: Compared }> {
  const audited = rows.filter((row) => auditOutcomes(row).length > 0).length;
  const by: Word =
    audited >= ENOUGH_AUDITS || rows.every(({ feedback }) => feedback.length === 0) ? "audits" : "feedback";
  const requests: ComparedRequest[] = [];
  for (const row of rows) {
    // What cannot be audited says nothing of what audits would find.
    if (by === "audits" && (row.observed?.inclusion ?? 0) === 0) continue;
    const [serving, candidate] = [await context.serving(row.entry), await context.candidate(row.entry)];
    if (serving !== null && candidate !== null) requests.push(comparedRequest(row, serving, candidate, by, context));
  }
  const { confidence } = context;
  return { by, compared: compareRouters(requests, { confidence, leastEffective: LEAST_EFFECTIVE }) };
}

function comparedRequest(
  row: MaterialRow,
  serving: Seen,
  candidate: Seen,
  by: Word,
  { rates, drawsLots }: Pick<OnMaterial, "rates" | "drawsLots">,
): ComparedRequest {
  const decision = row.entry.decision!;
  const said = by === "audits" ? null : feedbackOutcome(row, rates);
  const incumbent = candidateAt(decision, decision.incumbent) ?? "";
  const tried = by === "audits" ? [incumbent, candidateAt(decision, decision.chosen)] : [row.entry.model];
  return {
    session: row.entry.session ?? row.entry.id,
    incumbent,
    serving: serving.chances,
    candidate: candidate.chances,
    expectedQuality: new Map(candidate.facts.candidates.map(({ candidateId, quality }) => [candidateId, quality ?? 0])),
    // One estimate for both, so that a router that thinks answers short is not cheaper for it.
    costNanoUsd: new Map(
      serving.facts.candidates.map(({ candidateId, costNanoUsd }, i) => [
        candidateId,
        costNanoUsd ?? candidate.facts.candidates[i]?.costNanoUsd ?? 0,
      ]),
    ),
    known: by === "audits" ? auditOutcomes(row) : said === null ? [] : [said],
    // An audit of a request that stays asks nobody, so nothing is known of leaving.
    knowable: drawsLots
      ? null
      : new Set(by === "audits" && tried[0] === tried[1] ? [] : tried.filter((id) => id !== null)),
  };
}
