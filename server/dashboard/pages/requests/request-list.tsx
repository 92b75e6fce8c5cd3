import { Anchor, Badge, Button, Card, Checkbox, Group, Pill, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";
import { Link } from "wouter";
import type { LogRecord, RequestPage } from "../../api/bodies.ts";
import { withQuery } from "../../api/client.ts";
import { useHashQuery } from "../../api/hash-location.ts";
import { useApi } from "../../api/use-api.ts";
import { useKeyNames } from "../../api/use-key-names.ts";
import { cost, count, dayTime, ms, named } from "../../format.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { FirstRequest } from "../../parts/first-request.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";

const PAGE_ROWS = 50;
const TYPING_MS = 300;

/** Logged requests, newest or most costly first, by what the address says. */
export function RequestList() {
  const [query, change] = useHashQuery();
  const keyName = useKeyNames();
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const filters = [...query.entries()].filter(([name]) => name.startsWith("filter."));
  const sort = query.get("sort") === "cost" ? "cost" : "time";
  const asked = {
    ...Object.fromEntries(filters),
    q: query.get("q"),
    errors: query.get("errors"),
    from: query.get("from"),
    to: query.get("to"),
  };
  const page = useApi<RequestPage>(
    withQuery("/admin/requests", {
      ...asked,
      sort,
      limit: PAGE_ROWS,
      cursor: sort === "cost" ? null : (cursors.at(-1) ?? null),
    }),
  );
  const restart = (fields: Readonly<Record<string, string | null>>) => {
    setCursors([]);
    change(fields, { replace: true });
  };
  const search = useDebouncedCallback((text: string) => restart({ q: text === "" ? null : text }), TYPING_MS);

  return (
    <>
      <PageHead title="Requests" about="Every request that the log keeps; a click on its time tells its story">
        <Button
          component="a"
          size="xs"
          variant="default"
          href={withQuery("/admin/requests/export", { ...asked, format: "jsonl" })}
          download
        >
          Download JSONL
        </Button>
      </PageHead>
      <Stack>
        <Group align="flex-end">
          <TextInput
            label="Search"
            description="in ids, names and metadata"
            defaultValue={query.get("q") ?? ""}
            onChange={(event) => search(event.currentTarget.value)}
            flex={1}
            miw={180}
          />
          <Select
            label="Order"
            data={[
              { value: "time", label: "newest first" },
              { value: "cost", label: "most costly first" },
            ]}
            value={sort}
            onChange={(value) => restart({ sort: value === "cost" ? "cost" : null })}
            allowDeselect={false}
            w={170}
          />
          <Checkbox
            label="only errors"
            checked={query.get("errors") === "true"}
            onChange={(event) => restart({ errors: event.currentTarget.checked ? "true" : null })}
            mb={8}
          />
        </Group>
        {filters.length === 0 ? null : (
          <Group gap="xs">
            <Text size="sm">Only</Text>
            {filters.map(([name, value]) => (
              <Pill
                key={name}
                withRemoveButton
                onRemove={() => restart({ [name]: null })}
                removeButtonProps={{
                  "aria-label": `remove the filter on ${name.slice(7)}`,
                  "aria-hidden": false,
                  tabIndex: 0,
                }}
              >
                {name.slice(7)} = {name === "filter.key" ? keyName(value) : named(value)}
              </Pill>
            ))}
          </Group>
        )}
        <Resource of={page} lines={8}>
          {({ rows, next_cursor: next }) =>
            rows.length === 0 && cursors.length === 0 ? (
              <Empty title="No request like this">
                <Text>Loosen the filters, or send one:</Text>
                <FirstRequest />
              </Empty>
            ) : (
              <Card withBorder>
                <DataTable caption="Requests" columns={COLUMNS} rows={rows} keyOf={({ id }) => id} />
                <Group justify="flex-end" mt="sm">
                  <Button
                    size="xs"
                    variant="default"
                    disabled={cursors.length === 0}
                    onClick={() => setCursors(cursors.slice(0, -1))}
                  >
                    Newer
                  </Button>
                  <Button
                    size="xs"
                    variant="default"
                    disabled={next === null || sort === "cost"}
                    onClick={() => next !== null && setCursors([...cursors, next])}
                  >
                    Older
                  </Button>
                </Group>
              </Card>
            )
          }
        </Resource>
      </Stack>
    </>
  );
}

const AUDIT = "Weir asked a second model, to compare the two answers";
const CACHED = "answered without an upstream";

function Mark({ name, about }: { readonly name: string; readonly about: string }) {
  return (
    <Badge variant="outline" size="sm" title={about}>
      {name}
    </Badge>
  );
}

const COLUMNS: readonly Column<LogRecord>[] = [
  {
    name: "at",
    title: "Time (UTC)",
    cell: ({ id, at }) => (
      <Anchor component={Link} href={`/requests/${id}`} style={{ whiteSpace: "nowrap" }}>
        {dayTime(at)}
      </Anchor>
    ),
  },
  {
    name: "status",
    title: "Status",
    cell: ({ status, error }) => (
      <Badge variant="dot" color={(status ?? 0) < 400 ? "green" : "red"} title={error ?? "answered"}>
        {status ?? "?"}
      </Badge>
    ),
  },
  {
    name: "model",
    title: "Model",
    cell: ({ model, requested_model: asked, arm, cache }) => (
      <>
        {model ?? `${named(asked)} (not answered)`} {arm === "audit" ? <Mark name="audit" about={AUDIT} /> : null}
        {cache === "hit" || cache === "semantic" ? <Mark name="cache" about={CACHED} /> : null}
      </>
    ),
  },
  { name: "feature", title: "Feature", cell: ({ feature }) => named(feature) },
  { name: "team", title: "Team", cell: ({ team }) => named(team) },
  {
    name: "tokens",
    title: "Tokens in / out",
    isNumber: true,
    cell: (row) =>
      row.input_tokens === null && row.output_tokens === null
        ? "—"
        : `${count(row.input_tokens)} / ${count(row.output_tokens)}`,
  },
  { name: "cost", title: "Cost", isNumber: true, cell: (row) => cost(row.cost_usd) },
  { name: "ms", title: "Took", isNumber: true, cell: (row) => ms(row.duration_ms) },
];
