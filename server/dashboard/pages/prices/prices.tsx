import { Alert, Button, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Home } from "../../api/bodies.ts";
import { useApi } from "../../api/use-api.ts";
import { count, named, perMillion, UNKNOWN } from "../../format.ts";
import { saveSection } from "../../forms/save-section.ts";
import { SavedNote } from "../../forms/saved-note.tsx";
import type { SavedSection, SectionBody, SectionInfo } from "../../forms/section-body.ts";
import { useSection } from "../../forms/use-section.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import { PageHead, Resource } from "../../parts/states.tsx";
import type { PricedModel, PricesBody } from "./price-body.ts";
import { PriceForm, priceChange } from "./price-form.tsx";

interface Opened {
  readonly row: PricedModel;
  readonly base: SectionBody;
  readonly info: SectionInfo;
}

/** What each model costs and says who, and for which nobody knows. */
export default function PricesPage() {
  const prices = useApi<PricesBody>("/admin/prices");
  const section = useSection("candidates");
  const { data: home } = useApi<Home>("/?format=json");
  const [opened, setOpened] = useState<Opened | null>(null);
  const [saved, setSaved] = useState<SavedSection | null>(null);
  const doing: Column<PricedModel> = {
    name: "do",
    title: "",
    isAction: true,
    cell: (row) => {
      const { data } = section;
      if (data === undefined || home?.mode === "demo") return null;
      return (
        <>
          <Button
            size="xs"
            variant="default"
            aria-label={`Edit: ${row.model}`}
            onClick={() => {
              setSaved(null);
              setOpened({ row, base: data.body, info: data.info });
            }}
          >
            Edit
          </Button>{" "}
          {row.price_source === "weir.yaml" ? (
            <ConfirmButton
              label="Reset"
              about={row.model}
              act={async () => setSaved(await saveSection(data.body, (now) => priceChange(now, row.model, null)))}
            >
              Its own price is taken out of weir.yaml. From the next request on the list price counts; where the list
              does not know the model, nothing does.
            </ConfirmButton>
          ) : null}
        </>
      );
    },
  };
  return (
    <>
      <PageHead title="Prices" about="What each model costs, who says so, and for which nobody knows" />
      <Resource of={prices}>
        {({ candidates, alerts }) => (
          <Stack>
            {alerts.map(({ path, message }) => (
              <Alert key={path} color="yellow" title={path}>
                {message}
              </Alert>
            ))}
            <SavedNote saved={saved} onClose={() => setSaved(null)} />
            {section.data?.body.reason == null ? null : (
              <Alert color="yellow" title="Prices cannot be edited here">
                <Text size="sm">{section.data.body.reason}</Text>
              </Alert>
            )}
            <Panel
              title="USD a million tokens"
              note={`The price list that is shipped with Weir ${home?.version ?? ""}, unless a candidate in weir.yaml has its own; other tiers and dates are taken into account when a request is settled`}
            >
              <DataTable
                caption="USD a million tokens"
                columns={[...COLUMNS, doing]}
                rows={candidates}
                keyOf={({ model }) => model}
              />
            </Panel>
          </Stack>
        )}
      </Resource>
      <Modal
        opened={opened !== null}
        onClose={() => setOpened(null)}
        title={`Price of ${opened?.row.model}, USD a million tokens`}
        size="lg"
      >
        {opened === null ? null : (
          <PriceForm
            of={opened.row}
            base={opened.base}
            info={opened.info}
            onSaved={(answer) => {
              setSaved(answer);
              setOpened(null);
            }}
          />
        )}
      </Modal>
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
  {
    name: "source",
    title: "Says",
    cell: ({ price_source: source, price_from: from }) => {
      if (source === null) return "nobody";
      if (source === "list") return "price list";
      return from === null ? source : `${source}, from ${from}`;
    },
  },
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
