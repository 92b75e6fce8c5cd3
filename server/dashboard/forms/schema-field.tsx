import {
  Fieldset,
  MultiSelect,
  NumberInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useState } from "react";
import type { Problem } from "../api/client.ts";
import { type JsonSchema, kindOf, plainSchema } from "./json-schema.ts";
import { NotJson } from "./not-json.ts";

/** A value to choose, with what people call it. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** What a page knows better than the schema, by the field's path within the form. */
export interface FieldWords {
  readonly labels?: Readonly<Record<string, string>>;
  /** Instead of typing: what there is. */
  readonly choices?: Readonly<Record<string, readonly Choice[]>>;
  /** Beside typing: what there is. */
  readonly suggestions?: Readonly<Record<string, readonly Choice[]>>;
  /** Fields that are not shown; what they hold stays. */
  readonly hidden?: readonly string[];
}

interface SchemaFieldsProps {
  readonly schema: JsonSchema;
  readonly value: Readonly<Record<string, unknown>>;
  readonly onChange: (value: Readonly<Record<string, unknown>>) => void;
  /** With paths within the form. */
  readonly problems: readonly Problem[];
  readonly words?: FieldWords;
  readonly path?: string;
}

/** A field for each property of a schema, with what the schema says of it. A field that is emptied is left out. */
export function SchemaFields({ schema, value, onChange, problems, words = {}, path = "" }: SchemaFieldsProps) {
  return Object.entries(schema.properties ?? {})
    .map(([name, field]) => [path === "" ? name : `${path}.${name}`, name, field] as const)
    .filter(([at]) => words.hidden?.includes(at) !== true)
    .map(([at, name, field]) => (
      <SchemaField
        key={at}
        path={at}
        name={name}
        schema={plainSchema(field)}
        isRequired={schema.required?.includes(name) === true}
        value={value[name]}
        onChange={(next) => {
          const { [name]: _, ...others } = value;
          onChange(next === undefined ? others : { ...value, [name]: next });
        }}
        problems={problems}
        words={words}
      />
    ));
}

interface SchemaFieldProps {
  readonly path: string;
  readonly name: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly problems: readonly Problem[];
  readonly words: FieldWords;
}

function SchemaField({ path, name, schema, isRequired, value, onChange, problems, words }: SchemaFieldProps) {
  const kind = kindOf(schema);
  const choices = words.choices?.[path] ?? choicesOf(schema);
  const label = words.labels?.[path] ?? name;
  const isSaidTwice = schema.description?.toLowerCase() === label.toLowerCase();
  const common = {
    label,
    description: isSaidTwice ? undefined : schema.description,
    error: problemText(problems, path, kind === "group"),
    required: isRequired,
  };
  const byDefault = typeof schema.default === "object" ? undefined : String(schema.default ?? "");
  if (kind === "flag") {
    return (
      <Switch
        {...common}
        required={false}
        checked={Boolean(value ?? schema.default)}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (kind === "number") {
    return (
      <NumberInput
        {...common}
        placeholder={byDefault}
        value={(value ?? "") as number | string}
        onChange={(next) => onChange(next === "" ? undefined : next)}
        clampBehavior="none"
        hideControls
      />
    );
  }
  if (kind === "choices" || (kind === "words" && choices !== undefined)) {
    const chosen = wordsOf(value);
    return (
      <MultiSelect
        {...common}
        data={withUnknown(choices ?? [], chosen)}
        value={chosen}
        onChange={(next) => onChange(next.length === 0 ? undefined : next)}
        searchable
      />
    );
  }
  if (kind === "words") {
    return (
      <TagsInput
        {...common}
        value={wordsOf(value)}
        onChange={(next) => onChange(next.length === 0 ? undefined : next)}
        splitChars={[]}
        acceptValueOnBlur
      />
    );
  }
  if (kind === "choice" || (kind === "text" && choices !== undefined)) {
    const chosen = value === undefined || value === null ? null : String(value);
    return (
      <Select
        {...common}
        data={withUnknown(choices ?? [], chosen === null ? [] : [chosen])}
        value={chosen ?? (byDefault === "" ? null : (byDefault ?? null))}
        onChange={(next) => onChange(next ?? undefined)}
        searchable={(choices?.length ?? 0) > 8}
        allowDeselect={!isRequired}
      />
    );
  }
  if (kind === "text" && (value === undefined || typeof value === "string")) {
    const suggested = words.suggestions?.[path] ?? [];
    return (
      <>
        <TextInput
          {...common}
          placeholder={byDefault}
          value={value ?? ""}
          onChange={({ currentTarget }) => onChange(currentTarget.value === "" ? undefined : currentTarget.value)}
          list={suggested.length === 0 ? undefined : `list-${path}`}
        />
        {suggested.length === 0 ? null : (
          <datalist id={`list-${path}`}>
            {suggested.map((one) => (
              <option key={one.value} {...one} />
            ))}
          </datalist>
        )}
      </>
    );
  }
  if (kind === "group") {
    return (
      <Fieldset legend={common.label}>
        <Stack gap="sm">
          <SchemaFields
            schema={schema}
            value={(value ?? {}) as Readonly<Record<string, unknown>>}
            onChange={(next) => onChange(Object.keys(next).length === 0 ? undefined : next)}
            problems={problems}
            words={words}
            path={path}
          />
        </Stack>
      </Fieldset>
    );
  }
  return <JsonField {...common} value={value} onChange={onChange} />;
}

interface JsonFieldProps {
  readonly label: string;
  readonly description: string | undefined;
  readonly error: string | null;
  readonly required: boolean;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

/** What is deeper than a line: its text stays as it is typed, and its value is known while it is JSON. */
function JsonField({ value, onChange, description, ...common }: JsonFieldProps) {
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  return (
    <Textarea
      {...common}
      description={`${description ?? ""} (JSON)`}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        onChange(jsonOf(currentTarget.value));
      }}
      autosize
      minRows={2}
      maxRows={14}
      spellCheck={false}
      classNames={{ input: "weir-code" }}
    />
  );
}

function jsonOf(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return new NotJson(text);
  }
}

function choicesOf({ enum: values, items }: JsonSchema): Choice[] | undefined {
  return (values ?? (items === undefined ? undefined : plainSchema(items).enum))?.map((value) => ({
    value: String(value),
    label: String(value),
  }));
}

function wordsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** What was chosen before stays a choice, also where nobody knows it any more. */
function withUnknown(choices: readonly Choice[], chosen: readonly string[]): Choice[] {
  const unknown = chosen.filter((value) => !choices.some((one) => one.value === value));
  return [...choices, ...unknown.map((value) => ({ value, label: value }))];
}

/** What stands at the field or within it; of a group only what is the group's own. */
function problemText(problems: readonly Problem[], path: string, isGroup: boolean): string | null {
  const own = problems.filter((one) => one.path === path || (!isGroup && one.path.startsWith(`${path}.`)));
  return own.length === 0 ? null : own.map(({ message }) => message).join("; ");
}
