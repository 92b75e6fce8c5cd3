import { Card, Group, Progress, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useKeyNames } from "../../api/use-key-names.ts";
import { count, moment, percent, usd, windowText } from "../../format.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { type BudgetBody, budgetTitle } from "./budget-body.ts";

interface BudgetCardProps {
  readonly budget: BudgetBody;
  /** What can be done with it. */
  readonly doing: (title: string) => ReactNode;
}

/** One budget and how it stands. */
export function BudgetCard({ budget, doing }: BudgetCardProps) {
  const keyName = useKeyNames();
  const { scope, subject, window, hard, cap, spent, reserved, resets_at: resets, subjects } = budget;
  const amount = (value: number) => (budget.usd === undefined ? `${count(value)} tokens` : usd(value));
  const title = budgetTitle(budget, keyName);
  const share = cap === 0 ? 1 : spent / cap;
  return (
    <Card withBorder component="section" aria-label={title}>
      <Group justify="space-between" mb="xs">
        <div>
          <Text fw={600}>{title}</Text>
          <Text size="sm" c="dimmed">
            {budget.of_file ? "weir.yaml: " : ""}
            {amount(cap)} {windowText(window)}; {hard ? "refuses what could pass it" : "only tells"}
            {resets === null ? "" : `; starts anew ${moment(resets)}`}
          </Text>
        </div>
        <Group gap="xs">{doing(title)}</Group>
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
