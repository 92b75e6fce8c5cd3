import { Counter, Gauge, type Registry } from "prom-client";
import { usdFromNano } from "../../../engine/cost.ts";
import type { Alarm } from "../../activation/send-alarm.ts";
import { signalFigures } from "./model-state.ts";
import type { ModelStore } from "./model-store.ts";

export interface DriftMetrics {
  countAlarm(alarm: Alarm): void;
}

const DAY_MS = 86_400_000;

/** Alarms by what raised them, and the evidence that gathers on each model. */
export function createDriftMetrics(
  registry: Registry,
  { store, clock }: { readonly store: () => ModelStore; readonly clock: () => number },
): DriftMetrics {
  const registers = [registry];
  const alarms = new Counter({
    name: "weir_alarms_total",
    help: "Alarms by route and signal: quality, errors, latency, input, version, fingerprint, refusals, length, canary, price",
    labelNames: ["route", "signal"],
    registers,
  });
  new Gauge({
    name: "weir_drift_evidence",
    help: "Evidence that a model is not what it was (an e-value; it alarms at 1 / drift.falseAlarmRate)",
    labelNames: ["model", "signal"],
    registers,
    collect() {
      this.reset();
      for (const model of store().models()) {
        const state = store().state(model);
        for (const { signal, evidence } of state === null ? [] : signalFigures(state)) {
          if (evidence !== null) this.set({ model, signal }, evidence);
        }
      }
    },
  });
  new Gauge({
    name: "weir_canaries_today",
    help: "Canaries of today (UTC) by model and outcome",
    labelNames: ["model", "outcome"],
    registers,
    collect() {
      this.reset();
      const today = Math.floor(clock() / DAY_MS);
      for (const model of store().models()) {
        for (const { source, answers, passed } of store().days(model, today)) {
          if (source !== "canary") continue;
          this.set({ model, outcome: "passed" }, passed);
          this.set({ model, outcome: "failed" }, answers - passed);
        }
      }
    },
  });
  new Gauge({
    name: "weir_canaries_today_usd",
    help: "What the canaries of today (UTC) have cost",
    registers,
    collect() {
      this.set(usdFromNano(store().canaryNanoUsd(Math.floor(clock() / DAY_MS))));
    },
  });
  return { countAlarm: ({ route, signal }) => alarms.labels(route, signal).inc() };
}
