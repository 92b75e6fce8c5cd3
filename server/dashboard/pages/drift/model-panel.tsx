import { Badge, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { count, dayTime, finePercent, moment, named, usd } from "../../format.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Charted } from "./charted.tsx";
import { DayChart } from "./day-chart.tsx";
import type { ModelDrift } from "./drift-body.ts";
import { SignalTable } from "./signal-table.tsx";

const tokens = (value: number) => count(Math.round(value));
/** Fewer days than these draw no line worth looking at. */
const LEAST_DAYS = 2;

/** What one model answers as, and how its answers changed. */
export function ModelPanel({
  of: { model, version, versions, signals, length, refusals, canaries },
}: {
  readonly of: ModelDrift;
}) {
  return (
    <Panel
      title={model}
      note={noteOf(version, versions)}
      aside={versions.length > 1 ? <Badge color="yellow.4">more than one version</Badge> : undefined}
    >
      <Stack>
        <SignalTable model={model} signals={signals} />
        {length.length < LEAST_DAYS ? (
          <Text size="sm" c="dimmed">
            Charts begin with the second day of answers.
          </Text>
        ) : (
          <SimpleGrid cols={{ base: 1, md: 2 }}>
            <Charted title="Tokens of an answer, geometric mean">
              <DayChart title={`Length of ${model}'s answers by day, tokens`} days={length} show={tokens} least={1} />
            </Charted>
            <Charted title="Share of requests refused">
              {refusals.some(({ value }) => value > 0) ? (
                <DayChart
                  title={`Share of requests that ${model} refused, by day`}
                  days={refusals}
                  show={finePercent}
                  least={0.01}
                />
              ) : (
                <Text size="sm" c="dimmed">
                  None on any of these {refusals.length} days.
                </Text>
              )}
            </Charted>
          </SimpleGrid>
        )}
        {canaries.length === 0 ? null : (
          <DataTable
            caption={`Canaries of ${model}`}
            rows={canaries.toReversed()}
            keyOf={({ day }) => day}
            columns={[
              { name: "day", title: "Canaries, day", cell: ({ day }) => day },
              { name: "passed", title: "Passed", isNumber: true, cell: (row) => `${row.passed} of ${row.asked}` },
              { name: "cost", title: "Cost", isNumber: true, cell: ({ cost_usd: cost }) => usd(cost) },
            ]}
          />
        )}
        {versions.length < 2 ? null : (
          <DataTable
            caption={`Versions of ${model}`}
            rows={versions}
            keyOf={({ kind, name }) => `${kind} ${name}`}
            columns={[
              {
                name: "name",
                title: "Answered as",
                cell: ({ kind, name }) => (
                  <Group gap="xs">
                    {name}
                    {kind === "fingerprint" ? <Badge variant="outline">fingerprint</Badge> : null}
                  </Group>
                ),
              },
              { name: "answers", title: "Answers", isNumber: true, cell: ({ answers }) => count(answers) },
              { name: "first", title: "First", isNumber: true, cell: ({ first_at: at }) => dayTime(at) },
              { name: "last", title: "Last", isNumber: true, cell: ({ last_at: at }) => dayTime(at) },
            ]}
          />
        )}
      </Stack>
    </Panel>
  );
}

function noteOf(version: ModelDrift["version"], versions: ModelDrift["versions"]): string {
  const [newest] = versions;
  if (newest === undefined) return "It names no version in its answers";
  if (versions.length > 1) return `Answers as ${named(version)}; all that it answered as stands below`;
  return `Answers as ${named(version)} since ${moment(newest.first_at)}, ${count(newest.answers)} answers`;
}
