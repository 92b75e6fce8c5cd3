import { Counter, Gauge, type Registry } from "prom-client";
import type { Activation } from "./activation.ts";
import type { Standing } from "./standing.ts";

/** Counts how requests of active routes stand, and shows how far each route is. */
export function createActivationMetrics(
  registry: Registry,
  activation: () => Pick<Activation, "routes" | "alarms">,
): (route: string, standing: Standing) => void {
  const registers = [registry];
  const standings = new Counter({
    name: "weir_activation_requests_total",
    help: "Requests of active routes by why their decision was followed or not",
    labelNames: ["route", "because"],
    registers,
  });
  new Gauge({
    name: "weir_activation_share",
    help: "Share of the treated sessions of an active route that is routed now",
    labelNames: ["route"],
    registers,
    collect() {
      this.reset();
      for (const { name, share } of activation().routes()) this.set({ route: name }, share);
    },
  });
  new Gauge({
    name: "weir_activation_alarms",
    help: "Latest alarms of active routes since the start, by signal",
    labelNames: ["route", "signal"],
    registers,
    collect() {
      this.reset();
      for (const { route, signal } of activation().alarms) this.inc({ route, signal });
    },
  });
  return (route, { because }) => standings.labels(route, because).inc();
}
