import { Badge, Group } from "@mantine/core";
import type { CandidateReport } from "../../../engine/schema/decision.ts";
import { count, UNKNOWN, usd } from "../format.ts";
import { type Column, DataTable } from "./data-table.tsx";

interface CandidateTableProps {
  readonly candidates: readonly CandidateReport[];
  readonly chosen: string | null;
}

/** Every candidate with its expected quality, cost, and why it was left out. */
export function CandidateTable({ candidates, chosen }: CandidateTableProps) {
  const columns: Column<CandidateReport>[] = [
    {
      name: "model",
      title: "Model",
      cell: ({ model }) => (
        <Group gap="xs">
          {model}
          {model === chosen ? <Badge size="sm">chosen</Badge> : null}
        </Group>
      ),
    },
    {
      name: "quality",
      title: "Expected quality",
      isNumber: true,
      cell: ({ quality, quality_low: low }) =>
        quality === null ? UNKNOWN : `${quality.toFixed(3)}${low === null ? "" : ` (at least ${low.toFixed(3)})`}`,
    },
    { name: "cost", title: "Expected cost", isNumber: true, cell: ({ cost_usd: cost }) => usd(cost) },
    {
      name: "output",
      title: "Expected output",
      isNumber: true,
      cell: ({ output_tokens: tokens }) => count(tokens === null ? null : Math.round(tokens)),
    },
    {
      name: "why",
      title: "Left out because",
      cell: ({ eligible, excluded_because: why }) => (eligible ? "" : (why ?? UNKNOWN).replaceAll("_", " ")),
    },
  ];
  return <DataTable caption="Candidates" columns={columns} rows={candidates} keyOf={({ model }) => model} />;
}
