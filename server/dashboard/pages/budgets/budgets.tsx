import { Button, Card, Group, Modal, Progress, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { send } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { useKeyNames } from "../../api/use-key-names.ts";
import { count, moment, percent, usd, windowText } from "../../format.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
import { type BudgetBody, budgetTitle } from "./budget-body.ts";
import { BudgetForm } from "./budget-form.tsx";

/** Caps on spending, and how they stand. */
export default function Budgets() {
  const budgets = useApi<{ readonly budgets: readonly BudgetBody[] }>("/admin/budgets");
  const [isOpen, { open, close }] = useDisclosure(false);
  const [edited, setEdited] = useState<BudgetBody | null>(null);
  const edit = (budget: BudgetBody | null) => {
    setEdited(budget);
    open();
  };
  return (
    <>
      <PageHead
        title="Budgets"
        about="Caps on spending and how they stand; the worst case of each call is reserved before it is made"
      >
        <Button size="xs" onClick={() => edit(null)}>
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
                <BudgetCard key={budget.id} budget={budget} onEdit={() => edit(budget)} />
              ))}
            </Stack>
          )
        }
      </Resource>
      <Modal opened={isOpen} onClose={close} title={edited === null ? "New budget" : "Edit the budget"}>
        <BudgetForm key={edited?.id ?? ""} of={edited} onSaved={close} />
      </Modal>
    </>
  );
}

function BudgetCard({ budget, onEdit }: { readonly budget: BudgetBody; readonly onEdit: () => void }) {
  const keyName = useKeyNames();
  const { id, scope, subject, window, hard, cap, spent, reserved, resets_at: resets, subjects } = budget;
  const amount = (value: number) => (budget.usd === undefined ? `${count(value)} tokens` : usd(value));
  const title = budgetTitle(budget, keyName);
  const share = cap === 0 ? 1 : spent / cap;
  return (
    <Card withBorder component="section" aria-label={title}>
      <Group justify="space-between" mb="xs">
        <div>
          <Text fw={600}>{title}</Text>
          <Text size="sm" c="dimmed">
            {amount(cap)} {windowText(window)}; {hard ? "refuses what could pass it" : "only tells"}
            {resets === null ? "" : `; starts anew ${moment(resets)}`}
          </Text>
        </div>
        <Group gap="xs">
          <Button size="xs" variant="default" aria-label={`Edit: ${title}`} onClick={onEdit}>
            Edit
          </Button>
          <ConfirmButton
            label="Remove"
            about={title}
            act={() => send("DELETE", `/admin/budgets/${encodeURIComponent(id)}`)}
          >
            Nothing is capped by it any more, and what was counted on it goes.
          </ConfirmButton>
        </Group>
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
            color={share >= 1 ? "red.7" : share >= 0.8 ? "orange" : "cyan.8"}
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
