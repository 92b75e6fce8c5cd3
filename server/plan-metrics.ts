import { Counter, type Registry } from "prom-client";
import type { Settlement } from "./gateway/settlement.ts";

const NANO = 1e9;

/** What is counted of decisions for several calls. Rules and ends are our own words, so their number is bounded. */
export function createPlanMetrics(registry: Registry): (settlement: Pick<Settlement, "plan">) => void {
  const registers = [registry];
  const plans = new Counter({
    name: "weir_plans_total",
    help: "Decisions for several calls by their rule and how they ended; an end may say why one was not followed",
    labelNames: ["rule", "end"],
    registers,
  });
  const calls = new Counter({
    name: "weir_plan_calls_total",
    help: "Calls of plans by rule: asked at once, or later because of what the first said",
    labelNames: ["rule", "when"],
    registers,
  });
  const others = new Counter({
    name: "weir_plan_other_calls_usd_total",
    help: "Cost of calls whose answers were not served, by rule; part of weir_cost_usd_total",
    labelNames: ["rule"],
    registers,
  });
  return ({ plan = null }) => {
    if (plan === null) return;
    plans.labels(plan.rule, plan.end).inc();
    for (const model of plan.calls) calls.labels(plan.rule, plan.first.includes(model) ? "first" : "later").inc();
    if (plan.otherCallsNanoUsd !== null && plan.otherCallsNanoUsd > 0)
      others.labels(plan.rule).inc(plan.otherCallsNanoUsd / NANO);
  };
}
