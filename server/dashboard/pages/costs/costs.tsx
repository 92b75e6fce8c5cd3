import { Anchor, Button, Card, Group, MultiSelect, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";
import { DIMENSIONS, type Dimension } from "../../../usage/dimensions.ts";
import type { Usage, UsageRow } from "../../api/bodies.ts";
import { withQuery } from "../../api/client.ts";
import { useHashQuery } from "../../api/hash-location.ts";
import { useApi } from "../../api/use-api.ts";
import { useKeyNames } from "../../api/use-key-names.ts";
import { count, named, short, tenths, usd } from "../../format.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { FirstRequest } from "../../parts/first-request.tsx";
import { type PeriodName, PeriodPicker, periodOf } from "../../parts/period.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";

const MOST_ROWS = 200;

/** Where the money went, by any two or three words. */
export default function Costs() {
  const [address, change] = useHashQuery();
  const [name, setName] = useState<PeriodName>("7d");
  const by = dimensionsOf(address.get("by"));
  const keyName = useKeyNames();
  const { from, to } = periodOf(name, Date.now());
  const query = { from, to, group_by: by.join(","), limit: MOST_ROWS };
  const usage = useApi<Usage>(withQuery("/admin/usage", query));
  return (
    <>
      <PageHead title="Costs" about="Where the money went; a click on a row shows its requests, the most costly first">
        <PeriodPicker value={name} onChange={setName} />
        <Button component={Link} variant="default" size="xs" href={withQuery("/requests", { from, to, sort: "cost" })}>
          Most costly requests
        </Button>
        <Button
          component="a"
          variant="default"
          size="xs"
          href={withQuery("/admin/usage", { ...query, format: "csv" })}
          download="usage.csv"
        >
          CSV
        </Button>
      </PageHead>
      <Stack>
        <MultiSelect
          label="By"
          description="Up to three; the rows are every combination of them"
          data={DIMENSIONS.map((value) => ({ value, label: titleOf(value) }))}
          value={[...by]}
          onChange={(names) => change({ by: names.length === 0 ? null : names.join(",") }, { replace: true })}
          maxValues={3}
          maw={560}
          searchable
          clearable={false}
        />
        <Resource of={usage}>
          {({ rows, total, truncated }) =>
            rows.length === 0 ? (
              <Empty title="No request in this time">
                <Text>Choose a longer time above, or send one:</Text>
                <FirstRequest />
              </Empty>
            ) : (
              <Card withBorder>
                <DataTable
                  caption={`Cost by ${by.map(titleOf).join(" and ").toLowerCase()}`}
                  columns={columnsOf(by, total.cost_usd ?? 0, { from, to, keyName })}
                  rows={rows}
                  keyOf={(row, i) => `${by.map((dimension) => named(row[dimension])).join("|")}-${i}`}
                />
                <Group justify="space-between" mt="sm">
                  <span>{truncated ? `the ${MOST_ROWS} most costly; CSV has more` : ""}</span>
                  <strong data-figure="total">{usd(total.cost_usd)} in all</strong>
                </Group>
              </Card>
            )
          }
        </Resource>
      </Stack>
    </>
  );
}

function columnsOf(
  by: readonly Dimension[],
  totalUsd: number,
  { from, to, keyName }: { readonly from: string; readonly to: string; readonly keyName: (id: string) => string },
): Column<UsageRow>[] {
  const drill = (row: UsageRow) =>
    withQuery("/requests", {
      ...Object.fromEntries(by.map((dimension) => [`filter.${dimension}`, String(row[dimension] ?? "")])),
      from,
      to,
      sort: "cost",
    });
  return [
    ...by.map((dimension) => ({
      name: dimension,
      title: titleOf(dimension),
      cell: (row: UsageRow) => (
        <Anchor component={Link} href={drill(row)}>
          {dimension === "key" ? keyName(named(row[dimension])) : named(row[dimension])}
        </Anchor>
      ),
    })),
    { name: "cost", title: "Cost", isNumber: true, cell: (row) => usd(row.cost_usd) },
    {
      name: "share",
      title: "Share",
      isNumber: true,
      cell: (row) => tenths(totalUsd === 0 ? 0 : (row.cost_usd ?? 0) / totalUsd),
    },
    { name: "requests", title: "Requests", isNumber: true, cell: (row) => count(row.requests) },
    { name: "errors", title: "Errors", isNumber: true, cell: (row) => count(row.errors) },
    { name: "input", title: "Input tokens", isNumber: true, cell: (row) => short(row.input_tokens) },
    { name: "output", title: "Output tokens", isNumber: true, cell: (row) => short(row.output_tokens) },
    { name: "saved", title: "Saved (projected)", isNumber: true, cell: (row) => usd(row.saved_usd) },
  ];
}

function dimensionsOf(text: string | null): readonly Dimension[] {
  const asked = (text ?? "").split(",").filter((name): name is Dimension => DIMENSIONS.some((one) => one === name));
  return asked.length === 0 ? ["model"] : asked;
}

const TITLES: Partial<Record<Dimension, string>> = { upstream: "Provider", requested_model: "Model asked for" };

function titleOf(dimension: Dimension): string {
  return TITLES[dimension] ?? `${dimension[0]!.toUpperCase()}${dimension.slice(1)}`;
}
