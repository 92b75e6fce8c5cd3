import type { PolicyInput, ReadyPolicy, RouteCalibration, ScoredCandidate } from "../../engine/policy.ts";
import { seededRng } from "../../engine/rng.ts";
import type { LogRecord } from "../../engine/schema/log-record.ts";
import type { LoggedChoices } from "./estimators/off-policy.ts";

/** A logged request that another policy can be asked about. */
export interface ReplayableRequest {
  readonly scored: readonly ScoredCandidate[];
  readonly incumbent: number;
  /** The model that answered, in `scored`. */
  readonly served: number;
  readonly propensity: number;
  readonly inputTokens: number;
  readonly complexity: number;
  readonly session: string;
  readonly atMs: number;
  /** null: not known. */
  readonly quality: number | null;
  readonly costNanoUsd: number | null;
}

const TRUST = ["test", "judge", "user"] as const;

/** What a log record lets one ask; null when a decision, its candidates or who answered is missing. */
export function replayable(record: LogRecord): ReplayableRequest | null {
  const { decision, model } = record;
  if (decision?.candidates === undefined || decision.propensity === undefined || model === null) return null;
  const scored = decision.candidates.flatMap(({ model: candidateId, quality, quality_low, cost_usd, eligible }) =>
    eligible && quality !== null && cost_usd !== null
      ? [{ candidateId, quality, qualityLow: quality_low ?? quality, costNanoUsd: cost_usd * 1e9 }]
      : [],
  );
  const served = scored.findIndex(({ candidateId }) => candidateId === model);
  // Somebody else answered than was chosen (a fallback, a mode that only watches): the propensity is not the answer's.
  if (served === -1 || decision.model !== model) return null;
  // What several calls brought and cost is no one model's outcome.
  if (record.plan?.followed === true) return null;
  const verdict = TRUST.map((source) => record.feedback?.find((said) => said.source === source)).find(Boolean);
  return {
    scored,
    served,
    incumbent: scored.findIndex(({ candidateId }) => candidateId === decision.incumbent?.model),
    propensity: decision.propensity,
    inputTokens: record.input_tokens ?? 0,
    complexity: decision.complexity ?? 0,
    session: record.session ?? record.id,
    atMs: Date.parse(record.at),
    quality: verdict === undefined ? null : (verdict.score ?? (verdict.label === "good" ? 1 : 0)),
    costNanoUsd: record.cost_usd == null ? null : record.cost_usd * 1e9,
  };
}

/** What policies solve their trade-off on: the log itself, outcomes known for who answered alone. */
export function calibrationOf(requests: readonly ReplayableRequest[]): RouteCalibration | null {
  const [first] = requests;
  if (first === undefined) return null;
  const candidateIds = first.scored.map(({ candidateId }) => candidateId);
  const key = candidateIds.join("\n");
  const rows = requests.filter(({ scored }) => scored.map(({ candidateId }) => candidateId).join("\n") === key);
  const cells = (figureOf: (row: ReplayableRequest, candidate: number) => number) =>
    Float32Array.from(rows.flatMap((row) => candidateIds.map((_, candidate) => figureOf(row, candidate))));
  return {
    rows: rows.length,
    candidateIds,
    incumbent: first.incumbent,
    quality: cells((row, candidate) => row.scored[candidate]!.quality),
    costNanoUsd: cells((row, candidate) => row.scored[candidate]!.costNanoUsd),
    observed: cells((row, candidate) => (candidate === row.served ? (row.quality ?? Number.NaN) : Number.NaN)),
    inputTokens: Uint32Array.from(rows, ({ inputTokens }) => inputTokens),
    task: new Float32Array(0),
    tasks: 0,
  };
}

/** How often a policy that draws lots is asked, to learn the chances of its choices. */
const ASKED = 100;

/** The log as another policy sees it, for one outcome. Requests whose outcome is not known are left out. */
export function choicesUnder(
  policy: ReadyPolicy,
  drawsLots: boolean,
  requests: readonly ReplayableRequest[],
  outcome: "quality" | "costNanoUsd",
  seed: number,
): LoggedChoices {
  const known = requests.filter((request) => request[outcome] !== null);
  const rng = seededRng(seed);
  const seen = known.map((request) => {
    const input: PolicyInput = { ...request, qualityFloor: null, task: new Float32Array(0), rng, nowMs: request.atMs };
    const chances = new Map<number, number>();
    for (let time = 0; time < (drawsLots ? ASKED : 1); time++) {
      const { chosen, propensity } = policy.decide(input);
      chances.set(chosen === -1 ? request.incumbent : chosen, propensity);
    }
    const total = [...chances.values()].reduce((sum, chance) => sum + chance, 0);
    let expected = 0;
    for (const [chosen, chance] of chances) expected += (chance / total) * (request.scored[chosen]?.[outcome] ?? 0);
    return { target: chances.get(request.served) ?? 0, expected };
  });
  return {
    reward: Float64Array.from(known, (request) => request[outcome]!),
    propensity: Float64Array.from(known, ({ propensity }) => propensity),
    target: Float64Array.from(seen, ({ target }) => target),
    expectedLogged: Float64Array.from(known, ({ scored, served }) => scored[served]![outcome]),
    expectedTarget: Float64Array.from(seen, ({ expected }) => expected),
    cluster: known.map(({ session }) => session),
  };
}
