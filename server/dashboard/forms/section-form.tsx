import { Alert, Button, Group, Stack } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { type Problem, RequestError } from "../api/client.ts";
import { useAction } from "../api/use-action.ts";
import type { JsonSchema } from "./json-schema.ts";
import { unfinished } from "./not-json.ts";
import { SaveFault } from "./save-fault.tsx";
import { type SectionChange, SectionConflict, saveSection } from "./save-section.ts";
import { type FieldWords, SchemaFields } from "./schema-field.tsx";
import type { SavedSection, SectionBody } from "./section-body.ts";

type Value = Readonly<Record<string, unknown>>;

interface SectionFormProps {
  /** The section as it was when the form was opened. */
  readonly base: SectionBody;
  /** What is edited of it. */
  readonly initial: Value;
  readonly schema: (value: Value) => JsonSchema;
  readonly words?: (value: Value) => FieldWords;
  /** How the file becomes with what was typed. */
  readonly changeOf: (now: SectionBody, value: Value) => SectionChange;
  /** What the file has in its place now; for whoever comes second. */
  readonly currentOf: (now: SectionBody) => unknown;
  readonly saveLabel: string;
  readonly onSaved: (saved: SavedSection) => void;
  /** Takes away what another choice has made senseless. */
  readonly tidy?: (next: Value, before: Value) => Value;
  /** Between the fields and the button. */
  readonly children?: (value: Value) => ReactNode;
}

/** Edits a part of weir.yaml field by field. Whatever goes wrong, what was typed stays. */
export function SectionForm(props: SectionFormProps) {
  const { base, initial, schema, words, changeOf, currentOf, saveLabel, onSaved, tidy, children } = props;
  const [value, setValue] = useState(initial);
  const action = useAction((from: SectionBody) => {
    const problems = unfinished(value, "value");
    if (problems.length > 0) throw new RequestError(0, "config_invalid", "not sent", null, problems);
    return saveSection(from, (now) => changeOf(now, value));
  });
  const { error } = action;
  const from = error instanceof SectionConflict ? error.now : base;
  const problems = error === null ? [] : problemsWithin(error.problems, changeOf(from, value).path);

  async function save(now: SectionBody): Promise<void> {
    const saved = await action.run(now);
    if (saved !== null) onSaved(saved);
  }

  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void save(base);
      }}
    >
      <Stack>
        <SchemaFields
          schema={schema(value)}
          value={value}
          onChange={(next) => setValue(tidy?.(next, value) ?? next)}
          problems={problems}
          words={words?.(value) ?? {}}
        />
        {children?.(value)}
        <SaveFault error={error} section={base.section} change={error === null ? null : changeOf(from, value)} />
        {error instanceof SectionConflict ? (
          <Alert color="yellow" title="What the file has there now">
            <pre className="weir-text">{JSON.stringify(currentOf(error.now) ?? null, null, 2)}</pre>
            <Button mt="sm" size="xs" loading={action.isBusy} onClick={() => void save(error.now)}>
              Save mine in its place
            </Button>
          </Alert>
        ) : null}
        <Group justify="flex-end">
          <Button type="submit" loading={action.isBusy}>
            {saveLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Paths as the form knows them; what is elsewhere in the file keeps its own. */
function problemsWithin(problems: readonly Problem[], path: string): Problem[] {
  return problems.map((one) => {
    const root = [path, "value"].find((each) => one.path.startsWith(`${each}.`));
    return root === undefined ? one : { ...one, path: one.path.slice(root.length + 1) };
  });
}
