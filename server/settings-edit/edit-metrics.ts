import { Counter, type Registry } from "prom-client";

/** Counts changes of settings over the admin API. */
export function createEditCount(registry: Registry): (section: string, outcome: "applied" | "refused") => void {
  const edits = new Counter({
    name: "weir_settings_edits_total",
    help: "Changes of weir.yaml over the admin API, by section and outcome",
    labelNames: ["section", "outcome"],
    registers: [registry],
  });
  return (section, outcome) => edits.labels(section, outcome).inc();
}
