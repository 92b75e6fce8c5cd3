import { Slider, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { cost, percent, signed, thousandths, usd } from "../../format.ts";
import { Facts } from "../../parts/facts.tsx";
import { Panel } from "../../parts/panel.tsx";
import { FrontierChart } from "./frontier-chart.tsx";
import type { RoutingBody, RoutingPoint } from "./routing-body.ts";

interface FrontierCardProps {
  readonly body: RoutingBody;
  readonly incumbent: NonNullable<RoutingBody["incumbent"]>;
  readonly current: RoutingPoint;
}

/** The frontier with a handle on it: what moving the trade-off would save, and lose. */
export function FrontierCard({ body: { frontier }, incumbent, current }: FrontierCardProps) {
  // Trade-offs that decide every request alike are one step of the handle.
  const steps = useMemo(() => [...new Map(frontier.map((one) => [one.cost_usd, one])).values()], [frontier]);
  const [at, setAt] = useState(() => nearest(steps, current));
  const point = steps[Math.min(at, steps.length - 1)]!;
  const saved = 1 - point.cost_usd / incumbent.cost_usd;
  return (
    <Panel
      title="Quality against cost"
      note="Every trade-off, from all to the cheapest to all to the best; band: 95% interval of the difference to the incumbent"
    >
      <FrontierChart frontier={steps} incumbent={incumbent} current={current} handle={point} />
      <Text size="sm" fw={500} id="handle" mt="md">
        What a full point of quality is worth: {usd(point.usd_per_quality)}
      </Text>
      <Text size="xs" c="dimmed" mb={6}>
        Drag it, or use the arrow keys: to the left cheaper, to the right better
      </Text>
      <Slider
        aria-labelledby="handle"
        thumbLabel="What a full point of quality is worth"
        min={0}
        max={steps.length - 1}
        thumbSize={20}
        step={1}
        value={at}
        onChange={setAt}
        label={(i) => usd(steps[i]?.usd_per_quality)}
        mb="md"
      />
      <Facts
        of={[
          ["Projected saving", `${percent(saved)} of ${incumbent.model}'s cost`],
          ["Cost a request", cost(point.cost_usd)],
          ["Expected quality", point.quality.toFixed(3)],
          ["Against the incumbent", differenceText(point.difference)],
          ["Requests that move", percent(point.moved_share)],
        ]}
      />
      <Text size="xs" c="dimmed" mt="sm">
        Moving the handle shows what would be; the policy of the route is set on the page Settings, or in weir.yaml.
      </Text>
    </Panel>
  );
}

function nearest(frontier: RoutingBody["frontier"], { cost_usd: cost, quality }: RoutingPoint): number {
  const away = frontier.map((point) => Math.abs(Math.log(point.cost_usd / cost)) + Math.abs(point.quality - quality));
  return away.indexOf(Math.min(...away));
}

function differenceText({ value, low, high }: RoutingPoint["difference"]): string {
  return `${signed(value, thousandths)} [${signed(low, thousandths)}, ${signed(high, thousandths)}]`;
}
