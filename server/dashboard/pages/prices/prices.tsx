import { Alert, Stack } from "@mantine/core";
import { useApi } from "../../api/use-api.ts";
import { count, named, perMillion, UNKNOWN } from "../../format.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
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
      <PageHead title="Prices" about="What each model costs, and for which nobody knows" />
      <Resource of={prices}>
        {({ candidates, alerts }) => (
          <Stack>
            {alerts.map(({ path, message }) => (
              <Alert key={path} color="yellow" title={path}>
                {message}
              </Alert>
            ))}
            <Panel
              title="USD a million tokens"
              note="List prices, unless a candidate in weir.yaml has its own; other tiers and dates are taken into account when a request is settled"
            >
              <DataTable
                caption="USD a million tokens"
                columns={COLUMNS}
                rows={candidates}
                keyOf={({ model }) => model}
              />
            </Panel>
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
  cell: (row) => (row.price === null ? UNKNOWN : row.price[name] === null ? "—" : perMillion(row.price[name])),
});

const ABILITIES: Readonly<Record<string, string>> = { jsonSchema: "JSON schema", vision: "images" };

const COLUMNS: readonly Column<PricedModel>[] = [
  { name: "model", title: "Model", cell: ({ model }) => model },
  { name: "upstream", title: "Upstream", cell: ({ upstream }) => upstream },
  price("input_usd_per_mtok", "Input"),
  price("output_usd_per_mtok", "Output"),
  price("cache_read_usd_per_mtok", "Cache read"),
  price("cache_write_usd_per_mtok", "Cache write"),
  { name: "context", title: "Context, tokens", isNumber: true, cell: (row) => count(row.context_tokens) },
  {
    name: "abilities",
    title: "Abilities",
    cell: ({ abilities }) =>
      named(
        Object.entries(abilities)
          .flatMap(([name, has]) => (has ? [ABILITIES[name] ?? name] : []))
          .join(", "),
      ),
  },
];
