import {
  Button,
  Fieldset,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  TagsInput,
  TextInput,
} from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { KeyBody } from "../../../keys/key-body.ts";
import { send } from "../../api/client.ts";
import { useAction } from "../../api/use-action.ts";
import { ActionFault } from "../../parts/action-fault.tsx";

interface Fields {
  readonly name: string;
  readonly tenant: string;
  readonly team: string;
  readonly user: string;
  readonly routes: readonly string[];
  readonly models: readonly string[];
  readonly tags: readonly string[];
  readonly rpm: string | number;
  readonly tpm: string | number;
  readonly parallel: string | number;
  readonly usd: string | number;
  readonly window: string;
  readonly hard: boolean;
}

const EMPTY: Fields = {
  name: "",
  tenant: "",
  team: "",
  user: "",
  routes: [],
  models: [],
  tags: [],
  rpm: "",
  tpm: "",
  parallel: "",
  usd: "",
  window: "1mo",
  hard: true,
};

const WINDOWS = [
  { value: "1d", label: "a day" },
  { value: "7d", label: "a week" },
  { value: "1mo", label: "a month" },
  { value: "1y", label: "a year" },
  { value: "total", label: "for ever" },
];

interface KeyFormProps {
  readonly onMade: (key: KeyBody & { readonly key: string }) => void;
}

/** What a new key may do; only the name is needed. */
export function KeyForm({ onMade }: KeyFormProps) {
  const [fields, setFields] = useState(EMPTY);
  const set = (change: Partial<Fields>) => setFields((old) => ({ ...old, ...change }));
  const action = useAction(() => send<KeyBody & { key: string }>("POST", "/admin/keys", bodyOf(fields)));

  async function make(event: FormEvent): Promise<void> {
    event.preventDefault();
    const made = await action.run();
    if (made === null) return;
    setFields(EMPTY);
    onMade(made);
  }

  const text = (name: "name" | "tenant" | "team" | "user", label: string, description: string) => (
    <TextInput
      label={label}
      description={description}
      value={fields[name]}
      onChange={(event) => set({ [name]: event.currentTarget.value })}
      required={name === "name"}
      maxLength={300}
    />
  );
  const amount = (name: "rpm" | "tpm" | "parallel" | "usd", label: string, description: string) => (
    <NumberInput
      label={label}
      description={description}
      value={fields[name]}
      onChange={(value) => set({ [name]: value })}
      min={0}
      hideControls
    />
  );
  const list = (name: "routes" | "models" | "tags", label: string, description: string) => (
    <TagsInput
      label={label}
      description={description}
      value={[...fields[name]]}
      onChange={(value) => set({ [name]: value })}
    />
  );
  return (
    <form onSubmit={make}>
      <Stack>
        {text("name", "Name", "what people call it")}
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          {text("tenant", "Tenant", "who owns it; caches and logs are apart")}
          {text("team", "Team", "costs are shown by team")}
          {text("user", "User", "for a key of one person")}
        </SimpleGrid>
        <Fieldset legend="What it may use">
          {list("routes", "Routes", "names, * stands for anything; empty allows all")}
          {list("models", "Models", "names, * stands for anything; empty allows all")}
          {list("tags", "Tags", "budgets can count by tag")}
        </Fieldset>
        <Fieldset legend="Limits; empty for none">
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            {amount("rpm", "Requests a minute", "rpm")}
            {amount("tpm", "Tokens a minute", "input and output")}
            {amount("parallel", "At once", "requests under way")}
          </SimpleGrid>
        </Fieldset>
        <Fieldset legend="Budget; empty for none">
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            {amount("usd", "USD", "reserved before each call, so it cannot be passed")}
            <Select
              label="Window"
              description="starts anew by the calendar, UTC"
              data={WINDOWS}
              value={fields.window}
              onChange={(window) => set({ window: window ?? "1mo" })}
              allowDeselect={false}
            />
          </SimpleGrid>
          <Switch
            mt="sm"
            label="Refuse what could pass it (otherwise it only tells)"
            checked={fields.hard}
            onChange={(event) => set({ hard: event.currentTarget.checked })}
          />
        </Fieldset>
        <ActionFault error={action.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={action.isBusy}>
            Make the key
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Empty fields are left out. */
function bodyOf(fields: Fields): Record<string, unknown> {
  const { name, tenant, team, user, routes, models, tags, rpm, tpm, parallel, usd, window, hard } = fields;
  const words = Object.entries({ tenant, team, user }).filter(([, value]) => value !== "");
  const lists = Object.entries({ routes, models, tags }).filter(([, value]) => value.length > 0);
  const limits = Object.entries({ rpm, tpm, parallel }).filter(([, value]) => typeof value === "number");
  return {
    name,
    ...Object.fromEntries([...words, ...lists]),
    ...(limits.length === 0 ? {} : { limits: Object.fromEntries(limits) }),
    ...(typeof usd === "number" ? { budget: { usd, window, hard } } : {}),
  };
}
