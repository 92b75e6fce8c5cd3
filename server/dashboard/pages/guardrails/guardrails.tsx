import { Badge, Group } from "@mantine/core";
import type { GuardrailConfig } from "../../../guarding/guardrail-config.ts";
import { useApi } from "../../api/use-api.ts";
import { useKeyNames } from "../../api/use-key-names.ts";
import { count } from "../../format.ts";
import type { Entry } from "../../forms/entries.ts";
import { EntryEditor } from "../../forms/entry-editor.tsx";
import { useSection } from "../../forms/use-section.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import { PageHead, Resource } from "../../parts/states.tsx";
import { outcomeText } from "../../words.ts";
import type { ChecksBody, OutcomesBody } from "./guardrail-body.ts";
import { TryGuardrail } from "./try-guardrail.tsx";
import { fittingEntry, schemaWithOptions, useGuardrailWords } from "./use-guardrail-words.ts";

/** Checks on what goes in and what comes out, and what they did of late. */
export default function Guardrails() {
  const section = useSection("guardrails");
  const checks = useApi<ChecksBody>("/admin/guardrails/checks");
  const { data: late } = useApi<OutcomesBody>("/admin/guardrails/outcomes");
  const installed = checks.data?.checks ?? [];
  const words = useGuardrailWords(installed);
  const checkOf = ({ check }: Entry) => installed.find((one) => one.check === check);
  return (
    <>
      <PageHead title="Guardrails" about="Checks on what goes in and what comes out, in the order in which they run" />
      <Panel
        title="In effect"
        note="Kept in the section guardrails of weir.yaml. What each one did stands in the story of every request, in the metrics, and in the header x-weir-guardrails; the text that it found never does."
      >
        <Resource of={section}>
          {({ body, info }) => (
            <Resource of={checks}>
              {() => (
                <EntryEditor
                  body={body}
                  info={info}
                  noun="guardrail"
                  names={["name"]}
                  fresh={{ check: "pii", action: "redact" }}
                  schemaOf={(items, entry) => schemaWithOptions(items, checkOf(entry))}
                  words={words}
                  tidy={(next, before) => fittingEntry(next, before, checkOf(next))}
                  removing="Nothing is looked at by it any more, from the next request on."
                  extra={(entry, old) => {
                    const check = checkOf(entry);
                    if (check === undefined) return null;
                    const isSame = JSON.stringify(entry) === JSON.stringify(old);
                    const name = String(entry.name ?? "");
                    // A draft needs a name as any other.
                    const guardrail = isSame ? name : { ...entry, name: name === "" ? "draft" : name };
                    return <TryGuardrail name={name || check.check} guardrail={guardrail} check={check} />;
                  }}
                >
                  {(doing) => (
                    <GuardrailTable
                      // The server's own schema made them.
                      rows={(body.effective ?? []) as readonly GuardrailConfig[]}
                      late={late}
                      doing={doing}
                    />
                  )}
                </EntryEditor>
              )}
            </Resource>
          )}
        </Resource>
      </Panel>
    </>
  );
}

interface GuardrailTableProps {
  readonly rows: readonly GuardrailConfig[];
  readonly late: OutcomesBody | undefined;
  readonly doing: (row: Entry, title: string) => React.ReactNode;
}

function GuardrailTable({ rows, late, doing }: GuardrailTableProps) {
  return (
    <DataTable
      caption="Guardrails"
      rows={rows}
      keyOf={({ name }) => name}
      none="None yet. A guardrail redacts personal data before it leaves, refuses what must not pass, notes it, or sends it to a model of your own."
      columns={[
        { name: "name", title: "Name", cell: ({ name }) => name },
        { name: "check", title: "Check", cell: ({ check }) => check },
        { name: "on", title: "On", cell: ({ on }) => (on === "both" ? "input and output" : on) },
        { name: "action", title: "What follows", cell: ({ action, routeTo }) => describe(action, routeTo) },
        {
          name: "failing",
          title: "When it fails",
          cell: ({ whenFailing }) => (whenFailing === "refuse" ? "the request is refused" : "the request goes on"),
        },
        { name: "for", title: "For", cell: ({ for: scope }) => <Scope of={scope} /> },
        {
          name: "late",
          title: `Of the newest ${count(late?.requests ?? 0)} requests`,
          cell: ({ name }) => lateText(name, late),
        },
        { name: "do", title: "", isAction: true, cell: (row) => doing({ ...row }, row.name) },
      ]}
    />
  );
}

function lateText(name: string, late: OutcomesBody | undefined): string {
  const own = late?.guardrails.find((one) => one.name === name);
  if (own === undefined) return "none was for it";
  return Object.entries(own.outcomes)
    .map(([outcome, times]) => `${count(times)} ${outcomeText(outcome)}`)
    .join(", ");
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
  const keyName = useKeyNames();
  const parts = Object.entries(scope).flatMap(([kind, names]) =>
    (names ?? []).map((name) => `${kind.slice(0, -1)}: ${kind === "keys" ? keyName(name) : name}`),
  );
  if (parts.length === 0) return "everyone";
  return (
    <Group gap={4}>
      {parts.map((part) => (
        <Badge key={part} variant="outline" tt="none">
          {part}
        </Badge>
      ))}
    </Group>
  );
}
