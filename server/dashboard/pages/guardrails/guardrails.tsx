import { Badge, Group, Stack, Text } from "@mantine/core";
import type { GuardrailConfig } from "../../../guarding/guardrail-config.ts";
import { useApi } from "../../api/use-api.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";

interface Settings {
  readonly guardrails?: readonly GuardrailConfig[];
}

/** Checks on what goes in and what comes out, as weir.yaml has them. */
export default function Guardrails() {
  const settings = useApi<Settings>("/admin/settings");
  return (
    <>
      <PageHead title="Guardrails" about="Checks on what goes in and what comes out, in the order in which they run" />
      <Resource of={settings}>
        {({ guardrails = [] }) =>
          guardrails.length === 0 ? (
            <Empty title="No guardrail">
              <Text>
                Redact personal data before it leaves, refuse what must not pass, or send it to a model of your own: a
                section <code>guardrails</code> in weir.yaml says which check, for whom, and what follows.
              </Text>
            </Empty>
          ) : (
            <Stack>
              <Panel
                title="In effect"
                note="Written in the section guardrails of weir.yaml. What each one did stands in the story of every request, in the metrics, and in the header x-weir-guardrails; the text that it found never does."
              >
                <DataTable
                  caption="Guardrails"
                  rows={guardrails}
                  keyOf={({ name }) => name}
                  columns={[
                    { name: "name", title: "Name", cell: ({ name }) => name },
                    { name: "check", title: "Check", cell: ({ check }) => check },
                    { name: "on", title: "On", cell: ({ on }) => (on === "both" ? "input and output" : on) },
                    { name: "action", title: "What follows", cell: ({ action, routeTo }) => describe(action, routeTo) },
                    {
                      name: "failing",
                      title: "When it fails",
                      cell: ({ whenFailing }) =>
                        whenFailing === "refuse" ? "the request is refused" : "the request goes on",
                    },
                    { name: "for", title: "For", cell: ({ for: scope }) => <Scope of={scope} /> },
                  ]}
                />
              </Panel>
            </Stack>
          )
        }
      </Resource>
    </>
  );
}

function describe(action: GuardrailConfig["action"], routeTo: readonly string[] | undefined): string {
  const words = {
    block: "refused",
    redact: "replaced, and restored in the answer",
    flag: "noted",
    reroute: "answered by",
  };
  return action === "reroute" ? `${words.reroute} ${routeTo?.join(", ") ?? "another model"}` : words[action];
}

function Scope({ of: scope }: { readonly of: GuardrailConfig["for"] }) {
  const parts = Object.entries(scope).flatMap(([kind, names]) => (names ?? []).map((name) => `${kind}: ${name}`));
  if (parts.length === 0) return "everyone";
  return (
    <Group gap={4}>
      {parts.map((part) => (
        <Badge key={part} variant="outline">
          {part}
        </Badge>
      ))}
    </Group>
  );
}
