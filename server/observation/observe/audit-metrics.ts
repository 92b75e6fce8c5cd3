import { Counter, type Registry } from "prom-client";
import { usdFromNano } from "../../../engine/cost.ts";
import type { Audit } from "./audit-store.ts";

export interface AuditMetrics {
  /** A request that was looked at; an empty reason: it was eligible. */
  countSeen(route: string, excludedBecause: string, isDrawn: boolean): void;
  countEnded(audit: Audit): void;
}

/** What is audited and what is not, what it costs, and how often judges fail. */
export function createAuditMetrics(registry: Registry): AuditMetrics {
  const registers = [registry];
  const seen = new Counter({
    name: "weir_observed_requests_total",
    help: "Requests of watched routes: drawn for an audit, eligible and not drawn, or why nothing is said of them",
    labelNames: ["route", "outcome"],
    registers,
  });
  const ended = new Counter({
    name: "weir_audits_total",
    help: "Audits that ended: done, unjudged (the judge answered nonsense or nothing) or lost, and why",
    labelNames: ["route", "state", "reason"],
    registers,
  });
  const spent = new Counter({
    name: "weir_audit_usd_total",
    help: "What audits that ended have cost, by what it was spent on: replay or judge",
    labelNames: ["route", "on"],
    registers,
  });
  return {
    countSeen(route, reason, isDrawn) {
      seen.labels(route, reason === "" ? (isDrawn ? "drawn" : "not_drawn") : reason).inc();
    },
    countEnded({ route, state, reason, judgedBy, replayNanoUsd, judgeNanoUsd }) {
      // The judge's name is a model's, or a verifier's: there are few of them.
      ended.labels(route, state, state === "done" ? (judgedBy ?? "unknown") : (reason ?? "unknown")).inc();
      spent.labels(route, "replay").inc(usdFromNano(replayNanoUsd));
      spent.labels(route, "judge").inc(usdFromNano(judgeNanoUsd));
    },
  };
}
