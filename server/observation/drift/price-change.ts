import type { Price } from "../../../engine/schema/candidate.ts";
import { digestOf } from "../../canonical-digest.ts";

export type PriceTable = Readonly<Record<string, Price | null>>;

export interface PriceChange {
  readonly model: string;
  /** null: not in the table, or not known. */
  readonly before: Price | null;
  readonly after: Price | null;
}

/** Models whose price is another one, in order of name. */
export function priceChanges(before: PriceTable, after: PriceTable): PriceChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .sort()
    .map((model) => ({ model, before: before[model] ?? null, after: after[model] ?? null }))
    .filter((change) => digestOf(change.before) !== digestOf(change.after));
}
