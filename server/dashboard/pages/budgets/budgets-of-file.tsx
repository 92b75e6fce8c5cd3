import { EntryEditor } from "../../forms/entry-editor.tsx";
import { useSection } from "../../forms/use-section.ts";
import { Resource } from "../../parts/states.tsx";
import type { BudgetBody } from "./budget-body.ts";
import { BudgetCard } from "./budget-card.tsx";

const LABELS = {
  scope: "Whose spending",
  subject: "Which one",
  usd: "USD",
  tokens: "Tokens, instead of USD",
  window: "In",
  alignment: "By the calendar, or rolling",
  hard: "Refuse what could pass it (otherwise it only tells)",
  alert_at: "Tells at these shares of it",
  webhook: "Webhook",
  name: "Name",
};

/** Budgets that stand in weir.yaml. */
export function BudgetsOfFile({ of: budgets }: { readonly of: readonly BudgetBody[] }) {
  const section = useSection("budgets");
  if (budgets.length === 0) return null;
  return (
    <Resource of={section}>
      {({ body, info }) => (
        <EntryEditor
          body={body}
          info={info}
          noun="budget"
          names={["scope", "subject", "window", "name"]}
          fresh={null}
          words={() => ({ labels: LABELS })}
          removing="It goes out of weir.yaml: nothing is capped by it any more."
        >
          {(doing) =>
            budgets.map((budget) => (
              <BudgetCard key={budget.id} budget={budget} doing={(title) => doing({ ...budget }, title)} />
            ))
          }
        </EntryEditor>
      )}
    </Resource>
  );
}
