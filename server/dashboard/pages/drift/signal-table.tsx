import { count, percent } from "../../format.ts";
import { DataTable } from "../../parts/data-table.tsx";
import type { ModelSignal } from "./drift-body.ts";

const NAMES = { refusals: "Refused", length: "Of unusual length", canary: "Canaries failed" } as const;

/** What is watched of one model, and how far each signal is from an alarm. */
export function SignalTable({ model, signals }: { readonly model: string; readonly signals: readonly ModelSignal[] }) {
  return (
    <DataTable
      caption={`What is watched of ${model}`}
      rows={signals.filter(({ signal, looks }) => signal !== "canary" || looks > 0)}
      keyOf={({ signal }) => signal}
      columns={[
        { name: "signal", title: "Share of answers", cell: ({ signal }) => NAMES[signal] },
        { name: "state", title: "State", cell: stateText },
        { name: "usual", title: "Usual", isNumber: true, cell: (one) => shareText(one, one.usual) },
        { name: "recent", title: "Of late", isNumber: true, cell: (one) => shareText(one, one.recent) },
        { name: "allowed", title: "Allowed", isNumber: true, cell: (one) => shareText(one, one.allowed) },
        {
          name: "evidence",
          title: "Evidence of change",
          isNumber: true,
          cell: ({ evidence, alarm_from: from }) =>
            evidence === null ? "—" : `${evidence.toFixed(1)} of ${count(from)}`,
        },
      ]}
    />
  );
}

function stateText({ state, looks, missing }: ModelSignal): string {
  if (state === "watching") return `watching, ${count(looks)} looks`;
  return `learning, ${count(missing)} more`;
}

function shareText({ state }: ModelSignal, share: number | null): string {
  return share === null && state === "learning" ? "—" : percent(share);
}
