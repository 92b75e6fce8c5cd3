import { Alert, Badge, Button, Code, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { withQuery } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { count, moment, percent, UNKNOWN, usd } from "../../format.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Figure } from "../../parts/figure.tsx";
import { Hash } from "../../parts/hash.tsx";
import { Panel } from "../../parts/panel.tsx";
import { RoutePicker, useRoute } from "../../parts/route-picker.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
import { MonthsChart } from "./months-chart.tsx";
import type { MonthBody, SavingsBody } from "./savings-body.ts";

/** What routing saved against sessions that were held on the incumbent, from the ledger that anybody can check. */
export default function Savings() {
  const { route } = useRoute();
  const savings = useApi<SavingsBody>(route === null ? null : withQuery("/admin/savings", { route }));
  return (
    <>
      <PageHead
        title="Savings"
        about="What routing saved against sessions that a lot kept on the incumbent; anybody can recompute it from the ledger"
      >
        <RoutePicker />
      </PageHead>
      <Resource of={savings}>
        {(body) => (body.rows === 0 ? <NoLedger body={body} /> : <Ledger body={body} />)}
      </Resource>
    </>
  );
}

function NoLedger({ body: { route, why_none: why } }: { readonly body: SavingsBody }) {
  return (
    <Empty title="Nothing is verified on this route">
      <Text>
        {why === null ? "" : `${why.charAt(0).toUpperCase()}${why.slice(1)}. `}A saving is verified by comparing
        sessions that are routed with sessions that lots keep on the incumbent: set <code>routes.{route}.mode</code> to{" "}
        <code>active</code> with a certificate and a <code>holdout</code> such as 0.05.
      </Text>
    </Empty>
  );
}

const QUALITY_COLOURS: Readonly<Record<string, string>> = { held: "teal.9", failed: "red.9" };
const QUALITY_WORDS: Readonly<Record<string, string>> = {
  held: "quality held",
  failed: "quality lost",
  not_shown: "quality not shown yet: more verdicts decide",
  unmeasured: "quality unmeasured",
};

function Ledger({ body }: { readonly body: SavingsBody }) {
  const { months, terms, rows, head, route, lost_rows: lost } = body;
  const month = months.at(-1);
  const file = withQuery("/admin/savings/ledger", { route });
  return (
    <Stack>
      {lost === 0 ? null : (
        <Alert color="red" title="Rows are missing">
          {count(lost)} rows could not be written; what they held is in no figure here.
        </Alert>
      )}
      {month === undefined ? (
        <Empty title="No session yet">
          <Text>The ledger has its terms; the first session of traffic begins the first month.</Text>
        </Empty>
      ) : (
        <Month month={month} confidence={terms?.confidence ?? null} />
      )}
      {months.length === 0 ? null : (
        <Panel title="By month" note="Verified saving with its interval, before overhead">
          <MonthsChart months={months} />
          <DataTable
            caption="Verified saving by month"
            rows={months.toReversed()}
            keyOf={(one) => one.month}
            columns={[
              { name: "month", title: "Month", cell: (one) => one.month },
              { name: "saved", title: "Saved", isNumber: true, cell: (one) => usd(one.saved_usd) },
              { name: "interval", title: "Interval", isNumber: true, cell: intervalOf },
              { name: "overhead", title: "Overhead", isNumber: true, cell: (one) => usd(one.overhead_usd) },
              { name: "holdout", title: "Cost of holdout", isNumber: true, cell: (one) => usd(one.holdout_cost_usd) },
              { name: "fee", title: "Fee", isNumber: true, cell: (one) => usd(one.fee_usd) },
            ]}
          />
        </Panel>
      )}
      <Panel
        title="The ledger, and how to check it"
        note="Whoever has the file can recompute every figure without this server; keep the hash, for a chain cannot show that its end was cut off"
      >
        <Facts
          of={[
            ["Rows", count(rows)],
            ["Hash of the last row", <Hash key="h" of={head ?? UNKNOWN} name="hash of the last row" />],
            ["Incumbent", terms?.incumbent ?? UNKNOWN],
            ["Held back", `${percent(terms?.holdout)} of sessions`],
            ["Commitment to the lots", <Hash key="s" of={terms?.salt_commitment ?? UNKNOWN} name="commitment" />],
            ["In force since", terms === null ? UNKNOWN : moment(terms.since)],
            ["Under certificate", <Hash key="c" of={terms?.certificate ?? "none"} name="certificate" />],
          ]}
        />
        <Group mt="md">
          <Button component="a" variant="default" size="xs" href={file} download={`ledger-${route}.jsonl`}>
            Download the ledger
          </Button>
        </Group>
        <Code
          block
          mt="xs"
          className="weir-text"
        >{`weir savings verify ledger-${route}.jsonl --head ${head ?? ""}`}</Code>
      </Panel>
    </Stack>
  );
}

function Month({ month, confidence }: { readonly month: MonthBody; readonly confidence: number | null }) {
  const { cumulative, quality, sample_ratio: ratio, sessions } = month;
  return (
    <>
      <Group gap="xs">
        <Badge variant="outline">{month.month}</Badge>
        <Badge color={QUALITY_COLOURS[quality.state] ?? "gray.7"}>
          {QUALITY_WORDS[quality.state] ?? quality.state}
        </Badge>
        <Badge color={ratio.broken ? "red.9" : "teal.9"}>sample ratio {ratio.broken ? "broken" : "in order"}</Badge>
        <Text size="sm" c="dimmed">
          Verified against {count(sessions.holdout)} sessions held on the incumbent, beside {count(sessions.treatment)}{" "}
          that were treated; intervals hold at {percent(confidence)} however often they are looked at.
        </Text>
      </Group>
      <SimpleGrid cols={{ base: 2, lg: 4 }} spacing={{ base: "xs", md: "md" }}>
        <Figure
          label="Verified saving"
          value={usd(month.saved_usd)}
          note={`between ${bound(month.saved_low_usd)} and ${bound(month.saved_high_usd)}`}
          change={month.saved_share === null ? null : percent(month.saved_share)}
          help="What the treated sessions would have cost like those that were held back, less what they did cost: of all their requests, also those that may not be routed, and of the ramp's first days, so it is less than an observation projects for eligible requests."
        />
        <Figure
          label="Saved for sure, in all"
          value={cumulative.lower_bound_usd === null ? "not yet known" : usd(Math.max(0, cumulative.lower_bound_usd))}
          note={sureNote(cumulative)}
          help="Lower bound of all months together, what audits cost taken off; the fee is a share of what is new in it."
        />
        <Figure
          label="Cost of the holdout"
          value={usd(month.holdout_cost_usd)}
          note={`${count(sessions.holdout)} sessions stayed on the incumbent to measure the rest`}
        />
        <Figure
          label="Fee"
          value={usd(month.fee_usd)}
          note={month.no_fee_because === null ? "of the new lower bound" : month.no_fee_because.replaceAll("_", " ")}
        />
      </SimpleGrid>
      <Panel title="What holds the figure up">
        <Facts
          of={[
            [
              "Quality against the incumbent",
              quality.difference === null
                ? "not measured enough"
                : `${percent(quality.difference)}, at least ${bound(quality.low, percent)} (${count(quality.n)} verdicts)`,
            ],
            ["Quality may fall by", percent(quality.margin)],
            [
              "Sample ratio",
              `p ${ratio.p_value.toPrecision(2)}: ${ratio.broken ? "the arms are not as the lots drew them" : "the arms are as the lots drew them"}`,
            ],
            ["Requests without a price", count(month.unpriced_requests)],
          ]}
        />
      </Panel>
    </>
  );
}

/** What the bound says, also where it is below nothing. */
function sureNote({ saved_usd: saved, lower_bound_usd: low, overhead_usd: overhead }: MonthBody["cumulative"]): string {
  const expected = `${usd(saved)} expected, overhead of ${usd(overhead)} taken off`;
  if (low === null || low >= 0) return expected;
  return `the bound is still ${usd(low)}: more sessions raise it; ${expected}`;
}

function intervalOf({ saved_low_usd: low, saved_high_usd: high }: MonthBody): string {
  return `${bound(low)} to ${bound(high)}`;
}

/** null: nothing bounds it yet. */
function bound(value: number | null, format: (value: number) => string = usd): string {
  return value === null ? "no bound" : format(value);
}
