import { createHash, createHmac } from "node:crypto";

/** How requests come into the audit. Fixed before they arrive, so every chance is known exactly. */
export interface AuditDesign {
  /** Kept secret while it is used and shown afterwards; `commitmentOf` it is published before. */
  readonly salt: string;
  /** Chance of the uniform part, the same for every request; certificates rest on these audits alone. */
  readonly uniform: number;
  /** Scale of the variance-optimal part, from `solveScale` on earlier traffic. */
  readonly scale: number;
  /** Least chance by stratum; a stratum without an entry has `uniform`. */
  readonly floors: Readonly<Record<string, number>>;
  /** Most that the variance-optimal part may ask for. */
  readonly most: number;
}

/** What is known of a request before it is audited. */
export interface AuditUnit {
  readonly requestId: string;
  readonly stratum: string;
  /** Predicted standard deviation of the quality difference; large near the decision boundary. */
  readonly spread: number;
  /** What its audit is expected to cost, nano-USD. */
  readonly costNanoUsd: number;
}

export interface AuditDraw {
  readonly isAudited: boolean;
  /** Drawn by the uniform part. */
  readonly isUniform: boolean;
  /** Chance of an audit by either part. */
  readonly inclusion: number;
  readonly uniformInclusion: number;
}

/** Digest of a salt, to be published before the first request is drawn with it. */
export function commitmentOf(salt: string): string {
  return createHash("sha256").update(salt).digest("hex");
}

/** Number in [0, 1) that whoever knows the salt can compute again, and nobody else can steer; one for each purpose. */
export function lotOf(salt: string, purpose: string, id: string): number {
  const bytes = createHmac("sha256", salt).update(`${purpose}\n${id}`).digest();
  return (bytes.readUInt32BE(0) * 2 ** 21 + (bytes.readUInt32BE(4) >>> 11)) / 2 ** 53;
}

/** Draws a request: two independent lots, so that the uniform part stays a uniform sample. */
export function drawAudit(design: AuditDesign, unit: AuditUnit): AuditDraw {
  const optimal = optimalInclusion(design, unit);
  const isUniform = lotOf(design.salt, "audit uniform", unit.requestId) < design.uniform;
  const isOptimal = lotOf(design.salt, "audit optimal", unit.requestId) < optimal;
  return {
    isAudited: isUniform || isOptimal,
    isUniform,
    inclusion: inclusionOf(design.uniform, optimal),
    uniformInclusion: design.uniform,
  };
}

/** Share of sessions kept on the incumbent after activation, drawn as audits are, by another lot. */
export function isHoldout(salt: string, session: string, share: number): boolean {
  return lotOf(salt, "holdout", session) < share;
}

/**
 * Chance of the variance-optimal part: proportional to spread / sqrt(cost) (Neyman), and at least what lifts the chance by either
 * part to the stratum's floor.
 */
function optimalInclusion(design: Omit<AuditDesign, "salt">, unit: Omit<AuditUnit, "requestId">): number {
  const wanted = Math.min(design.most, design.scale * neymanSize(unit));
  const floor = design.floors[unit.stratum] ?? 0;
  const lift = design.uniform >= 1 ? 0 : (floor - design.uniform) / (1 - design.uniform);
  return Math.min(1, Math.max(0, wanted, lift));
}

function neymanSize({ spread, costNanoUsd }: Pick<AuditUnit, "spread" | "costNanoUsd">): number {
  return spread / Math.sqrt(Math.max(1, costNanoUsd));
}

function inclusionOf(uniform: number, optimal: number): number {
  return uniform + optimal - uniform * optimal;
}

/**
 * Scale at which the audits of traffic like this are expected to cost the budget. With a budget that uniform part and floors
 * use up already it is 0.
 *
 * @param units  requests of an earlier day; never those that the scale will draw
 * @source       Neyman 1934 with unequal costs (Cochran, Sampling Techniques, 5.5)
 */
export function solveScale(
  design: Omit<AuditDesign, "salt" | "scale">,
  units: readonly Omit<AuditUnit, "requestId">[],
  budgetNanoUsd: number,
): number {
  const expected = (scale: number) =>
    units.reduce(
      (sum, unit) => sum + unit.costNanoUsd * inclusionOf(design.uniform, optimalInclusion({ ...design, scale }, unit)),
      0,
    );
  if (expected(0) >= budgetNanoUsd) return 0;
  const least = units.map(neymanSize).reduce((low, size) => (size > 0 && size < low ? size : low), Infinity);
  if (least === Infinity) return 0;
  const full = design.most / least;
  if (expected(full) <= budgetNanoUsd) return full;
  let [low, high] = [0, full];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (expected(middle) < budgetNanoUsd) low = middle;
    else high = middle;
  }
  return low;
}
