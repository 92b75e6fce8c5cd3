import { Anchor } from "@mantine/core";
import { Link } from "wouter";
import { withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { Panel } from "../../parts/panel.tsx";
import { Resource } from "../../parts/states.tsx";
import { AlarmList } from "../drift/alarm-list.tsx";
import type { DriftBody } from "../drift/drift-body.ts";

const SHOWN = 3;

/** The newest alarms of a route, and where all is. */
export function DriftPanel({ route }: { readonly route: string }) {
  const drift = useApi<DriftBody>(withQuery("/admin/drift", { route }));
  return (
    <Panel
      title="Drift"
      note="Alarms on requests, outcomes, models and prices"
      aside={
        <Anchor component={Link} href={withQuery("/drift", { route })} size="sm">
          All that is watched
        </Anchor>
      }
    >
      <Resource of={drift} lines={1}>
        {({ alarms }) => <AlarmList alarms={alarms.slice(0, SHOWN)} />}
      </Resource>
    </Panel>
  );
}
