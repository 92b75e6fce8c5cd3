import { Button, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { send } from "../../api/client.ts";
import { useApi } from "../../api/use-api.ts";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { Empty, PageHead, Resource } from "../../parts/states.tsx";
import type { BudgetBody } from "./budget-body.ts";
import { BudgetCard } from "./budget-card.tsx";
import { BudgetForm } from "./budget-form.tsx";
import { BudgetsOfFile } from "./budgets-of-file.tsx";

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
              {rows
                .filter(({ of_file: isOfFile }) => !isOfFile)
                .map((budget) => (
                  <BudgetCard
                    key={budget.id}
                    budget={budget}
                    doing={(title) => <Doing of={budget} title={title} onEdit={() => edit(budget)} />}
                  />
                ))}
              <BudgetsOfFile of={rows.filter(({ of_file: isOfFile }) => isOfFile)} />
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

interface DoingProps {
  readonly of: BudgetBody;
  readonly title: string;
  readonly onEdit: () => void;
}

/** What can be done with a budget that was made here. */
function Doing({ of: { id }, title, onEdit }: DoingProps) {
  return (
    <>
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
    </>
  );
}
