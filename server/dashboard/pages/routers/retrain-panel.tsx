import { Stack, Title } from "@mantine/core";
import { useEffect } from "react";
import { useApi } from "../../api/use-api.ts";
import { moment } from "../../format.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Resource } from "../../parts/states.tsx";
import { ProposalCard } from "./proposal-card.tsx";
import type { RetrainBody, RouteSchedule } from "./retrain-body.ts";
import { RunTable } from "./run-table.tsx";
import { StartRun } from "./start-run.tsx";

/** While a run goes on, no event tells how far it is. */
const LOOK_MS = 3_000;

/** Routers learned anew from a route's own log, audits and feedback: when, what was found, and whether it shall serve. */
export function RetrainPanel() {
  const retrain = useApi<RetrainBody>("/admin/retrain");
  const { data, mutate } = retrain;
  const isRunning = data?.routes.some(({ running }) => running !== null) ?? false;
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(() => void mutate(), LOOK_MS);
    return () => clearInterval(timer);
  }, [isRunning, mutate]);
  return (
    <Panel
      title="Learned anew"
      note="From a route's own log, audits and feedback, compared on later traffic. Nothing that serves changes before a proposal is promoted, unless weir.yaml says retrain.activate; a schedule stands in retrain.schedule of a route."
    >
      <Resource of={retrain}>
        {({ routes, proposals, runs }) => (
          <Stack>
            {proposals.map((proposal) => (
              <ProposalCard
                key={proposal.run}
                proposal={proposal}
                comparison={runs.find(({ run }) => run === proposal.run)?.comparison ?? null}
              />
            ))}
            <DataTable
              caption="When routers are learned anew"
              rows={routes}
              keyOf={({ route }) => route}
              columns={[
                { name: "route", title: "Route", cell: ({ route }) => route },
                { name: "schedule", title: "Schedule", cell: scheduleText },
                { name: "state", title: "State", cell: stateText },
                {
                  name: "do",
                  title: "",
                  isAction: true,
                  cell: ({ route, running }) => <StartRun route={route} isRunning={running !== null} />,
                },
              ]}
            />
            <Title order={3} size="h6">
              Runs
            </Title>
            <RunTable runs={runs} />
          </Stack>
        )}
      </Resource>
    </Panel>
  );
}

function scheduleText({ schedule, next_at: next }: RouteSchedule): string {
  if (schedule === null) return "on demand";
  return next === null ? schedule : `${schedule}, next ${moment(next)}`;
}

function stateText({ running }: RouteSchedule): string {
  return running === null ? "rests" : `at ${running.stage}, since ${moment(running.started_at)}`;
}
