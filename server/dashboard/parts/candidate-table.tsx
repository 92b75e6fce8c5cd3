import { Badge } from "@mantine/core";
import type { CandidateReport } from "../../../engine/schema/decision.ts";
import { cost, count, UNKNOWN } from "../format.ts";
import { type Column, DataTable } from "./data-table.tsx";
import { QualityRange } from "./quality-range.tsx";

interface CandidateTableProps {
  readonly candidates: readonly CandidateReport[];
  readonly chosen: string | null;
}

/** Every candidate with its expected quality, cost, and why it was not chosen. */
export function CandidateTable({ candidates, chosen }: CandidateTableProps) {
  const best = candidates.find(({ model }) => model === chosen) ?? null;
  const columns: Column<CandidateReport>[] = [
    {
      name: "model",
      title: "Model",
      cell: ({ model }) => (
        <>
          {model} {model === chosen ? <Badge size="sm">chosen</Badge> : null}
        </>
      ),
    },
    {
      name: "quality",
      title: "Expected quality, and at least",
      isNumber: true,
      cell: ({ quality, quality_low: low }) =>
        quality === null ? UNKNOWN : <QualityRange quality={quality} low={low} />,
    },
    { name: "cost", title: "Expected cost", isNumber: true, cell: ({ cost_usd: expected }) => cost(expected) },
    {
      name: "output",
      title: "Output tokens",
      isNumber: true,
      cell: ({ output_tokens: tokens }) => count(tokens === null ? null : Math.round(tokens)),
    },
    { name: "why", title: "Why not", cell: (row) => whyNot(row, best) },
  ];
  return <DataTable caption="Candidates" columns={columns} rows={candidates} keyOf={({ model }) => model} />;
}

/** Left out by a rule, or compared with what was chosen. */
function whyNot(row: CandidateReport, best: CandidateReport | null): string {
  if (!row.eligible) return `left out: ${(row.excluded_because ?? UNKNOWN).replaceAll("_", " ")}`;
  if (best === null || row.model === best.model) return "";
  if (row.quality === null || best.quality === null) return "";
  const more = row.quality - best.quality;
  const quality = `${Math.abs(more).toFixed(3)} ${more >= 0 ? "better" : "worse"}`;
  if (row.cost_usd === null || best.cost_usd === null || best.cost_usd === 0) return quality;
  const times = row.cost_usd / best.cost_usd;
  return `${quality} at ${times >= 10 ? times.toFixed(0) : times.toFixed(1)} times the cost`;
}
