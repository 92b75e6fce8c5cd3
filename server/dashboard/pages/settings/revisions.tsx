import { Button, Modal, Text } from "@mantine/core";
import { useState } from "react";
import { send } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { moment } from "../../format.ts";
import { DiffView } from "../../forms/diff-view.tsx";
import type { SavedSection } from "../../forms/section-body.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Resource } from "../../parts/states.tsx";

/** An entry of GET /admin/settings/revisions. */
interface RevisionBody {
  readonly revision: number;
  readonly at: string;
  readonly by: string;
  readonly section: string;
  readonly before_yaml: string | null;
  readonly after_yaml: string | null;
  readonly restorable: boolean;
  readonly note: string | null;
}

const SHOWN = 20;

interface RevisionsProps {
  /** Of the file as it is now. */
  readonly etag: string;
  readonly onSaved: (saved: SavedSection) => void;
}

/** What was changed here, newest first, and the way back. */
export function Revisions({ etag, onSaved }: RevisionsProps) {
  const revisions = useApi<readonly RevisionBody[]>(`/admin/settings/revisions?limit=${SHOWN}`);
  const [shown, setShown] = useState<RevisionBody | null>(null);
  return (
    <Panel
      title="What was changed here"
      note={`The newest ${SHOWN} changes; what was changed by hand is not among them`}
    >
      <Resource of={revisions}>
        {(rows) => (
          <DataTable
            caption="Changes"
            rows={rows}
            keyOf={({ revision }) => String(revision)}
            none="Nothing yet. Every change that is made on these pages or by the API can be put back from here."
            columns={[
              { name: "at", title: "When", cell: ({ at }) => moment(at) },
              {
                name: "section",
                title: "Section",
                cell: ({ section, note }) => (note === null ? section : `${section}: ${note}`),
              },
              { name: "by", title: "By", cell: ({ by }) => by },
              {
                name: "do",
                title: "",
                isAction: true,
                cell: (row) => (
                  <>
                    <Button
                      size="xs"
                      variant="default"
                      mr="xs"
                      aria-label={`Show: change ${row.revision}`}
                      onClick={() => setShown(row)}
                    >
                      Show
                    </Button>
                    <ConfirmButton
                      label="Restore"
                      about={`${row.section} before change ${row.revision}`}
                      color="cyan.9"
                      disabled={!row.restorable}
                      act={async () =>
                        onSaved(await send("POST", `/admin/settings/revisions/${row.revision}/restore`, { etag }))
                      }
                    >
                      <Text size="sm">The section becomes what it was before that change, at once:</Text>
                      <pre className="weir-text">{row.before_yaml ?? "nothing: it was not in the file"}</pre>
                    </ConfirmButton>
                  </>
                ),
              },
            ]}
          />
        )}
      </Resource>
      <Modal
        opened={shown !== null}
        onClose={() => setShown(null)}
        title={shown === null ? "" : `${shown.section}, ${moment(shown.at)}`}
        size="lg"
      >
        {shown === null ? null : <DiffView before={shown.before_yaml} after={shown.after_yaml} />}
      </Modal>
    </Panel>
  );
}
