import type { KeyBody } from "../../../keys/key-body.ts";
import { useApi } from "../../api/use-api.ts";
import type { Entry } from "../../forms/entries.ts";
import type { Choice, FieldWords } from "../../forms/schema-field.tsx";

interface Settings {
  readonly routes?: Readonly<Record<string, unknown>>;
}

const LABELS = {
  scope: "Whose",
  subject: "Which one",
  rpm: "Requests a minute",
  tpm: "Tokens a minute",
  input_tpm: "Input tokens a minute",
  output_tpm: "Output tokens a minute",
  parallel: "Requests at once",
};

/** What the fields of a limit are called, and which keys, models and routes there are to limit. */
export function useLimitWords() {
  const { data: keys } = useApi<{ readonly keys: readonly KeyBody[] }>("/admin/keys");
  const { data: prices } = useApi<{ readonly candidates: readonly { readonly model: string }[] }>("/admin/prices");
  const { data: settings } = useApi<Settings>("/admin/settings");
  const keyChoices = (keys?.keys ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const known: Readonly<Record<string, readonly Choice[]>> = {
    key: keyChoices,
    model: choicesOf((prices?.candidates ?? []).map(({ model }) => model)),
    route: choicesOf(Object.keys(settings?.routes ?? {})),
  };
  return {
    words: ({ scope }: Entry): FieldWords => ({
      labels: LABELS,
      suggestions: { subject: [{ value: "*", label: `each ${scope} by itself` }, ...(known[String(scope)] ?? [])] },
    }),
    titleOf(scope: string, subject: string): string {
      if (subject === "*") return `each ${scope}`;
      const name = scope === "key" ? keyChoices.find(({ value }) => value === subject)?.label : undefined;
      return `${scope} ${name ?? subject}`;
    },
  };
}

function choicesOf(names: readonly string[]): Choice[] {
  return names.map((name) => ({ value: name, label: name }));
}
