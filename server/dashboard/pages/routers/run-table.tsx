import { Badge } from "@mantine/core";
import { dayTime } from "../../format.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { qualityDifference } from "./comparison-text.ts";
import type { RetrainRun } from "./retrain-body.ts";

const STATES = {
  running: { text: "running", color: "cyan.9" },
  proposed: { text: "proposed", color: "teal.9" },
  no_better: { text: "nothing better", color: "gray.7" },
  refused: { text: "refused", color: "yellow.4" },
  failed: { text: "failed", color: "red.9" },
  died: { text: "died", color: "red.9" },
} as const;

/** Runs, newest first, with what each found and why it proposed nothing. */
export function RunTable({ runs }: { readonly runs: readonly RetrainRun[] }) {
  return (
    <DataTable
      caption="Runs"
      rows={runs}
      keyOf={({ run }) => run}
      none="No run yet. Start one, or give a route retrain.schedule."
      columns={[
        { name: "started", title: "Started (UTC)", cell: ({ started_at: at }) => dayTime(at) },
        { name: "route", title: "Route", cell: ({ route }) => route },
        {
          name: "state",
          title: "State",
          cell: ({ state }) => <Badge color={STATES[state].color}>{STATES[state].text}</Badge>,
        },
        { name: "because", title: "What it found", cell: ({ because, stage }) => because ?? `at ${stage}` },
        {
          name: "difference",
          title: "Quality, new less serving",
          isNumber: true,
          cell: ({ comparison }) => (comparison === null ? "—" : qualityDifference(comparison)),
        },
        { name: "trigger", title: "Begun by", cell: ({ trigger }) => trigger },
      ]}
    />
  );
}
