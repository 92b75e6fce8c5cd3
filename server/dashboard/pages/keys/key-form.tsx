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
import { changeBody, EMPTY, type Fields, fieldsOf, newBody } from "./key-fields.ts";

const WINDOWS = [
  { value: "1d", label: "a day" },
  { value: "7d", label: "a week" },
  { value: "1mo", label: "a month" },
  { value: "1y", label: "a year" },
  { value: "total", label: "for ever" },
];

type AmountName = "rpm" | "tpm" | "input_tpm" | "output_tpm" | "parallel" | "usd";
type Saved = KeyBody & { readonly key?: string };

interface KeyFormProps {
  /** null: a new one. */
  readonly of: KeyBody | null;
  readonly onSaved: (key: Saved) => void;
}

/** What a key may do; only the name is needed. */
export function KeyForm({ of: key, onSaved }: KeyFormProps) {
  const [fields, setFields] = useState(() => (key === null ? EMPTY : fieldsOf(key)));
  const set = (change: Partial<Fields>) => setFields((old) => ({ ...old, ...change }));
  const action = useAction(() =>
    key === null
      ? send<Saved>("POST", "/admin/keys", newBody(fields))
      : send<Saved>("PATCH", `/admin/keys/${encodeURIComponent(key.id)}`, changeBody(fields, key)),
  );

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    const saved = await action.run();
    if (saved !== null) onSaved(saved);
  }

  const errorOf = (path: string) => (action.error?.param === path ? action.error.message : null);
  const text = (name: "name" | "tenant" | "team" | "user", label: string, description: string) => (
    <TextInput
      label={label}
      description={description}
      value={fields[name]}
      onChange={(event) => set({ [name]: event.currentTarget.value })}
      error={errorOf(name)}
      required={name === "name"}
      maxLength={300}
    />
  );
  const amount = (name: AmountName, label: string, description: string) => (
    <NumberInput
      label={label}
      description={description}
      error={errorOf(name === "usd" ? "budget.usd" : `limits.${name}`)}
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
    <form onSubmit={save}>
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
        <TextInput
          label="Until"
          description="UTC; refused from then on; empty for no end"
          type="datetime-local"
          value={fields.until}
          onChange={({ currentTarget }) => set({ until: currentTarget.value })}
          error={errorOf("expires_at")}
        />
        <Fieldset legend="Limits; empty for none">
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            {amount("rpm", "Requests a minute", "rpm")}
            {amount("tpm", "Tokens a minute", "input and output")}
            {amount("input_tpm", "Input tokens a minute", "of input alone")}
            {amount("output_tpm", "Output tokens a minute", "of output alone")}
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
            {key === null ? "Make the key" : "Save the key"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
