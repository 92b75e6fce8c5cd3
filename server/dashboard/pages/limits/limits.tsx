import { Anchor, Stack, Text } from "@mantine/core";
import { Link } from "wouter";
import type { KeyBody } from "../../../keys/key-body.ts";
import type { LimitsConfig } from "../../../limits/limits.ts";
import { useApi } from "../../api/use-api.ts";
import { count } from "../../format.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import { PageHead, Resource } from "../../parts/states.tsx";

interface Settings {
  readonly limits?: readonly LimitsConfig[];
}

interface Row {
  readonly name: string;
  readonly limits: KeyBody["limits"];
}

/** How much anybody may ask in a minute and at once: of the configuration, and of keys. */
export default function Limits() {
  const settings = useApi<Settings>("/admin/settings");
  const keys = useApi<{ readonly keys: readonly KeyBody[] }>("/admin/keys");
  return (
    <>
      <PageHead
        title="Limits"
        about="Requests and tokens a minute, and requests at once; beyond them the answer is 429 with when to come back"
      />
      <Stack>
        <Panel title="Of keys" note="Set where the key is made or edited; in effect within a second">
          <Resource of={keys}>
            {({ keys: rows }) => (
              <DataTable
                caption="Limits of keys"
                columns={columnsOf("Key")}
                rows={rows.filter(({ limits }) => Object.keys(limits).length > 0)}
                keyOf={({ id }) => id}
                none={
                  <>
                    No key has a limit yet.{" "}
                    <Anchor component={Link} href="/keys" underline="always">
                      Give one to a key
                    </Anchor>
                  </>
                }
              />
            )}
          </Resource>
        </Panel>
        <Panel
          title="Of teams, users, tenants, models and routes"
          note="Set in the section limits of weir.yaml, which is read again by itself"
        >
          <Resource of={settings}>
            {({ limits = [] }) => (
              <DataTable
                caption="Limits of the configuration"
                columns={columnsOf("Whose")}
                rows={limits.map(({ scope, subject, ...amounts }) => ({
                  name: subject === "*" ? `each ${scope}` : `${scope} ${subject}`,
                  limits: amounts,
                }))}
                keyOf={({ name }) => name}
                none={
                  <>
                    None. For example: <code>{'limits: [{ scope: user, subject: "*", rpm: 60 }]'}</code>
                  </>
                }
              />
            )}
          </Resource>
          <Text size="xs" c="dimmed" mt="sm">
            Minutes begin with the first request; every answer says in its headers what is left.
          </Text>
        </Panel>
      </Stack>
    </>
  );
}

const amount = (name: keyof Row["limits"], title: string): Column<Row> => ({
  name,
  title,
  isNumber: true,
  cell: ({ limits }) => (limits[name] === undefined ? "—" : count(limits[name])),
});

function columnsOf(whose: string): Column<Row>[] {
  return [
    { name: "name", title: whose, cell: ({ name }) => name },
    amount("rpm", "Requests a minute"),
    amount("tpm", "Tokens a minute"),
    amount("input_tpm", "Input tokens a minute"),
    amount("output_tpm", "Output tokens a minute"),
    amount("parallel", "At once"),
  ];
}
