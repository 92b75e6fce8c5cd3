import { DatasetError } from "./errors.ts";

/** Fields of a quality record that a column can be mapped to. */
export const MAPPABLE_FIELDS = [
  "prompt_id",
  "prompt",
  "messages",
  "task",
  "source",
  "split",
  "group",
  "model",
  "quality",
  "quality_source",
  "cost_usd",
  "input_tokens",
  "output_tokens",
  "latency_ms",
  "propensity",
  "at",
  "tools",
  "response_format",
  "max_output_tokens",
  "answer",
] as const;
export type MappableField = (typeof MAPPABLE_FIELDS)[number];

/** Measures that a wide table may hold once for each model. */
const PER_MODEL = ["quality", "cost_usd", "input_tokens", "output_tokens", "latency_ms", "answer"] as const;
export type PerModelField = (typeof PER_MODEL)[number];

export interface FieldMapping {
  /** Our field -> column, or dotted path into nested JSON. */
  readonly fields: ReadonlyMap<MappableField, string>;
  /** Name of an extra -> column. */
  readonly extras: ReadonlyMap<string, string>;
  /** Model -> its measures' columns, for tables with one row a prompt and columns for each model. */
  readonly models: ReadonlyMap<string, ReadonlyMap<PerModelField, string>>;
  readonly isEmpty: boolean;
}

/**
 * Reads `prompt=question,quality=score`, `extras.topic=category` and, for wide tables, `quality[gpt-4]=gpt4_score`.
 * A column name may hold anything but a comma.
 *
 * @throws DatasetError `column_unknown` for a field that a record does not have
 */
export function parseFieldMapping(text: string): FieldMapping {
  const fields = new Map<MappableField, string>();
  const extras = new Map<string, string>();
  const models = new Map<string, Map<PerModelField, string>>();
  for (const part of text.split(",").map((piece) => piece.trim())) {
    if (part === "") continue;
    const perModel = /^(\w+)\[([^\]]+)\]=(.+)$/.exec(part);
    if (perModel) {
      const measure = PER_MODEL.find((name) => name === perModel[1]);
      if (measure === undefined) throw unknownField(`${perModel[1]}[...]`, PER_MODEL);
      const columns = models.get(perModel[2]!) ?? new Map<PerModelField, string>();
      models.set(perModel[2]!, columns.set(measure, perModel[3]!));
      continue;
    }
    const equals = part.indexOf("=");
    const name = equals < 0 ? part : part.slice(0, equals);
    const column = equals < 0 ? "" : part.slice(equals + 1);
    if (column === "") throw new DatasetError("column_unknown", `--map ${part}: field=column is needed`);
    const field = MAPPABLE_FIELDS.find((known) => known === name);
    if (field) fields.set(field, column);
    else if (name.startsWith("extras.") && name.length > 7) extras.set(name.slice(7), column);
    else throw unknownField(name, MAPPABLE_FIELDS);
  }
  return { fields, extras, models, isEmpty: fields.size + extras.size + models.size === 0 };
}

export const NO_MAPPING: FieldMapping = parseFieldMapping("");

/** Columns that the mapping names. */
export function mappedColumns(mapping: FieldMapping): string[] {
  const perModel = [...mapping.models.values()].flatMap((columns) => [...columns.values()]);
  return [...new Set([...mapping.fields.values(), ...mapping.extras.values(), ...perModel])];
}

function unknownField(name: string, known: readonly string[]): DatasetError {
  return new DatasetError("column_unknown", `--map: a record has no field "${name}"; it has ${known.join(", ")}`);
}
