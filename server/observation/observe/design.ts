import { type AuditDesign, drawAudit, solveScale } from "../audit-design.ts";
import type { ObservedRequest } from "./audit-store.ts";
import type { ObservationSection } from "./observation-config.ts";

/** A day's design without its salt: how that day's requests come into the audit. */
export type DayDesign = Omit<AuditDesign, "salt">;

const NANO = 1e9;
/** Most that any part but the uniform one asks for. */
const MOST = 0.5;
const HALVINGS = 20;

/** Without earlier traffic: the uniform part alone. */
export function firstDesign(kind: "observe" | "active", section: ObservationSection): DayDesign {
  const rate = kind === "observe" ? section.auditRate : section.activeAuditRate;
  return { uniform: section.dailyUsd === 0 ? 0 : rate, scale: 0, floors: {}, most: MOST };
}

/**
 * The design of a day from the requests of an earlier one. Tasks get the audits that they shall have by the end, and what
 * money is left goes where it tells most; that part costs at most as much as the uniform one, and all of them no more than
 * the day may.
 *
 * @param earlier all observed requests of one earlier day
 */
export function nextDesign(section: ObservationSection, earlier: readonly ObservedRequest[]): DayDesign {
  const first = firstDesign("observe", section);
  if (first.uniform === 0 || earlier.length === 0) return first;
  const units = earlier.map(({ stratum, spread, auditNanoUsd }) => ({ stratum, spread, costNanoUsd: auditNanoUsd }));
  const dayNanoUsd = section.dailyUsd * NANO;
  const costOf = (design: DayDesign) =>
    units.reduce((sum, unit) => sum + unit.costNanoUsd * inclusionOf(design, unit), 0);
  let floors = floorsOf(section, earlier);
  for (let i = 0; i < HALVINGS && costOf({ ...first, floors }) > dayNanoUsd; i++) {
    floors = Object.fromEntries(Object.entries(floors).map(([stratum, floor]) => [stratum, floor / 2]));
  }
  const withFloors = { ...first, floors };
  const budget = Math.min(dayNanoUsd, costOf(withFloors) + costOf(first));
  return { ...withFloors, scale: solveScale(withFloors, units, budget) };
}

function inclusionOf(design: DayDesign, unit: Parameters<typeof solveScale>[1][number]): number {
  return drawAudit({ ...design, salt: "" }, { ...unit, requestId: "" }).inclusion;
}

function floorsOf({ days, perTask }: ObservationSection, earlier: readonly ObservedRequest[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { stratum } of earlier) counts.set(stratum, (counts.get(stratum) ?? 0) + 1);
  return Object.fromEntries(
    [...counts].map(([stratum, requests]) => [stratum, Math.min(MOST, perTask / (requests * days))]),
  );
}
