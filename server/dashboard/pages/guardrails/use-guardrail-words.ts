import type { KeyBody } from "../../../keys/key-body.ts";
import { useApi } from "../../api/use-api.ts";
import type { Entry } from "../../forms/entries.ts";
import type { JsonSchema } from "../../forms/json-schema.ts";
import type { FieldWords } from "../../forms/schema-field.tsx";
import type { CheckBody } from "./guardrail-body.ts";

interface Settings {
  readonly routes?: Readonly<Record<string, unknown>>;
}

const LABELS = {
  name: "Name",
  check: "Check",
  on: "On",
  action: "What follows when it finds something",
  routeTo: "Models that answer instead",
  timeoutMs: "Longest that it may take, ms",
  whenFailing: "When it fails or is late",
  for: "For; empty for everyone",
  "for.routes": "Routes",
  "for.keys": "Keys",
  "for.tenants": "Tenants",
};
const ACTIONS = [
  { value: "block", label: "refuse it" },
  { value: "redact", label: "replace what was found" },
  { value: "flag", label: "note it" },
  { value: "reroute", label: "send it to other models" },
];
const FAILING = [
  { value: "refuse", label: "refuse the request" },
  { value: "allow", label: "let the request go on" },
];
const SIDES = [
  { value: "input", label: "what is asked" },
  { value: "output", label: "what is answered" },
  { value: "both", label: "both" },
];

/** What the fields of a guardrail are called, and what can be chosen in them. */
export function useGuardrailWords(checks: readonly CheckBody[]): (entry: Entry) => FieldWords {
  const { data: keys } = useApi<{ readonly keys: readonly KeyBody[] }>("/admin/keys");
  const { data: prices } = useApi<{ readonly candidates: readonly { readonly model: string }[] }>("/admin/prices");
  const { data: settings } = useApi<Settings>("/admin/settings");
  return ({ check: name, action, routeTo }) => {
    const check = checks.find((one) => one.check === name);
    const isSided = ({ value }: { readonly value: string }) =>
      check === undefined || (value === "both" ? check.phases.length > 1 : check.phases.includes(value as "input"));
    return {
      labels: { ...LABELS, options: check === undefined ? "Options" : `Options of ${check.check}` },
      choices: {
        check: checks.map((one) => ({ value: one.check, label: `${one.check}: ${one.description}` })),
        on: SIDES.filter(isSided),
        action: ACTIONS.filter(({ value }) => value !== "redact" || check?.redacts !== false),
        whenFailing: FAILING,
        routeTo: choicesOf((prices?.candidates ?? []).map(({ model }) => model)),
        "for.routes": choicesOf(Object.keys(settings?.routes ?? {})),
        "for.keys": (keys?.keys ?? []).map((key) => ({ value: key.id, label: key.name })),
      },
      hidden: action === "reroute" || routeTo !== undefined ? [] : ["routeTo"],
    };
  };
}

/** The schema of a guardrail with that of its check's own options. */
export function schemaWithOptions(items: JsonSchema, check: CheckBody | undefined): JsonSchema {
  if (check === undefined) return items;
  return { ...items, properties: { ...items.properties, options: check.options } };
}

/** Another check has other options, and may know neither the side nor the action of the one before. */
export function fittingEntry(next: Entry, before: Entry, check: CheckBody | undefined): Entry {
  if (check === undefined || next.check === before.check) return next;
  const { options: _, on, action, ...others } = next;
  const [only] = check.phases;
  return {
    ...others,
    ...(check.phases.length > 1 ? (on === undefined ? {} : { on }) : { on: only }),
    action: action === "redact" && !check.redacts ? "block" : action,
  };
}

function choicesOf(names: readonly string[]) {
  return names.map((name) => ({ value: name, label: name }));
}
