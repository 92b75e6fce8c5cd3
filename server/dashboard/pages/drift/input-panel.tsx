import { SimpleGrid, Text } from "@mantine/core";
import { day, finePercent, thousandths } from "../../format.ts";
import { Panel } from "../../parts/panel.tsx";
import { Charted } from "./charted.tsx";
import { DayChart, type DrawnDay } from "./day-chart.tsx";
import type { DriftInputBody } from "./drift-body.ts";

/** Fewer days than these draw no line worth looking at. */
const LEAST_DAYS = 2;

/** Whether requests are what they were: how many the router has never seen the like of, and how unlike whole days are. */
export function InputPanel({
  of: { days, compared_with: base, usual_distance: usual },
}: {
  readonly of: DriftInputBody;
}) {
  const distances = days.flatMap(({ day: of, distance, requests }): DrawnDay[] =>
    distance === null
      ? []
      : [{ day: of, value: distance, answers: requests, is_out: usual !== null && distance > usual }],
  );
  return (
    <Panel
      title="Requests"
      note={
        base === null
          ? "Compared with the route's first days once they are there"
          : `Compared with those of ${dayText(base.from)} to ${dayText(base.to)}, ${base.basis === "certificate" ? "on which the certificate rests" : "the first that were noted"}`
      }
    >
      {days.length < LEAST_DAYS ? (
        <Text size="sm" c="dimmed">
          Charts begin with the second day on which this route is observed or active.
        </Text>
      ) : (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Charted
            title="Share of prompts far from training"
            note="They go to the incumbent: the router knows nothing like them"
          >
            <DayChart
              title="Share of prompts far from the router's training, by day"
              days={days.map(({ day: of, far_share: value, requests: answers }) => ({ day: of, value, answers }))}
              show={finePercent}
              least={0.01}
              unit="requests"
            />
          </Charted>
          <Charted
            title="How unlike a day's prompts are"
            note="0: alike; dashed: the most by which a day of those compared with differs from the others. Red: beyond it; it is an alarm where chance cannot explain it"
          >
            {distances.length < LEAST_DAYS ? (
              <Text size="sm" c="dimmed">
                Drawn from days with 30 sampled prompts on; there are not two of them yet.
              </Text>
            ) : (
              <DayChart
                title="Distance of a day's prompts to those compared with, by day"
                days={distances}
                show={thousandths}
                least={0.01}
                limit={usual}
                unit="requests"
              />
            )}
          </Charted>
        </SimpleGrid>
      )}
    </Panel>
  );
}

function dayText(date: string): string {
  return day(new Date(`${date}T00:00:00Z`));
}
