import { Button, Group, NumberInput, Select, Stack, Switch, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { send } from "../../api/client.ts";
import { useAction } from "../../api/use-action.ts";
import { ActionFault } from "../../parts/action-fault.tsx";

const SCOPES = ["global", "team", "user", "tenant", "key", "model", "tag", "route"];
const WINDOWS = [
  { value: "1h", label: "an hour" },
  { value: "1d", label: "a day" },
  { value: "7d", label: "a week" },
  { value: "1mo", label: "a month" },
  { value: "1y", label: "a year" },
  { value: "total", label: "for ever" },
];

/** A cap on what somebody or everyone spends. */
export function BudgetForm({ onMade }: { readonly onMade: () => void }) {
  const [scope, setScope] = useState("global");
  const [subject, setSubject] = useState("*");
  const [cap, setCap] = useState<string | number>(100);
  const [window, setWindow] = useState("1mo");
  const [isRolling, setRolling] = useState(false);
  const [isHard, setHard] = useState(true);
  const [webhook, setWebhook] = useState("");
  const action = useAction(() =>
    send("POST", "/admin/budgets", {
      scope,
      ...(scope === "global" ? {} : { subject }),
      usd: cap,
      window,
      alignment: isRolling ? "rolling" : "calendar",
      hard: isHard,
      ...(webhook === "" ? {} : { webhook }),
    }),
  );

  async function make(event: FormEvent): Promise<void> {
    event.preventDefault();
    if ((await action.run()) !== null) onMade();
  }

  return (
    <form onSubmit={make}>
      <Stack>
        <Select
          label="Whose spending"
          data={SCOPES}
          value={scope}
          onChange={(value) => setScope(value ?? "global")}
          allowDeselect={false}
        />
        {scope === "global" ? null : (
          <TextInput
            label={`Which ${scope}`}
            description="a name, or * for each one by itself"
            value={subject}
            onChange={(event) => setSubject(event.currentTarget.value)}
            required
          />
        )}
        <NumberInput label="USD" value={cap} onChange={setCap} min={0} required hideControls />
        <Select
          label="In"
          data={WINDOWS}
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
          description="told at 80 % and at 100 %"
          type="url"
          value={webhook}
          onChange={(event) => setWebhook(event.currentTarget.value)}
        />
        <ActionFault error={action.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={action.isBusy}>
            Make the budget
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
