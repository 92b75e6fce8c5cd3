import { Alert, Badge, Card, Group, Stack, Text, Title } from "@mantine/core";
import { send } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { moment, named } from "../../format.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
import { RetrainPanel } from "./retrain-panel.tsx";

interface Families {
  readonly serving: { readonly name: string; readonly version: string; readonly degraded: string | null };
  readonly routers: readonly {
    readonly name: string;
    readonly current: string | null;
    readonly previous: string | null;
    readonly versions: readonly {
      readonly version: string;
      readonly tier: string | null;
      readonly created_at: string | null;
      readonly current: boolean;
    }[];
  }[];
}

/** Trained routers, and which one serves. */
export default function Routers() {
  const routers = useApi<Families>("/admin/routers");
  return (
    <>
      <PageHead title="Routers" about="Trained routers, which one serves, and the way back" />
      <Resource of={routers}>
        {({ serving, routers: families }) => (
          <Stack>
            {serving.degraded === null ? null : (
              <Alert color="red" title="No router serves">
                {serving.degraded} Every route is served by its incumbent until a version opens.
              </Alert>
            )}
            <Text>
              Serving: <strong>{serving.name}</strong> {serving.version}
            </Text>
            {families.length === 0 ? (
              <Empty title="No trained router">Train one from your own outcomes with `weir train`.</Empty>
            ) : null}
            <RetrainPanel />
            {families.map(({ name, previous, versions }) => (
              <Card withBorder key={name}>
                <Group justify="space-between" mb="sm">
                  <Title order={2} size="h4">
                    {name}
                  </Title>
                  <ConfirmButton
                    label="Roll back"
                    about={name}
                    disabled={previous === null}
                    act={() => send("POST", `/admin/routers/${encodeURIComponent(name)}/rollback`)}
                  >
                    Serves {named(previous)} again, at once. Running requests end on the version they began with.
                  </ConfirmButton>
                </Group>
                <DataTable
                  caption={`Versions of ${name}`}
                  rows={versions}
                  keyOf={({ version }) => version}
                  columns={[
                    {
                      name: "version",
                      title: "Version",
                      cell: ({ version, current }) => (
                        <Group gap="xs">
                          {version}
                          {current ? <Badge size="sm">serves</Badge> : null}
                        </Group>
                      ),
                    },
                    { name: "tier", title: "Tier", cell: ({ tier }) => tier ?? "—" },
                    {
                      name: "made",
                      title: "Trained",
                      cell: ({ created_at: at }) => (at === null ? "unknown" : moment(at)),
                    },
                    {
                      name: "do",
                      title: "",
                      cell: ({ version, current }) => (
                        <ConfirmButton
                          label="Promote"
                          about={`${name} ${version}`}
                          color="cyan.9"
                          disabled={current}
                          act={() => send("POST", `/admin/routers/${encodeURIComponent(name)}/promote`, { version })}
                        >
                          The version is opened and checked first, then it decides every new request. `Roll back` undoes
                          it.
                        </ConfirmButton>
                      ),
                    },
                  ]}
                />
              </Card>
            ))}
          </Stack>
        )}
      </Resource>
    </>
  );
}
