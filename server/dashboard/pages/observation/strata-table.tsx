import { Badge } from "@mantine/core";
import { count, percent } from "../../format.ts";
import { DataTable } from "../../parts/data-table.tsx";
import type { Finding } from "./observation-body.ts";

/** What a certificate could promise for each task now, and what is missing where it could promise nothing. */
export function StrataTable({
  overall,
  strata,
}: {
  readonly overall: Finding | null;
  readonly strata: readonly Finding[];
}) {
  const rows = overall === null ? strata : [overall, ...strata];
  return (
    <DataTable
      caption="Certificate by task"
      rows={rows}
      keyOf={({ stratum }) => stratum ?? ""}
      none="No audit of the uniform part is done yet."
      columns={[
        { name: "stratum", title: "Task", cell: ({ stratum }) => stratum ?? "all requests" },
        {
          name: "state",
          title: "State",
          cell: ({ threshold }) => (
            <Badge color={threshold === null ? "gray.7" : "teal.9"}>
              {threshold === null ? "stays with the incumbent" : "can be certified"}
            </Badge>
          ),
        },
        { name: "share", title: "Routed", isNumber: true, cell: ({ share }) => percent(share) },
        { name: "loss", title: "Loss seen", isNumber: true, cell: ({ observed_loss: loss }) => lossOf(loss) },
        { name: "audits", title: "Audits", isNumber: true, cell: ({ audits }) => count(audits) },
        { name: "missing", title: "Missing", cell: missingOf },
      ]}
    />
  );
}

function lossOf(loss: number | null): string {
  return loss === null ? "—" : percent(loss);
}

function missingOf({ threshold, samples_missing: missing, is_possible: isPossible }: Finding): string {
  if (!isPossible)
    return threshold === null ? "loses too much: no number of audits would do" : "nothing bolder is safe";
  if (missing === null) return "nothing";
  const audits = Math.ceil(missing);
  const more = `about ${count(audits)} more ${audits === 1 ? "audit" : "audits"}`;
  return threshold === null ? more : `${more} to route more`;
}
