import { Badge, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { cost, count, percent } from "../../format.ts";
import { type Bar, BarList } from "../../parts/bar-list.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import { type PeriodName, PeriodPicker, periodOf } from "../../parts/period.tsx";
import { RoutePicker, useRoute } from "../../parts/route-picker.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
import { reasonText } from "../../words.ts";
import { CalibrationPanel } from "./calibration-panel.tsx";
import { ComplexityChart } from "./complexity-chart.tsx";
import { DriftPanel } from "./drift-panel.tsx";
import { FrontierCard } from "./frontier-card.tsx";
import type { RoutingBody } from "./routing-body.ts";

/** What a route's own traffic is like, and what every trade-off would make of it. */
export default function Routing() {
  const { route } = useRoute();
  const [name, setName] = useState<PeriodName>("14d");
  const { from, to } = periodOf(name, Date.now());
  const routing = useApi<RoutingBody>(route === null ? null : withQuery("/admin/routing", { route, from, to }));
  return (
    <>
      <PageHead title="Routing" about="What this route's own traffic is like, and what each trade-off would make of it">
        <RoutePicker />
        <PeriodPicker value={name} onChange={setName} />
      </PageHead>
      <Resource of={routing}>
        {(body) =>
          body.incumbent === null || body.current === null ? (
            <Empty title="No decision in this time">
              <Text>
                Requests for <code>weir/{route}</code> are decided, in every mode; ask for one, or choose a longer time.
              </Text>
            </Empty>
          ) : (
            <Stack>
              <Group gap="xs">
                <Badge variant="outline">mode {body.mode}</Badge>
                <Badge variant="outline">{body.policy.name}</Badge>
                <Text size="sm" c="dimmed">
                  The newest {count(body.requests)} decisions. Everything here is what the router predicts, but for
                  Calibration: that is what audits measured.
                </Text>
              </Group>
              <FrontierCard body={body} incumbent={body.incumbent} current={body.current} />
              <SimpleGrid cols={{ base: 1, lg: 2 }}>
                <CalibrationPanel route={body.route} />
                <Stack>
                  <Panel
                    title="Complexity"
                    note="Requests by how likely a model of the reference tier is to fail on them"
                  >
                    <ComplexityChart bins={body.complexity} />
                  </Panel>
                  <DriftPanel route={body.route} />
                  <Panel title="Why it was decided so">
                    <BarList
                      label="Reasons"
                      none="Nothing was decided."
                      bars={body.reasons.map((one) => barOf(one, body.requests))}
                    />
                  </Panel>
                </Stack>
              </SimpleGrid>
              <Panel
                title="Tasks, and how their shares moved"
                note="The requests in the order of their time, cut into two halves: where the shares differ, the traffic drifts"
              >
                <DataTable
                  caption="Tasks"
                  rows={body.tasks}
                  keyOf={({ task }) => task ?? ""}
                  columns={[
                    { name: "task", title: "Task", cell: ({ task }) => task ?? "unknown" },
                    { name: "requests", title: "Requests", isNumber: true, cell: (row) => count(row.requests) },
                    {
                      name: "earlier",
                      title: "Earlier half",
                      isNumber: true,
                      cell: (row) => percent(row.earlier_share),
                    },
                    { name: "later", title: "Later half", isNumber: true, cell: (row) => percent(row.later_share) },
                    {
                      name: "quality",
                      title: "Expected quality",
                      isNumber: true,
                      cell: (row) => row.quality.toFixed(3),
                    },
                    { name: "cost", title: "Expected cost", isNumber: true, cell: (row) => cost(row.cost_usd) },
                  ]}
                />
              </Panel>
            </Stack>
          )
        }
      </Resource>
    </>
  );
}

function barOf({ reason, requests }: RoutingBody["reasons"][number], all: number): Bar {
  const share = requests / all;
  return { name: reasonText(reason), share, text: `${count(requests)} (${percent(share)})` };
}
