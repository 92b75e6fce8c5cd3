import { Anchor, SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";
import type { Usage, UsageRow } from "../../api/bodies.ts";
import { withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { change, count, percent, short, usd } from "../../format.ts";
import { Figure } from "../../parts/figure.tsx";
import { FirstRequest } from "../../parts/first-request.tsx";
import { Panel } from "../../parts/panel.tsx";
import { before, type Period, type PeriodName, PeriodPicker, periodOf } from "../../parts/period.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
import { BudgetBurn } from "./budget-burn.tsx";
import { DemoOffer } from "./demo-offer.tsx";
import { LatencyFigure } from "./latency-figure.tsx";
import { SavedFigure } from "./saved-figure.tsx";
import { comparable, costsOf, spendByBucket } from "./spend-by-bucket.ts";
import { SpendChart } from "./spend-chart.tsx";
import { Story } from "./story.tsx";
import { TopSpenders } from "./top-spenders.tsx";

/** More models in more buckets than this are the rest. */
const MOST_ROWS = 2_000;

/** Spend, requests, faults, speed and savings of a period beside the one before it, and where the money went. */
export default function Overview() {
  const [name, setName] = useState<PeriodName>("14d");
  const period = periodOf(name, Date.now());
  const { from, to, interval } = period;
  const usage = useApi<Usage>(withQuery("/admin/usage", { from, to, interval, group_by: "model", limit: MOST_ROWS }));
  const last = before(period);
  const past = useApi<Usage>(withQuery("/admin/usage", { ...last, limit: MOST_ROWS }));
  const earlier = comparable(past.data, last);
  return (
    <>
      <PageHead title="Overview" about="What was spent, on what, and what routing made of it">
        <PeriodPicker value={name} onChange={setName} />
      </PageHead>
      <Resource of={usage}>
        {(data) =>
          data.total.requests === 0 ? (
            <NoRequests />
          ) : (
            <Stack>
              <DemoOffer isFilled />
              <Story total={data.total} />
              <Figures now={data} earlier={earlier} period={period} />
              <Panel
                title={`Spend by ${interval}`}
                note="Settled cost by the model that answered, UTC; the last one is not over yet"
              >
                <SpendChart spend={spendByBucket(data, period)} earlier={costsOf(earlier, last)} period={period} />
              </Panel>
              <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
                <TopSpenders dimension="feature" period={period} />
                <TopSpenders dimension="team" period={period} />
                <BudgetBurn />
              </SimpleGrid>
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
  const kinds = useApi<Usage>(withQuery("/admin/usage", { from, to, group_by: "status,arm", limit: MOST_ROWS }));
  const audits = sumOf(kinds.data, ({ arm }) => arm === "audit");
  const refused = sumOf(kinds.data, ({ status }) => REFUSED.has(Number(status)));
  const last = earlier?.total;
  const against = (read: (sums: Usage["total"]) => number | null, show: (value: number) => string) =>
    last === undefined ? null : change(read(total) ?? 0, read(last) ?? 0, show);
  return (
    <SimpleGrid cols={{ base: 2, md: 3, xl: 6 }} spacing={{ base: "xs", md: "md" }}>
      <Figure
        label="Spend"
        value={usd(total.cost_usd)}
        change={against(({ cost_usd: cost }) => cost, usd)}
        note={
          total.unpriced_requests === 0
            ? `${usd((total.cost_usd ?? 0) / total.requests)} a request`
            : `${count(total.unpriced_requests)} requests have no price`
        }
      />
      <SavedFigure projectedUsd={total.saved_usd} costUsd={total.cost_usd ?? 0} />
      <Figure
        label="Requests"
        value={count(total.requests)}
        change={against(({ requests }) => requests, count)}
        note={`${audits === 0 ? "" : `${count(audits)} of them audits, `}${short(total.input_tokens + total.output_tokens)} tokens`}
        help="Requests of clients, and audits: requests that Weir asked a second model too, to know what routing would lose"
      />
      <Figure
        label="Errors"
        value={percent(total.errors / total.requests)}
        note={
          total.errors === 0 ? (
            "none"
          ) : (
            <Anchor component={Link} href={withQuery("/requests", { errors: "true", from, to })} underline="always">
              {count(total.errors)} requests{refused === 0 ? "" : `, ${count(refused)} refused by a budget or limit`}
            </Anchor>
          )
        }
        help="Requests that ended with a status of 400 or more, refusals by a budget, a limit or a guardrail included"
      />
      <Figure
        label="Cache hits"
        value={percent(total.cache_hits / total.requests)}
        note={`${count(total.cache_hits)} requests cost nothing`}
      />
      <LatencyFigure from={from} to={to} />
    </SimpleGrid>
  );
}

/** Statuses with which a budget or a limit refuses. */
const REFUSED = new Set([402, 429]);

function sumOf(usage: Usage | undefined, isOf: (row: UsageRow) => boolean): number {
  return (usage?.rows ?? []).filter(isOf).reduce((sum, { requests }) => sum + requests, 0);
}

function NoRequests() {
  return (
    <Empty title="No request in this time">
      <Text>Choose a longer time above, or send one:</Text>
      <FirstRequest />
      <DemoOffer />
    </Empty>
  );
}
