import type { Estimate } from "../observation/estimators/estimate.ts";
import { type Invoice, invoiceMonth } from "./invoice.ts";
import type { LedgerRow, LedgerTerms } from "./ledger-row.ts";
import { checkQuality, type QualityGate, type Verdict } from "./quality-gate.ts";
import { type ArmCounts, checkSampleRatio, type SampleRatio } from "./sample-ratio.ts";
import { type SessionColumns, type VerifiedSaving, verifySaving } from "./verified.ts";

/** One month, as it stood at its end. Money in nano-USD; months are of UTC. */
export interface MonthStatement {
  /** E.g. `2026-11`. */
  readonly month: string;
  /** Saved by the sessions that began in the month, before overhead, as it stood at its end. */
  readonly saved: Estimate;
  /** As a share of what the treated sessions would have cost; null when nothing was treated. */
  readonly savedShare: number | null;
  readonly sessions: { readonly treatment: number; readonly holdout: number };
  readonly overheadNanoUsd: number;
  /** Saving forgone by keeping the holdout on the incumbent: an estimate. */
  readonly holdoutCostNanoUsd: number;
  /** Since the first row, overhead taken off. */
  readonly cumulative: {
    readonly saved: Estimate;
    readonly lowerBound: number | null;
    readonly overheadNanoUsd: number;
  };
  readonly quality: QualityGate;
  readonly sampleRatio: SampleRatio;
  readonly unpriced: number;
  readonly invoice: Invoice;
}

interface OpenSession {
  readonly month: string;
  readonly day: number;
  readonly isHoldout: boolean;
  readonly holdoutShare: number;
  readonly expected: number;
  cost: number;
}

const DAY_MS = 86_400_000;

/**
 * Adds up a ledger and closes every month as it stood at its end, so that a statement made later from the same rows is the
 * same. A request counts with its session, in the month in which the session began.
 */
export function createStatements(): { take(row: LedgerRow): void; close(): readonly MonthStatement[] } {
  const sessions = new Map<string, OpenSession>();
  const verdicts: { month: string; verdict: Verdict }[] = [];
  const arms = new Map<string, { share: number; holdout: number; treatment: number }>();
  const overhead = { month: 0, total: 0 };
  const statements: MonthStatement[] = [];
  let terms: LedgerTerms | null = null;
  let month: string | null = null;
  let unpriced = 0;
  let settled = 0;

  function take({ at, fact }: LedgerRow): void {
    const now = at.slice(0, 7);
    while (month !== null && month < now) {
      const statement = statementOf(month);
      statements.push(statement);
      settled = statement.invoice.settledAfter;
      overhead.month = 0;
      unpriced = 0;
      month = following(month);
    }
    month = now;
    switch (fact.kind) {
      case "terms":
        terms = fact;
        return;
      case "session": {
        if (terms === null) return;
        const isHoldout = fact.arm === "holdout";
        const counted = arms.get(`${terms.salt_commitment} ${terms.holdout}`);
        const count = counted ?? { share: terms.holdout, holdout: 0, treatment: 0 };
        count[fact.arm]++;
        arms.set(`${terms.salt_commitment} ${terms.holdout}`, count);
        sessions.set(fact.session, {
          month: now,
          day: Math.floor(Date.parse(at) / DAY_MS),
          isHoldout,
          holdoutShare: terms.holdout,
          expected: fact.expected_nano_usd,
          cost: 0,
        });
        return;
      }
      case "request": {
        const session = sessions.get(fact.session);
        if (session !== undefined) session.cost += fact.cost_nano_usd;
        spend(fact.overhead_nano_usd);
        return;
      }
      case "overhead":
        spend(fact.cost_nano_usd);
        return;
      case "unpriced":
        unpriced++;
        return;
      case "quality": {
        const { session, score, inclusion } = fact;
        const verdict = { session, score, inclusion, isHoldout: fact.arm === "holdout", isPaired: fact.paired };
        verdicts.push({ month: now, verdict });
        return;
      }
      case "prices":
      case "reveal":
        return;
    }
  }

  function spend(nanoUsd: number): void {
    overhead.month += nanoUsd;
    overhead.total += nanoUsd;
  }

  function statementOf(of: string): MonthStatement {
    const agreed = terms!; // a month begins with its first row, which the check wants to be terms
    const options = { confidence: agreed.confidence, tuned: agreed.tuned_sessions };
    const all = [...sessions.values()];
    const began = all.filter((session) => session.month === of);
    const own = verifySaving(columnsOf(began), options);
    const since = verifySaving(columnsOf(all), options);
    const quality = checkQuality(
      verdicts.map(({ verdict }) => verdict),
      verdicts.filter((entry) => entry.month === of).map(({ verdict }) => verdict),
      agreed.quality_margin,
      options,
    );
    const sampleRatio = checkSampleRatio([...arms.values()] satisfies ArmCounts[]);
    const lowerBound = since.lowerBound === null ? null : since.lowerBound - overhead.total;
    const invoice = invoiceMonth({ lowerBound, feeShare: agreed.fee_share, quality, sampleRatio, unpriced }, settled);
    return {
      month: of,
      saved: own.saved,
      savedShare: shareOf(own),
      sessions: { treatment: own.treated, holdout: own.holdout },
      overheadNanoUsd: overhead.month,
      holdoutCostNanoUsd: own.treated === 0 ? 0 : (own.saved.value / own.treated) * own.holdout,
      cumulative: { saved: less(since.saved, overhead.total), lowerBound, overheadNanoUsd: overhead.total },
      quality,
      sampleRatio,
      unpriced,
      invoice,
    };
  }

  function close(): readonly MonthStatement[] {
    if (month === null || terms === null) return statements;
    return [...statements, statementOf(month)];
  }

  return { take, close };
}

function shareOf({ saved, treatedCost }: VerifiedSaving): number | null {
  const baseline = saved.value + treatedCost;
  return baseline > 0 ? saved.value / baseline : null;
}

function less(estimate: Estimate, by: number): Estimate {
  return { ...estimate, value: estimate.value - by, low: estimate.low - by, high: estimate.high - by };
}

function columnsOf(sessions: readonly OpenSession[]): SessionColumns {
  return {
    day: Int32Array.from(sessions, ({ day }) => day),
    isHoldout: Uint8Array.from(sessions, ({ isHoldout }) => (isHoldout ? 1 : 0)),
    holdoutShare: Float64Array.from(sessions, ({ holdoutShare }) => holdoutShare),
    expected: Float64Array.from(sessions, ({ expected }) => expected),
    cost: Float64Array.from(sessions, ({ cost }) => cost),
  };
}

function following(month: string): string {
  const [year, number] = month.split("-").map(Number) as [number, number]; // YYYY-MM, as cut from a moment
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, "0")}`;
}
