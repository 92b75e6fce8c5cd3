import { Alert, Card, Stack } from "@mantine/core";
import { useApi } from "../../api/use-api.ts";
import { count, named, UNKNOWN, usd } from "../../format.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { PageHead, Resource } from "../../parts/states.tsx";

interface PricedModel {
  readonly model: string;
  readonly upstream: string;
  readonly upstream_model: string;
  readonly price: {
    readonly input_usd_per_mtok: number;
    readonly output_usd_per_mtok: number;
    readonly cache_read_usd_per_mtok: number | null;
    readonly cache_write_usd_per_mtok: number | null;
  } | null;
  readonly context_tokens: number | null;
  readonly abilities: Readonly<Record<string, boolean>>;
}

interface Prices {
  readonly candidates: readonly PricedModel[];
  readonly alerts: readonly { readonly path: string; readonly message: string }[];
}

/** What each model costs, and for which nobody knows. */
export default function PricesPage() {
  const prices = useApi<Prices>("/admin/prices");
  return (
    <>
      <PageHead title="Prices" />
      <Resource of={prices}>
        {({ candidates, alerts }) => (
          <Stack>
            {alerts.map(({ path, message }) => (
              <Alert key={path} color="yellow" title={path}>
                {message}
              </Alert>
            ))}
            <Card withBorder>
              <DataTable
                caption="USD a million tokens"
                columns={COLUMNS}
                rows={candidates}
                keyOf={({ model }) => model}
              />
            </Card>
          </Stack>
        )}
      </Resource>
    </>
  );
}

const price = (name: keyof NonNullable<PricedModel["price"]>, title: string): Column<PricedModel> => ({
  name,
  title,
  isNumber: true,
  cell: (row) => (row.price === null ? UNKNOWN : row.price[name] === null ? "" : usd(row.price[name])),
});

const COLUMNS: readonly Column<PricedModel>[] = [
  { name: "model", title: "Model", cell: ({ model }) => model },
  { name: "upstream", title: "Upstream", cell: ({ upstream }) => upstream },
  price("input_usd_per_mtok", "Input, 1M tokens"),
  price("output_usd_per_mtok", "Output, 1M tokens"),
  price("cache_read_usd_per_mtok", "Cache read"),
  price("cache_write_usd_per_mtok", "Cache write"),
  { name: "context", title: "Context", isNumber: true, cell: (row) => count(row.context_tokens) },
  {
    name: "abilities",
    title: "Abilities",
    cell: ({ abilities }) =>
      named(
        Object.entries(abilities)
          .flatMap(([name, has]) => (has ? [name] : []))
          .join(", "),
      ),
  },
];
