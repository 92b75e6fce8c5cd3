import { Gauge, type Registry } from "prom-client";
import type { RetrainStore } from "./retrain-store.ts";

/** Runs by how they ended, and what waits for somebody. */
export function registerRetrainMetrics(
  registry: Registry,
  retrains: () => Pick<RetrainStore, "counts" | "list">,
): void {
  const registers = [registry];
  new Gauge({
    name: "weir_retrain_runs",
    help: "Runs of learning a router anew, by route and state",
    labelNames: ["route", "state"],
    registers,
    async collect() {
      this.reset();
      for (const { route, state, runs } of await retrains().counts()) this.set({ route, state }, runs);
    },
  });
  new Gauge({
    name: "weir_retrain_last_run_seconds",
    help: "When the newest run of a route began, seconds since 1970",
    labelNames: ["route"],
    registers,
    async collect() {
      this.reset();
      const routes = new Set((await retrains().counts()).map(({ route }) => route));
      for (const route of routes) {
        const [newest] = await retrains().list(route, 1);
        if (newest !== undefined) this.set({ route }, newest.startedAtMs / 1000);
      }
    },
  });
}
