import type { RouteSection } from "../config-schema.ts";
import { commitmentOf } from "../observation/audit-design.ts";
import type { Certificate } from "../observation/certificate.ts";
import type { LedgerEntry } from "../savings/store/ledger-store.ts";
import type { LedgerWriter } from "../savings/store/ledger-writer.ts";
import { DEFAULT_ACTIVATION } from "./activation-config.ts";
import type { ActivationStore, Period } from "./activation-store.ts";
import { holdoutOf, qualityLossOf } from "./route-terms.ts";

/** Periods of the holdout's salts, as the ledger has them. */
export interface Periods {
  /** Lots go on being drawn while a route is stopped: its sessions count in the arm that they drew. */
  current(name: string, route: RouteSection, facts: PeriodFacts): Period | null;
  /** Ends the period before, whose salt is shown, and begins another one. */
  begin(name: string, holdout: number, last: Period | null, nowMs: number): Period;
}

export interface PeriodFacts {
  /** Whether the route has a footing. */
  readonly isActive: boolean;
  readonly isCertified: boolean;
  readonly nowMs: number;
}

export interface PeriodsDeps {
  readonly store: Pick<ActivationStore, "period" | "beginPeriod">;
  readonly ledger: Pick<LedgerWriter, "take">;
  /** Unguessable. */
  readonly newSalt: () => string;
}

export function createPeriods({ store, ledger, newSalt }: PeriodsDeps): Periods {
  function begin(name: string, holdout: number, last: Period | null, nowMs: number): Period {
    if (last !== null) {
      const key = `reveal ${last.period}`;
      ledger.take([{ route: name, atMs: nowMs, key, fact: { kind: "reveal", salt: last.salt } }]);
    }
    const period = { period: (last?.period ?? 0) + 1, salt: newSalt(), holdout, startedAtMs: nowMs };
    return store.beginPeriod(name, period);
  }

  return {
    current(name, route, { isActive, isCertified, nowMs }) {
      const last = store.period(name);
      const holdout = holdoutOf(route, isCertified);
      if (holdout === 0 || (last === null && !isActive)) return null;
      if (last !== null && last.holdout === holdout) return last;
      return begin(name, holdout, last, nowMs);
    },
    begin,
  };
}

export interface TermsFacts {
  readonly name: string;
  readonly route: RouteSection;
  readonly period: Period;
  /** The one that holds; null for none. */
  readonly certificate: Certificate | null;
  readonly atMs: number;
}

/** The terms in force, as the ledger states them. */
export function termsEntry({ name, route, period, certificate, atMs }: TermsFacts): LedgerEntry {
  return {
    route: name,
    atMs,
    key: null,
    fact: {
      kind: "terms",
      route: name,
      incumbent: route.incumbent,
      holdout: period.holdout,
      salt_commitment: commitmentOf(period.salt),
      confidence: certificate?.confidence ?? route.certificate?.confidence ?? 0.95,
      fee_share: (route.activation ?? DEFAULT_ACTIVATION).feeShare,
      quality_margin: qualityLossOf(route, certificate),
      certificate: certificate?.digest ?? null,
    },
  };
}
