/** What the codes of the API mean, for people. A code that is not here is shown as it is. */
const REASONS: Readonly<Record<string, string>> = {
  cheapest_meeting_target: "the cheapest that keeps the route's quality",
  best_net_quality: "most quality for its price",
  best_quality_within_cost: "the best within the cost allowed",
  within_budget_pace: "the best that the budget's pace allows",
  cascade_first: "asked first, another one if its answer is not enough",
  rule: "a rule of the route names it",
  fixed: "the route always asks it",
  random: "drawn by lot",
  explored: "drawn by lot, to learn",
  only_candidate: "no other could answer",
  quality_floor_unmet: "none is surely above the floor; this comes nearest",
  threshold_met: "above the threshold",
  threshold_unmet: "none is above the threshold",
  nearest_neighbours: "did best on prompts like this",
  cluster_mean: "does best on this kind of task",
  scorer_failed: "the router failed: the incumbent serves",
  scorer_timeout: "the router was late: the incumbent serves",
  out_of_distribution: "too far from what the router knows: the incumbent serves",
  policy_failed: "the policy failed: the incumbent serves",
  incumbent: "nothing cheaper keeps the route's quality: the incumbent serves",
};

const CACHE: Readonly<Record<string, string>> = {
  hit: "answered from the cache: no upstream was asked",
  semantic: "answered with what was said to the same question in other words",
  "semantic-shadow": "asked upstream, and compared with what the cache would have said",
  miss: "looked, and not found",
  bypass: "not looked at: this request may not be answered from the cache",
};

const OUTCOMES: Readonly<Record<string, string>> = {
  ok: "answered",
  circuit_open: "not asked: it failed too often of late",
  timeout: "timed out",
  aborted: "broken off",
  overloaded: "overloaded",
  rate_limited: "over its rate limit",
};

export function reasonText(code: string): string {
  return REASONS[code] ?? code.replaceAll("_", " ");
}

export function cacheText(code: string | null | undefined): string {
  return code == null ? "not looked at" : (CACHE[code] ?? code);
}

export function outcomeText(code: string): string {
  return OUTCOMES[code] ?? code.replaceAll("_", " ");
}

interface Said {
  readonly name?: unknown;
  readonly check?: unknown;
  readonly phase?: unknown;
  readonly outcome?: unknown;
  readonly found?: unknown;
}

/** What one guardrail did, e.g. `customer-data redacted 1 person, 1 email address in the request`. */
export function guardrailText(said: unknown): string {
  if (typeof said !== "object" || said === null) return String(said);
  const { name, check, phase, outcome, found } = said as Said;
  const words = typeof outcome === "string" ? outcome.replaceAll("_", " ") : "looked";
  const where = phase === "output" ? " in the answer" : phase === "input" ? " in the request" : "";
  return `${String(name ?? check)}: ${words}${foundText(found)}${where}`;
}

function foundText(found: unknown): string {
  if (typeof found !== "object" || found === null) return "";
  const parts = Object.entries(found).map(([type, times]) => `${times} ${type.toLowerCase().replaceAll("_", " ")}`);
  return parts.length === 0 ? "" : ` ${parts.join(", ")}`;
}
