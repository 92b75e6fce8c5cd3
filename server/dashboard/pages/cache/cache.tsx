import { Card, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { send } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { count, short, usd } from "../../format.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Figure } from "../../parts/figure.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";

interface CacheBody {
  readonly memory: { readonly entries: number; readonly bytes: number };
  readonly disk: {
    readonly entries: number;
    readonly bytes: number;
    readonly corrupt: number;
    readonly failures: number;
  };
  readonly outcomes: Readonly<Record<string, number>>;
  readonly saved_usd: number;
  readonly under_way: { readonly calls: number; readonly clients: number };
}

/** Answers that are kept, and what they saved. */
export default function Cache() {
  const cache = useApi<CacheBody>("/admin/cache");
  return (
    <>
      <PageHead title="Cache">
        <ConfirmButton label="Forget all answers" act={() => send("DELETE", "/admin/cache")}>
          Every cached answer of every tenant goes; the next request of each kind is paid for again.
        </ConfirmButton>
      </PageHead>
      <Resource of={cache}>
        {({ memory, disk, outcomes, saved_usd: saved, under_way: running }) => {
          const rows = Object.entries(outcomes);
          return (
            <Stack>
              <SimpleGrid cols={{ base: 2, md: 4 }}>
                <Figure label="Saved" value={usd(saved)} note="since this process started" />
                <Figure label="In memory" value={count(memory.entries)} note={`${short(memory.bytes)} bytes`} />
                <Figure
                  label="In the storage"
                  value={count(disk.entries)}
                  note={`${short(disk.bytes)} bytes; ${count(disk.corrupt)} damaged and gone`}
                />
                <Figure
                  label="Asked for together"
                  value={count(running.clients)}
                  note={`${count(running.calls)} calls to upstreams serve them`}
                  help="Identical requests at the same time make one call"
                />
              </SimpleGrid>
              {rows.every(([, requests]) => requests === 0) ? (
                <Empty title="Nothing was cached yet">
                  <Text>
                    Requests with temperature 0 are kept by themselves; a route can keep all with{" "}
                    <code>cache: {"{ exact: all }"}</code>, and answer what means the same with <code>semantic</code>.
                  </Text>
                </Empty>
              ) : (
                <Card withBorder>
                  <Title order={2} size="h4" mb="xs">
                    Requests that could be cached
                  </Title>
                  <DataTable
                    caption="Outcomes"
                    rows={rows}
                    keyOf={([name]) => name}
                    columns={[
                      { name: "outcome", title: "Outcome", cell: ([name]) => name.replaceAll("_", " ") },
                      { name: "requests", title: "Requests", isNumber: true, cell: ([, requests]) => count(requests) },
                    ]}
                  />
                </Card>
              )}
            </Stack>
          );
        }}
      </Resource>
    </>
  );
}
