import { Stack, Text } from "@mantine/core";
import { dot, link, type PlotOptions } from "@observablehq/plot";
import { useMemo } from "react";
import { perMillion } from "../../format.ts";
import { Chart } from "../../parts/chart.tsx";
import { Panel } from "../../parts/panel.tsx";
import type { ListPrice, PricedModel } from "./drift-body.ts";

const ROW_HEIGHT = 30;
const AXIS_HEIGHT = 54;
const MOST_LETTERS = 24;
const KINDS = [
  { name: "input", colour: "var(--weir-1)", of: ({ input_usd: usd }: ListPrice) => usd },
  { name: "output", colour: "var(--weir-2)", of: ({ output_usd: usd }: ListPrice) => usd },
] as const;

/** List prices as they were when the route was certified, or its observation began, and as they are. */
export function PricePanel({ prices }: { readonly prices: readonly PricedModel[] }) {
  const known = prices.filter(({ before, now }) => before !== null || now !== null);
  const moved = known.filter(({ before, now }) => JSON.stringify(before) !== JSON.stringify(now));
  return (
    <Panel
      title="Prices"
      note="List price of a million tokens; ring: when the route was certified, or its observation began; dot: now"
    >
      {known.length === 0 ? (
        <Text size="sm" c="dimmed">
          Compared once this route is observed: prices of that moment are kept with the observation.
        </Text>
      ) : (
        <Stack gap="xs">
          <ul className="weir-legend">
            {KINDS.map(({ name, colour }) => (
              <li key={name}>
                <span className="weir-swatch" style={{ background: colour }} />
                {name}
              </li>
            ))}
          </ul>
          <PriceChart prices={known} />
          {moved.length === 0 ? <Text size="sm">No price has moved since.</Text> : null}
          {moved.map(({ model, before, now }) => (
            <Text size="sm" key={model} className="weir-break">
              {model}: {priceText(before)} then, {priceText(now)} now.
            </Text>
          ))}
        </Stack>
      )}
    </Panel>
  );
}

function PriceChart({ prices }: { readonly prices: readonly PricedModel[] }) {
  const options = useMemo<PlotOptions>(() => {
    const points = prices.flatMap(({ model, before, now }) =>
      KINDS.map(({ colour, of }) => ({
        model,
        colour,
        before: before === null ? null : of(before),
        now: now === null ? null : of(now),
      })),
    );
    const names = shortNames(prices.map(({ model }) => model));
    return {
      marginLeft: Math.min(180, 20 + 7 * Math.max(...[...names.values()].map(({ length }) => length))),
      marginRight: 24,
      marginTop: 6,
      marginBottom: 40,
      // Zero has its place, and small prices have room.
      x: {
        type: "sqrt",
        grid: true,
        label: "USD a million tokens",
        ticks: 5,
        nice: true,
        tickFormat: (usd: number) => `$${usd}`,
      },
      y: {
        type: "band",
        label: null,
        domain: prices.map(({ model }) => model),
        tickFormat: (model: string) => names.get(model),
      },
      marks: [
        link(
          points.filter(({ before, now }) => before !== null && now !== null && before !== now),
          { x1: "before", x2: "now", y: "model", stroke: "colour", strokeWidth: 2 },
        ),
        dot(points, { x: "before", y: "model", r: 6, stroke: "colour", strokeWidth: 1.5 }),
        dot(points, { x: "now", y: "model", r: 3, fill: "colour" }),
      ],
    };
  }, [prices]);
  return (
    <Chart
      title="List prices of each model, then and now"
      height={AXIS_HEIGHT + ROW_HEIGHT * prices.length}
      options={options}
    />
  );
}

/** Without the vendor where models are told apart without it, and never longer than there is room for. */
function shortNames(models: readonly string[]): ReadonlyMap<string, string> {
  const ends = models.map((model) => model.slice(model.lastIndexOf("/") + 1));
  const names = new Set(ends).size === models.length ? ends : models;
  return new Map(
    models.map((model, i) => [
      model,
      names[i]!.length <= MOST_LETTERS ? names[i]! : `…${names[i]!.slice(1 - MOST_LETTERS)}`,
    ]),
  );
}

function priceText(price: ListPrice | null): string {
  return price === null
    ? "no known price"
    : `${perMillion(price.input_usd)} in and ${perMillion(price.output_usd)} out`;
}
