import { Anchor, Stack, Text } from "@mantine/core";
import { Link } from "wouter";
import type { KeyBody } from "../../../keys/key-body.ts";
import type { LimitsConfig } from "../../../limits/limits.ts";
import { useApi } from "../../api/use-api.ts";
import { count } from "../../format.ts";
import { EntryEditor } from "../../forms/entry-editor.tsx";
import { useSection } from "../../forms/use-section.ts";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import { PageHead, Resource } from "../../parts/states.tsx";
import { useLimitWords } from "./use-limit-words.ts";

interface Row {
  readonly name: string;
  readonly limits: KeyBody["limits"];
}

/** How much anybody may ask in a minute and at once: of the configuration, and of keys. */
export default function Limits() {
  const section = useSection("limits");
  const keys = useApi<{ readonly keys: readonly KeyBody[] }>("/admin/keys");
  const { words, titleOf } = useLimitWords();
  return (
    <>
      <PageHead
        title="Limits"
        about="Requests and tokens a minute, and requests at once; beyond them the answer is 429 with when to come back"
      />
      <Stack>
        <Panel
          title="Of teams, users, tenants, models and routes"
          note="Kept in the section limits of weir.yaml and in effect with the next request, here and in the file"
        >
          <Resource of={section}>
            {({ body, info }) => (
              <EntryEditor
                body={body}
                info={info}
                noun="limit"
                names={["scope", "subject"]}
                fresh={{ scope: "team" }}
                words={words}
                removing="Nothing is limited by it any more, from the next request on."
              >
                {(doing) => (
                  <DataTable
                    caption="Limits of the configuration"
                    columns={[
                      ...columnsOf("Whose"),
                      {
                        name: "do",
                        title: "",
                        isAction: true,
                        cell: ({ row, name }) => doing({ ...row }, name),
                      },
                    ]}
                    // The server's own schema made them.
                    rows={((body.effective ?? []) as readonly LimitsConfig[]).map((row) => {
                      const { scope, subject, ...limits } = row;
                      return { name: titleOf(scope, subject), limits, row };
                    })}
                    keyOf={({ row: { scope, subject } }, i) => `${scope} ${subject} ${i}`}
                    none="None yet: anybody may ask as much as keys and budgets allow."
                  />
                )}
              </EntryEditor>
            )}
          </Resource>
          <Text size="xs" c="dimmed" mt="sm">
            Minutes begin with the first request; every answer says in its headers what is left.
          </Text>
        </Panel>
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
