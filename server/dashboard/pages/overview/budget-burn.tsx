import { Anchor, Card, Progress, Stack, Text, Title } from "@mantine/core";
import { Link } from "wouter";
import { useApi } from "../../api/use-api.ts";
import { count, percent, usd } from "../../format.ts";
import type { BudgetBody } from "../budgets/budgets.tsx";

const SHOWN = 4;

/** The budgets that are nearest to their caps. */
export function BudgetBurn() {
  const { data } = useApi<{ readonly budgets: readonly BudgetBody[] }>("/admin/budgets");
  const nearest = (data?.budgets ?? [])
    .filter(({ subject }) => subject !== "*")
    .map((budget) => ({ budget, share: budget.cap === 0 ? 1 : budget.spent / budget.cap }))
    .sort((a, b) => b.share - a.share)
    .slice(0, SHOWN);
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="xs">
        Budgets
      </Title>
      {nearest.length === 0 ? (
        <Text c="dimmed" size="sm">
          None yet.{" "}
          <Anchor component={Link} href="/budgets" underline="always">
            Cap what is spent
          </Anchor>
        </Text>
      ) : (
        <Stack gap="xs">
          {nearest.map(({ budget: { id, name, scope, subject, cap, spent, usd: inUsd }, share }) => {
            const title = name ?? `${scope} ${subject}`.trim();
            const amount = (value: number) => (inUsd === undefined ? `${count(value)} tokens` : usd(value));
            return (
              <div key={id}>
                <Text size="sm">
                  {title}: {amount(spent)} of {amount(cap)} ({percent(share)})
                </Text>
                <Progress
                  value={Math.min(100, share * 100)}
                  color={share >= 1 ? "red" : share >= 0.8 ? "yellow" : "cyan"}
                  aria-label={`spent of ${title}`}
                />
              </div>
            );
          })}
        </Stack>
      )}
    </Card>
  );
}
