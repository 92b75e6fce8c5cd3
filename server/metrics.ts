import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { RouteDecision } from "../engine/schema/decision.ts";
import type { StorageState } from "./storage.ts";

/** What the server counts. Labels take values from the configuration only, so their number is bounded. */
export interface Metrics {
  readonly registry: Registry;
  observeDecision(decision: RouteDecision): void;
  /** A request for a decision that ended in an error, by its code. */
  countRefusal(code: string): void;
  countFeedback(source: string): void;
  countReload(outcome: "applied" | "refused"): void;
}

export interface MetricsSources {
  readonly version: string;
  readonly storage: () => StorageState;
  readonly router: () => { readonly name: string; readonly version: string };
  /** Event loop, memory and garbage collection; off in tests. */
  readonly withProcess: boolean;
}

/** 10 us to 100 ms, in seconds. */
const STAGE_BUCKETS = [10e-6, 25e-6, 50e-6, 100e-6, 150e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 20e-3, 100e-3];

export function createMetrics({ version, storage, router, withProcess }: MetricsSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (withProcess) collectDefaultMetrics({ register: registry });

  const decisions = new Counter({
    name: "weir_decisions_total",
    help: "Decisions by route, chosen model and reason",
    labelNames: ["route", "model", "reason"],
    registers,
  });
  const failures = new Counter({
    name: "weir_score_failures_total",
    help: "Decisions that the incumbent took because scoring failed or was late, by kind",
    labelNames: ["kind"],
    registers,
  });
  const far = new Counter({
    name: "weir_out_of_distribution_total",
    help: "Decisions on prompts far from the router's training data",
    registers,
  });
  const refusals = new Counter({
    name: "weir_route_errors_total",
    help: "Requests for a decision that ended in an error, by code",
    labelNames: ["code"],
    registers,
  });
  const stages = new Histogram({
    name: "weir_decision_stage_seconds",
    help: "Time of a decision's stages: featurize, score, decide",
    labelNames: ["stage"],
    buckets: STAGE_BUCKETS,
    registers,
  });
  const saving = new Counter({
    name: "weir_estimated_saving_usd_total",
    help: "Expected cost of the incumbent minus that of the chosen model, where positive",
    registers,
  });
  const feedback = new Counter({
    name: "weir_feedback_total",
    help: "Feedback received, by source",
    labelNames: ["source"],
    registers,
  });
  const reloads = new Counter({
    name: "weir_config_reloads_total",
    help: "Reloads of configuration and router, by outcome",
    labelNames: ["outcome"],
    registers,
  });
  storageGauges(storage, registers);
  new Gauge({
    name: "weir_build_info",
    help: "Always 1; its labels tell what runs",
    labelNames: ["version", "node", "router", "router_version"],
    registers,
    collect() {
      const { name, version: routerVersion } = router();
      this.reset();
      this.set(
        {
          version,
          node: process.version,
          router: name,
          router_version: routerVersion,
        },
        1,
      );
    },
  });
  const featurize = stages.labels("featurize");
  const score = stages.labels("score");
  const decide = stages.labels("decide");
  const failed = failures.labels("failed");
  const late = failures.labels("timeout");

  return {
    registry,
    observeDecision({ route, model, reason, out_of_distribution, saving_usd, timing_ms }) {
      decisions.labels(route, model, reason).inc();
      if (reason === "scorer_failed") failed.inc();
      else if (reason === "scorer_timeout") late.inc();
      if (out_of_distribution) far.inc();
      if (saving_usd !== null && saving_usd > 0) saving.inc(saving_usd);
      featurize.observe(timing_ms.featurize / 1_000);
      score.observe(timing_ms.score / 1_000);
      decide.observe(timing_ms.decide / 1_000);
    },
    countRefusal: (code) => refusals.labels(code).inc(),
    countFeedback: (source) => feedback.labels(source).inc(),
    countReload: (outcome) => reloads.labels(outcome).inc(),
  };
}

/** The storage counts by itself; its numbers are read when somebody asks. */
function storageGauges(storage: () => StorageState, registers: Registry[]): void {
  const numbers: readonly (readonly [name: string, help: string, key: keyof StorageState])[] = [
    ["weir_storage_queue_depth", "Decisions waiting to be written", "queued"],
    ["weir_storage_dropped_total", "Decisions lost because the queue was full or the row was refused", "dropped"],
    ["weir_storage_written_total", "Decisions written", "written"],
    ["weir_storage_write_failures_total", "Batches that could not be written and were tried again", "failures"],
  ];
  for (const [name, help, key] of numbers) {
    if (!name.endsWith("_total")) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(storage()[key]);
        },
      });
      continue;
    }
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(storage()[key]);
      },
    });
  }
}
