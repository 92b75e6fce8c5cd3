import { Button, Card, Group, Modal, Progress, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { send } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { count, moment, percent, usd } from "../../format.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
import { BudgetForm } from "./budget-form.tsx";

export interface BudgetBody {
  readonly id: string;
  readonly name: string | null;
  readonly scope: string;
  readonly subject: string;
  readonly usd?: number;
  readonly tokens?: number;
  readonly window: string;
  readonly hard: boolean;
  readonly cap: number;
  readonly spent: number;
  readonly reserved: number;
  readonly remaining: number | null;
  readonly resets_at: string | null;
  readonly subjects: readonly { readonly subject: string; readonly spent: number; readonly remaining: number }[];
}

/** Caps on spending, and how they stand. */
export default function Budgets() {
  const budgets = useApi<{ readonly budgets: readonly BudgetBody[] }>("/admin/budgets");
  const [isOpen, { open, close }] = useDisclosure(false);
  return (
    <>
      <PageHead title="Budgets">
        <Button size="xs" onClick={open}>
          New budget
        </Button>
      </PageHead>
      <Resource of={budgets}>
        {({ budgets: rows }) =>
          rows.length === 0 ? (
            <Empty title="No budget yet">
              <Text>
                A budget caps what a key, team, user, tenant, model, tag, route or everyone spends in a window. The
                worst case of each call is reserved before it is made, so a hard budget is never passed.
              </Text>
            </Empty>
          ) : (
            <Stack>
              {rows.map((budget) => (
                <BudgetCard key={budget.id} budget={budget} />
              ))}
            </Stack>
          )
        }
      </Resource>
      <Modal opened={isOpen} onClose={close} title="New budget">
        <BudgetForm onMade={close} />
      </Modal>
    </>
  );
}

function BudgetCard({ budget }: { readonly budget: BudgetBody }) {
  const { id, name, scope, subject, window, hard, cap, spent, reserved, resets_at: resets, subjects } = budget;
  const amount = (value: number) => (budget.usd === undefined ? `${count(value)} tokens` : usd(value));
  const title = name ?? `${scope}${subject === "" ? "" : ` ${subject}`}`;
  const share = cap === 0 ? 1 : spent / cap;
  return (
    <Card withBorder component="section" aria-label={title}>
      <Group justify="space-between" mb="xs">
        <div>
          <Text fw={600}>{title}</Text>
          <Text size="sm" c="dimmed">
            {amount(cap)} a {window}, {hard ? "refuses" : "only tells"}
            {resets === null ? "" : `; starts anew ${moment(resets)}`}
          </Text>
        </div>
        <ConfirmButton
          label="Remove"
          about={title}
          act={() => send("DELETE", `/admin/budgets/${encodeURIComponent(id)}`)}
        >
          Nothing is capped by it any more, and what was counted on it goes.
        </ConfirmButton>
      </Group>
      {subject === "*" ? (
        <DataTable
          caption={`Spent by each ${scope}`}
          rows={subjects}
          keyOf={(row) => row.subject}
          none="Nobody has spent anything in this window."
          columns={[
            { name: "subject", title: scope, cell: (row) => row.subject },
            { name: "spent", title: "Spent", isNumber: true, cell: (row) => amount(row.spent) },
            { name: "left", title: "Left", isNumber: true, cell: (row) => amount(row.remaining) },
          ]}
        />
      ) : (
        <>
          <Progress
            value={Math.min(100, share * 100)}
            color={share >= 1 ? "red" : share >= 0.8 ? "yellow" : "cyan"}
            aria-label={`spent of ${title}`}
          />
          <Text size="sm" mt="xs">
            {amount(spent)} spent ({percent(share)})
            {reserved === 0 ? "" : `, ${amount(reserved)} reserved by running requests`}
          </Text>
        </>
      )}
    </Card>
  );
}
