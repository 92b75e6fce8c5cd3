import { conversationFromPrompt } from "../../engine/conversation.ts";
import type { Pool } from "../pool.ts";

/** A pool from plain rows: each row is its own group unless told otherwise. */
export function poolOf(
  models: readonly string[],
  rows: readonly {
    readonly quality: readonly number[];
    readonly cost?: readonly number[];
    readonly group?: number;
    readonly task?: string;
    readonly text?: string;
  }[],
): Pool {
  const group = Int32Array.from(rows, (row, index) => row.group ?? index);
  return {
    models,
    rows: Int32Array.from(rows, (_, index) => index),
    count: rows.length,
    prompts: rows.map((row, index) => ({
      promptId: `p${index}`,
      conversation: conversationFromPrompt(row.text ?? `prompt ${index}`),
      task: row.task ?? null,
      source: "test",
      split: null,
      group: String(group[index]),
      extras: {},
    })),
    observed: Float32Array.from(rows.flatMap(({ quality }) => quality)),
    cost: rows.every(({ cost }) => cost !== undefined) ? Float32Array.from(rows.flatMap(({ cost }) => cost!)) : null,
    group,
    groupCount: new Set(group).size,
  };
}
