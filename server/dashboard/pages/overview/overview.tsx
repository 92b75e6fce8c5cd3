import { Card, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { Usage } from "../../api/bodies.ts";
import { withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { change, count, percent, usd } from "../../format.ts";
import { Figure } from "../../parts/figure.tsx";
import { before, bucketsOf, type Period, type PeriodName, PeriodPicker, periodOf } from "../../parts/period.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
import { BudgetBurn } from "./budget-burn.tsx";
import { DemoOffer } from "./demo-offer.tsx";
import { LatencyFigure } from "./latency-figure.tsx";
import { type ByDay, SpendChart } from "./spend-chart.tsx";

/** Spend, requests, faults and speed of a period beside the one before it. */
export default function Overview() {
  const [name, setName] = useState<PeriodName>("14d");
  const period = periodOf(name, Date.now());
  const usage = useApi<Usage>(withQuery("/admin/usage", { ...period, interval: period.interval }));
  const earlier = useApi<Usage>(withQuery("/admin/usage", { ...before(period), interval: period.interval }));
  return (
    <>
      <PageHead title="Overview">
        <PeriodPicker value={name} onChange={setName} />
      </PageHead>
      <Resource of={usage}>
        {(data) =>
          data.total.requests === 0 ? (
            <NoRequests />
          ) : (
            <Stack>
              <Figures now={data} earlier={earlier.data} period={period} />
              <Card withBorder>
                <Title order={2} size="h4" mb="xs">
                  Spend by {period.interval}
                </Title>
                <SpendChart
                  now={byBucket(data, period)}
                  earlier={byBucket(earlier.data, before(period))}
                  interval={period.interval}
                />
              </Card>
              <BudgetBurn />
            </Stack>
          )
        }
      </Resource>
    </>
  );
}

interface FiguresProps {
  readonly now: Usage;
  readonly earlier: Usage | undefined;
  readonly period: Period;
}

function Figures({ now: { total }, earlier, period: { from, to } }: FiguresProps) {
  const last = earlier?.total;
  const against = (read: (sums: Usage["total"]) => number | null) =>
    last === undefined ? null : change(read(total) ?? 0, read(last) ?? 0);
  return (
    <SimpleGrid cols={{ base: 2, md: 3, lg: 6 }}>
      <Figure
        label="Spend"
        value={usd(total.cost_usd)}
        change={against(({ cost_usd: cost }) => cost)}
        note={total.unpriced_requests === 0 ? undefined : `${count(total.unpriced_requests)} requests have no price`}
      />
      <Figure label="Requests" value={count(total.requests)} change={against(({ requests }) => requests)} />
      <Figure
        label="Errors"
        value={percent(total.errors / total.requests)}
        note={`${count(total.errors)} requests`}
        help="Requests that ended with a status of 400 or more"
      />
      <Figure
        label="Saved"
        value={usd(total.saved_usd)}
        help="What the incumbent would have cost for the same tokens, less what was paid. A projection at list prices: the page Savings has the verified figure."
        note="projected, not verified"
      />
      <Figure
        label="Cache hits"
        value={percent(total.cache_hits / total.requests)}
        note={`${count(total.cache_hits)} requests`}
      />
      <LatencyFigure from={from} to={to} />
    </SimpleGrid>
  );
}

function NoRequests() {
  return (
    <Empty title="No request in this time">
      <Text>
        Change the base URL of any OpenAI, Anthropic or Gemini client to this server and ask for the model{" "}
        <code>weir/auto</code>, or choose a longer time above.
      </Text>
      <DemoOffer />
    </Empty>
  );
}

/** Every bucket of the period, also those without a request. */
function byBucket(usage: Usage | undefined, { from, to, interval }: Period): ByDay[] {
  if (usage === undefined) return [];
  const known = new Map(usage.rows.map((row) => [Date.parse(row.bucket ?? ""), row]));
  return bucketsOf(from, to, interval).map((atMs) => {
    const row = known.get(atMs);
    return { at: new Date(atMs), cost: row?.cost_usd ?? 0, requests: row?.requests ?? 0 };
  });
}
