import type { Decision } from "../../engine/decision.ts";
import { isHoldout, lotOf } from "../observation/audit-design.ts";
import { type Certificate, thresholdFor } from "../observation/certificate.ts";
import { leaveScore, STAYS, UNKNOWN_STRATUM } from "../observation/leave-score.ts";

/** Why an active route follows a decision or does not. Codes are API. */
export type StandingReason =
  | "certified"
  | "override"
  | "holdout"
  | "not_ramped"
  | "below_threshold"
  | "not_certified"
  | "not_eligible"
  | "killed"
  | "rolled_back"
  | "no_certificate"
  | "certificate_void";

/** How one request of an active route stands. */
export interface Standing {
  readonly isFollowed: boolean;
  readonly because: StandingReason;
  /** Arm and session as the ledger names them; null: nothing is verified on this route. */
  readonly lot: { readonly arm: "treatment" | "holdout"; readonly session: string } | null;
}

/** What a route is activated under, at one moment. */
export interface Footing {
  /** Why nothing is routed, whatever the request; null: it is. */
  readonly stopped: Extract<StandingReason, "killed" | "rolled_back" | "no_certificate" | "certificate_void"> | null;
  /** null: under an override. */
  readonly certificate: Certificate | null;
  /** Who is held back; null: nobody. */
  readonly period: { readonly period: number; readonly salt: string; readonly holdout: number } | null;
  /** Draws who is ramped where there is no period. */
  readonly rampSalt: string;
  readonly rampShare: number;
}

export interface StandingFacts {
  readonly decision: Decision;
  /** Client's name of the session, told from other keys' sessions; null: the request is its own. */
  readonly session: string | null;
  readonly requestId: string;
  /** Whether audits say anything of requests like it. */
  readonly isEligible: boolean;
}

/** The lot of a session, and whether a decision is followed under this footing. Pure: the same request stands the same. */
export function standingOf(footing: Footing, { decision, session, requestId, isEligible }: StandingFacts): Standing {
  const { period, certificate, stopped } = footing;
  const name = session ?? requestId;
  const lot = period === null ? null : lotIn(period, name);
  const kept = (because: StandingReason): Standing => ({ isFollowed: false, because, lot });
  if (stopped !== null) return kept(stopped);
  if (lot?.arm === "holdout") return kept("holdout");
  if (
    footing.rampShare < 1 &&
    lotOf(period?.salt ?? footing.rampSalt, "ramp", lot?.session ?? name) >= footing.rampShare
  ) {
    return kept("not_ramped");
  }
  if (certificate === null) return { isFollowed: true, because: "override", lot };
  if (!isEligible) return kept("not_eligible");
  const threshold = thresholdFor(certificate, decision.task ?? UNKNOWN_STRATUM);
  if (threshold === null) return kept("not_certified");
  const score = leaveScore(decision);
  if (score !== STAYS && score < threshold) return kept("below_threshold");
  return { isFollowed: true, because: "certified", lot };
}

/** A session that lasts into the next period is another one there, so that no session changes its arm. */
function lotIn({ period, salt, holdout }: NonNullable<Footing["period"]>, name: string): NonNullable<Standing["lot"]> {
  const session = period === 1 ? name : `${name}@${period}`;
  return { session, arm: isHoldout(salt, session, holdout) ? "holdout" : "treatment" };
}
