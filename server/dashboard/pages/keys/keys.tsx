import { Alert, Badge, Button, Card, Code, CopyButton, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import type { KeyBody } from "../../../keys/key-body.ts";
import { send } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { count, moment, usd, windowText } from "../../format.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
import { KeyForm } from "./key-form.tsx";

const MOST_SHOWN = 1_000;

type Issued = KeyBody & { readonly key: string };

/** Virtual keys: who may use what, how fast and for how much. */
export default function Keys() {
  const keys = useApi<{ readonly keys: readonly KeyBody[]; readonly next_cursor: string | null }>(
    `/admin/keys?limit=${MOST_SHOWN}`,
  );
  const [isOpen, { open, close }] = useDisclosure(false);
  const [edited, setEdited] = useState<KeyBody | null>(null);
  const [issued, setIssued] = useState<Issued | null>(null);
  const edit = (key: KeyBody | null) => {
    setEdited(key);
    open();
  };
  const columns = columnsOf(setIssued, edit);
  return (
    <>
      <PageHead title="Keys" about="Virtual keys: who may use what, how fast and for how much">
        <Button size="xs" onClick={() => edit(null)}>
          New key
        </Button>
      </PageHead>
      <Stack>
        {issued === null ? null : <Fresh issued={issued} onClose={() => setIssued(null)} />}
        <Resource of={keys}>
          {({ keys: rows, next_cursor: next }) =>
            rows.length === 0 ? (
              <Empty title="No key yet">
                <Text>
                  Give each team or application a key of its own: costs are shown by key, and a key can have limits and
                  a budget that it cannot pass.
                </Text>
              </Empty>
            ) : (
              <Card withBorder>
                <DataTable caption="Keys" columns={columns} rows={rows} keyOf={({ id }) => id} />
                {next === null ? null : (
                  <Text size="sm" c="dimmed">
                    These are {count(MOST_SHOWN)} of them; GET /admin/keys has all, page by page.
                  </Text>
                )}
              </Card>
            )
          }
        </Resource>
      </Stack>
      <Modal opened={isOpen} onClose={close} title={edited === null ? "New key" : `Edit: ${edited.name}`} size="lg">
        <KeyForm
          key={edited?.id ?? ""}
          of={edited}
          onSaved={({ key, ...saved }) => {
            if (key !== undefined) setIssued({ ...saved, key });
            close();
          }}
        />
      </Modal>
    </>
  );
}

/** The only time that the key's text is seen. */
function Fresh({ issued, onClose }: { readonly issued: Issued; readonly onClose: () => void }) {
  return (
    <Alert
      color="green"
      title={`The key "${issued.name}": copy it now, it is shown this once`}
      withCloseButton
      onClose={onClose}
      closeButtonLabel="I have copied it"
    >
      <Group>
        <Code className="weir-break" data-figure="key">
          {issued.key}
        </Code>
        <CopyButton value={issued.key}>
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Alert>
  );
}

function columnsOf(onIssued: (key: Issued) => void, onEdit: (key: KeyBody) => void): Column<KeyBody>[] {
  return [
    {
      name: "name",
      title: "Name",
      cell: ({ name, prefix, disabled, expires_at: end }) => (
        <>
          <Text size="sm" fw={600}>
            {name}
          </Text>
          <Code>{prefix}…</Code> {disabled ? <Badge color="gray">disabled</Badge> : null}
          {end === null ? null : (
            <Text size="xs" c="dimmed">
              until {moment(end)}
            </Text>
          )}
        </>
      ),
    },
    {
      name: "owner",
      title: "Owner",
      cell: ({ tenant, team, user }) => [tenant, team, user].filter((one) => one !== null).join(" / ") || "(none)",
    },
    {
      name: "may",
      title: "May use",
      cell: ({ routes, models }) =>
        routes === null && models === null
          ? "everything"
          : `routes: ${routes?.join(", ") ?? "all"}; models: ${models?.join(", ") ?? "all"}`,
    },
    {
      name: "limits",
      title: "Limits",
      cell: ({ limits }) =>
        Object.entries(limits)
          .map(([name, value]) => `${count(Number(value))} ${LIMITS[name] ?? name}`)
          .join(", ") || "none",
    },
    { name: "budget", title: "Budget", cell: ({ budget }) => budgetText(budget) },
    {
      name: "do",
      title: "",
      isAction: true,
      cell: (key) => <Doing of={key} onIssued={onIssued} onEdit={onEdit} />,
    },
  ];
}

const LIMITS: Readonly<Record<string, string>> = {
  rpm: "requests a minute",
  tpm: "tokens a minute",
  input_tpm: "input tokens a minute",
  output_tpm: "output tokens a minute",
  parallel: "at once",
};

interface DoingProps {
  readonly of: KeyBody;
  readonly onIssued: (key: Issued) => void;
  readonly onEdit: (key: KeyBody) => void;
}

/** What can be done with a key. */
function Doing({ of: key, onIssued, onEdit }: DoingProps) {
  const { id, name, disabled } = key;
  const path = `/admin/keys/${encodeURIComponent(id)}`;
  return (
    <Group gap="xs" wrap="nowrap" justify="flex-end">
      <Button size="xs" variant="default" aria-label={`Edit: ${name}`} onClick={() => onEdit(key)}>
        Edit
      </Button>
      <ConfirmButton
        label={disabled ? "Enable" : "Disable"}
        about={name}
        color="yellow"
        act={() => send("PATCH", path, { disabled: !disabled })}
      >
        {disabled
          ? "The key works again, at once."
          : "Requests with this key are refused from now on; it can be enabled again."}
      </ConfirmButton>
      <ConfirmButton
        label="Rotate"
        about={name}
        color="cyan.9"
        act={async () => {
          onIssued(await send<Issued>("POST", `${path}/rotate`, { overlap_seconds: 86_400 }));
          return true;
        }}
      >
        The key gets a new text, which is shown once. The old one goes on for a day.
      </ConfirmButton>
      <ConfirmButton label="Revoke" about={name} act={() => send("DELETE", path)}>
        The key never works again. What it spent stays in the log.
      </ConfirmButton>
    </Group>
  );
}

function budgetText(budget: unknown): string {
  if (budget === null || typeof budget !== "object") return "none";
  const { usd: cap, tokens, window, hard } = budget as { usd?: number; tokens?: number; window: string; hard: boolean };
  return `${cap === undefined ? `${count(tokens)} tokens` : usd(cap)} ${windowText(window)}${hard ? "" : ", tells only"}`;
}
