import { Card, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { Usage } from "../../api/bodies.ts";
import { withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { change, count, ms, percent, short, usd } from "../../format.ts";
import { Figure } from "../../parts/figure.tsx";
import { before, type PeriodName, PeriodPicker, periodOf } from "../../parts/period.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
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
              <Figures now={data} earlier={earlier.data} />
              <Card withBorder>
                <Title order={2} size="h4" mb="xs">
                  Spend by {period.interval}
                </Title>
                <SpendChart now={byBucket(data)} earlier={byBucket(earlier.data)} interval={period.interval} />
              </Card>
            </Stack>
          )
        }
      </Resource>
    </>
  );
}

function Figures({ now: { total }, earlier }: { readonly now: Usage; readonly earlier: Usage | undefined }) {
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
      <Figure
        label="First token"
        value={ms(total.mean_first_token_ms)}
        help="Mean time to the first content of streamed answers"
        note={`whole answer ${ms(total.mean_duration_ms)}; ${short(total.input_tokens + total.output_tokens)} tokens`}
      />
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
    </Empty>
  );
}

function byBucket(usage: Usage | undefined): ByDay[] {
  return (usage?.rows ?? []).flatMap(({ bucket, cost_usd: cost, requests }) =>
    bucket === undefined ? [] : [{ at: new Date(bucket), cost: cost ?? 0, requests }],
  );
}
