import { Badge, Group } from "@mantine/core";
import { send } from "../../api/client.ts";
import { moment, named } from "../../format.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import type { RouterFamily } from "./router-body.ts";

interface FamilyCardProps {
  readonly family: RouterFamily;
  /** Whether requests are decided by it, not by another one. */
  readonly isServing: boolean;
}

/** The versions of one router, and which one is served. */
export function FamilyCard({ family: { name, previous, versions }, isServing }: FamilyCardProps) {
  const path = `/admin/routers/${encodeURIComponent(name)}`;
  return (
    <Panel
      title={name}
      note={
        isServing ? "Decides every request" : "Decides nothing while router.name (Settings, Router) names another one"
      }
      aside={
        <ConfirmButton
          label="Roll back"
          about={name}
          disabled={previous === null}
          act={() => send("POST", `${path}/rollback`)}
        >
          {isServing
            ? `Serves ${named(previous)} again, at once. Running requests end on the version they began with.`
            : `${named(previous)} is what would be served again.`}
        </ConfirmButton>
      }
    >
      <DataTable
        caption={`Versions of ${name}`}
        rows={versions.toReversed()}
        keyOf={({ version }) => version}
        columns={[
          {
            name: "version",
            title: "Version",
            cell: ({ version, current }) => (
              <Group gap="xs">
                {version}
                {current ? (
                  <Badge variant={isServing ? "filled" : "outline"}>{isServing ? "serves" : "chosen"}</Badge>
                ) : null}
              </Group>
            ),
          },
          { name: "tier", title: "Tier", cell: ({ tier }) => tier ?? "—" },
          { name: "made", title: "Trained", cell: ({ created_at: at }) => (at === null ? "unknown" : moment(at)) },
          {
            name: "do",
            title: "",
            isAction: true,
            cell: ({ version, current }) => (
              <ConfirmButton
                label="Promote"
                about={`${name} ${version}`}
                color="cyan.9"
                disabled={current}
                act={() => send("POST", `${path}/promote`, { version })}
              >
                {isServing
                  ? "The version is opened and checked first, then it decides every new request; certificates of another version are void while it serves. `Roll back` undoes it."
                  : "It is served once router.name (Settings, Router) names this router."}
              </ConfirmButton>
            ),
          },
        ]}
      />
    </Panel>
  );
}
