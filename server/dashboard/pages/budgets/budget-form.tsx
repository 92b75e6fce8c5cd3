import { Button, Group, NumberInput, Select, Stack, Switch, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { send } from "../../api/client.ts";
import { useAction } from "../../api/use-action.ts";
import { ActionFault } from "../../parts/action-fault.tsx";
import type { BudgetBody } from "./budget-body.ts";

const SCOPES = ["global", "team", "user", "tenant", "key", "model", "tag", "route"];
const WINDOWS = [
  { value: "1h", label: "an hour" },
  { value: "1d", label: "a day" },
  { value: "7d", label: "a week" },
  { value: "1mo", label: "a month" },
  { value: "1y", label: "a year" },
  { value: "total", label: "for ever" },
];

interface BudgetFormProps {
  /** null: a new one. */
  readonly of: BudgetBody | null;
  readonly onSaved: () => void;
}

/** A cap on what somebody or everyone spends. */
export function BudgetForm({ of: budget, onSaved }: BudgetFormProps) {
  const [scope, setScope] = useState(budget?.scope ?? "global");
  const [subject, setSubject] = useState(budget?.subject ?? "*");
  const [cap, setCap] = useState<string | number>(budget?.cap ?? 100);
  const [window, setWindow] = useState(budget?.window ?? "1mo");
  const [isRolling, setRolling] = useState(budget?.alignment === "rolling");
  const [isHard, setHard] = useState(budget?.hard ?? true);
  const [webhook, setWebhook] = useState(budget?.webhook ?? "");
  const unit = budget?.tokens === undefined ? "usd" : "tokens";
  const terms = { [unit]: cap, window, alignment: isRolling ? "rolling" : "calendar", hard: isHard };
  const action = useAction(() =>
    budget === null
      ? send("POST", "/admin/budgets", {
          scope,
          ...(scope === "global" ? {} : { subject }),
          ...terms,
          ...(webhook === "" ? {} : { webhook }),
        })
      : send("PATCH", `/admin/budgets/${encodeURIComponent(budget.id)}`, {
          ...terms,
          webhook: webhook === "" ? null : webhook,
        }),
  );

  const errorOf = (path: string) => (action.error?.param === path ? action.error.message : null);

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    if ((await action.run()) !== null) onSaved();
  }

  return (
    <form onSubmit={save}>
      <Stack>
        <Select
          label="Whose spending"
          description={budget === null ? "all that is counted together" : "stays as it is"}
          disabled={budget !== null}
          data={SCOPES}
          value={scope}
          onChange={(value) => setScope(value ?? "global")}
          allowDeselect={false}
        />
        {scope === "global" ? null : (
          <TextInput
            label={`Which ${scope}`}
            error={errorOf("subject")}
            description={
              scope === "key" ? "the key's id, or * for each one by itself" : "a name, or * for each one by itself"
            }
            disabled={budget !== null}
            value={subject}
            onChange={(event) => setSubject(event.currentTarget.value)}
            required
          />
        )}
        <NumberInput
          label={unit === "usd" ? "USD" : "Tokens"}
          error={errorOf(unit)}
          description="the most that may be spent in the window"
          value={cap}
          onChange={setCap}
          min={0}
          required
          hideControls
        />
        <Select
          label="In"
          description={budget === null ? "when it starts anew" : "another window starts to count anew"}
          data={
            WINDOWS.some(({ value }) => value === window) ? WINDOWS : [...WINDOWS, { value: window, label: window }]
          }
          value={window}
          onChange={(value) => setWindow(value ?? "1mo")}
          allowDeselect={false}
        />
        <Switch
          label="Rolling (otherwise by the calendar, UTC)"
          checked={isRolling}
          onChange={(event) => setRolling(event.currentTarget.checked)}
        />
        <Switch
          label="Refuse what could pass it (otherwise it only tells)"
          checked={isHard}
          onChange={(event) => setHard(event.currentTarget.checked)}
        />
        <TextInput
          label="Webhook"
          error={errorOf("webhook")}
          description="told at 80 % and at 100 %"
          type="url"
          value={webhook}
          onChange={(event) => setWebhook(event.currentTarget.value)}
        />
        <ActionFault error={action.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={action.isBusy}>
            {budget === null ? "Make the budget" : "Save the budget"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
