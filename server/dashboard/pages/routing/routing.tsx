import { Badge, Card, Group, Select, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { Home } from "../../api/bodies.ts";
import { withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { count, percent, usd } from "../../format.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { type PeriodName, PeriodPicker, periodOf } from "../../parts/period.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
import { ComplexityChart } from "./complexity-chart.tsx";
import { FrontierCard } from "./frontier-card.tsx";
import type { RoutingBody } from "./routing-body.ts";

/** What a route's own traffic is like, and what every trade-off would make of it. */
export default function Routing() {
  const { data: home } = useApi<Home>("/?format=json");
  const [route, setRoute] = useState("default");
  const [name, setName] = useState<PeriodName>("7d");
  const { from, to } = periodOf(name, Date.now());
  const routing = useApi<RoutingBody>(withQuery("/admin/routing", { route, from, to }));
  return (
    <>
      <PageHead title="Routing">
        <Select
          aria-label="route"
          size="xs"
          data={[...(home?.routes ?? ["default"])]}
          value={route}
          onChange={(value) => setRoute(value ?? "default")}
          allowDeselect={false}
        />
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
                  the newest {count(body.requests)} decisions; everything here is what the router predicts, not what was
                  measured
                </Text>
              </Group>
              <FrontierCard body={body} incumbent={body.incumbent} current={body.current} />
              <SimpleGrid cols={{ base: 1, lg: 2 }}>
                <Card withBorder>
                  <Title order={2} size="h4" mb="xs">
                    Complexity
                  </Title>
                  <ComplexityChart bins={body.complexity} />
                </Card>
                <Card withBorder>
                  <Title order={2} size="h4" mb="xs">
                    Why it was decided so
                  </Title>
                  <DataTable
                    caption="Reasons"
                    rows={body.reasons}
                    keyOf={({ reason }) => reason}
                    columns={[
                      { name: "reason", title: "Reason", cell: ({ reason }) => reason.replaceAll("_", " ") },
                      { name: "requests", title: "Requests", isNumber: true, cell: ({ requests }) => count(requests) },
                    ]}
                  />
                </Card>
              </SimpleGrid>
              <Card withBorder>
                <Title order={2} size="h4" mb="xs">
                  Tasks, and how their shares moved
                </Title>
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
                    { name: "cost", title: "Expected cost", isNumber: true, cell: (row) => usd(row.cost_usd) },
                  ]}
                />
              </Card>
            </Stack>
          )
        }
      </Resource>
    </>
  );
}
