import { Stack, Text } from "@mantine/core";
import { count, day, percent } from "../../format.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Fault, Waiting } from "../../parts/states.tsx";
import { rangeText } from "../observation/figure-text.ts";
import type { CalibrationBin } from "../observation/observation-body.ts";
import { CalibrationChart } from "./calibration-chart.tsx";
import { useCalibration } from "./use-calibration.ts";

/** Whether the router keeps its promises on this route: by audits, so only of a route that is or was observed. */
export function CalibrationPanel({ route }: { readonly route: string }) {
  const { bins, since, isWaiting, error } = useCalibration(route);
  return (
    <Panel
      title="Calibration"
      note={`Quality difference to the incumbent: what the router promised, and what this route's audits found${since === null ? "" : ` from ${day(new Date(since))} on`}; parts of about as many audits each; dashed: promises kept`}
    >
      {isWaiting ? (
        <Waiting />
      ) : error !== null ? (
        <Fault error={error} />
      ) : bins.length === 0 ? (
        <Text size="sm" c="dimmed">
          Measured once requests that would move were audited: observe this route, with an audit rate above 0.
        </Text>
      ) : (
        <Stack>
          {bins.some(isKnown) ? <CalibrationChart bins={bins} /> : null}
          <DataTable
            caption="Promised and realised"
            rows={bins}
            keyOf={({ to }) => String(to)}
            columns={[
              { name: "promised", title: "Promised", isNumber: true, cell: ({ promised }) => percent(promised) },
              {
                name: "realised",
                title: "Found by audits",
                isNumber: true,
                cell: ({ realised }) => rangeText(realised),
              },
              { name: "verdict", title: "Kept", cell: verdictOf },
              { name: "audits", title: "Audits", isNumber: true, cell: ({ audits }) => count(audits) },
              { name: "requests", title: "Requests", isNumber: true, cell: ({ requests }) => count(requests) },
            ]}
          />
        </Stack>
      )}
    </Panel>
  );
}

function isKnown({ realised }: CalibrationBin): boolean {
  return realised.method !== "no_audit_bound";
}

function verdictOf(bin: CalibrationBin): string {
  const { low, high } = bin.realised;
  if (!isKnown(bin) || low === null || high === null) return "fewer than 100 audits";
  if (bin.promised > high) return "no: worse than promised";
  if (bin.promised < low) return "better than promised";
  return "within the interval";
}
