import { Anchor, Text } from "@mantine/core";
import { Link } from "wouter";
import { useApi } from "../../api/use-api.ts";
import { useKeyNames } from "../../api/use-key-names.ts";
import { count, percent, usd, windowText } from "../../format.ts";
import { BarList } from "../../parts/bar-list.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Resource } from "../../parts/states.tsx";
import { type BudgetBody, budgetTitle } from "../budgets/budget-body.ts";

const SHOWN = 5;
const NEAR = 0.8;

/** The budgets that are nearest to their caps. */
export function BudgetBurn() {
  const budgets = useApi<BudgetList>("/admin/budgets");
  return (
    <Panel
      title="Budgets"
      aside={
        <Anchor component={Link} href="/budgets" size="sm" style={{ whiteSpace: "nowrap" }}>
          all
        </Anchor>
      }
    >
      <Resource of={budgets}>{(list) => <Nearest of={list} />}</Resource>
    </Panel>
  );
}

interface BudgetList {
  readonly budgets: readonly BudgetBody[];
}

function Nearest({ of: { budgets } }: { readonly of: BudgetList }) {
  const keyName = useKeyNames();
  const nearest = budgets
    .filter(({ subject }) => subject !== "*")
    .map((budget) => ({ budget, share: budget.cap === 0 ? 1 : budget.spent / budget.cap }))
    .sort((a, b) => b.share - a.share)
    .slice(0, SHOWN);
  if (nearest.length === 0)
    return (
      <Text c="dimmed" size="sm">
        None yet.{" "}
        <Anchor component={Link} href="/budgets" underline="always">
          Cap what is spent
        </Anchor>
      </Text>
    );
  return (
    <BarList
      label="Budgets nearest to their caps"
      none=""
      bars={nearest.map(({ budget, share }) => {
        const amount = (value: number) => (budget.usd === undefined ? `${count(value)} tokens` : usd(value));
        return {
          name: `${budgetTitle(budget, keyName)}, ${amount(budget.cap)} ${windowText(budget.window)}`,
          share,
          text: `${amount(budget.spent)} (${percent(share)})`,
          colour: share >= 1 ? "var(--mantine-color-red-7)" : share >= NEAR ? "var(--weir-2)" : "var(--weir-cost)",
        };
      })}
    />
  );
}
