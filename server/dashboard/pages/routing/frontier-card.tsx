import { Card, Slider, Text, Title } from "@mantine/core";
import { useState } from "react";
import { percent, usd } from "../../format.ts";
import { Facts } from "../../parts/facts.tsx";
import { FrontierChart } from "./frontier-chart.tsx";
import type { RoutingBody, RoutingPoint } from "./routing-body.ts";

interface FrontierCardProps {
  readonly body: RoutingBody;
  readonly incumbent: NonNullable<RoutingBody["incumbent"]>;
  readonly current: RoutingPoint;
}

/** The frontier with a handle on it: what moving the trade-off would save, and lose. */
export function FrontierCard({ body: { frontier }, incumbent, current }: FrontierCardProps) {
  const [at, setAt] = useState(() => nearest(frontier, current));
  const point = frontier[Math.min(at, frontier.length - 1)]!;
  const saved = 1 - point.cost_usd / incumbent.cost_usd;
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="xs">
        Quality against cost
      </Title>
      <FrontierChart frontier={frontier} incumbent={incumbent} current={current} handle={point} />
      <Text size="sm" fw={500} id="handle" mt="md">
        What a full point of quality is worth: {usd(point.usd_per_quality)}
      </Text>
      <Slider
        aria-labelledby="handle"
        thumbLabel="What a full point of quality is worth"
        min={0}
        max={frontier.length - 1}
        step={1}
        value={at}
        onChange={setAt}
        label={(i) => usd(frontier[i]?.usd_per_quality)}
        mb="md"
      />
      <Facts
        of={[
          ["Projected saving", `${percent(saved)} of ${incumbent.model}'s cost`],
          ["Cost a request", usd(point.cost_usd)],
          ["Expected quality", point.quality.toFixed(3)],
          [
            "Against the incumbent",
            `${signed(point.difference.value)} [${signed(point.difference.low)}, ${signed(point.difference.high)}]`,
          ],
          ["Requests that move", percent(point.moved_share)],
        ]}
      />
      <Text size="xs" c="dimmed" mt="sm">
        Moving the handle changes nothing: the policy of the route is set in weir.yaml.
      </Text>
    </Card>
  );
}

function nearest(frontier: RoutingBody["frontier"], { cost_usd: cost, quality }: RoutingPoint): number {
  const away = frontier.map((point) => Math.abs(Math.log(point.cost_usd / cost)) + Math.abs(point.quality - quality));
  return away.indexOf(Math.min(...away));
}

function signed(value: number): string {
  return `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(3)}`;
}
