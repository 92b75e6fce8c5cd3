import type { z } from "zod";
import type { Conversation } from "../engine/conversation.ts";
import type { QualityRecord } from "../engine/schema/quality-record.ts";
import type { QualityTable } from "./quality-table.ts";

type RecordInput = z.input<typeof QualityRecord>;

/** The records of a table, prompt by prompt, in batches. Numbers are the shortest that give the same 32-bit float. */
export function* recordsOfTable(
  table: QualityTable,
  qualitySource: QualityRecord["quality_source"],
  batchPrompts = 256,
): Generator<RecordInput[]> {
  const width = table.models.length;
  let batch: RecordInput[] = [];
  for (let row = 0; row < table.prompts.length; row++) {
    const { promptId, conversation, task, source, split, group, extras } = table.prompts[row]!;
    const text = textFields(conversation);
    const given = Object.keys(extras).length > 0 ? { extras: { ...extras } } : {};
    for (let column = 0; column < width; column++) {
      const at = row * width + column;
      const quality = table.quality[at]!;
      if (Number.isNaN(quality)) continue;
      batch.push({
        prompt_id: promptId,
        ...text,
        ...(task === null ? {} : { task }),
        source,
        ...(split === null ? {} : { split }),
        group,
        model: table.models[column]!,
        quality: shortest(quality),
        quality_source: qualitySource,
        ...measure("cost_usd", table.costUsd, at),
        ...measure("input_tokens", table.inputTokens, at),
        ...measure("output_tokens", table.outputTokens, at),
        ...measure("latency_ms", table.latencyMs, at),
        ...measure("propensity", table.propensity, at),
        ...given,
      });
    }
    if ((row + 1) % batchPrompts === 0) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function measure<Name extends string>(name: Name, values: Float32Array | null, at: number): { [key in Name]?: number } {
  const value = values?.[at];
  // A computed key widens to an index signature; it is exactly `name`.
  return value === undefined || Number.isNaN(value) ? {} : ({ [name]: shortest(value) } as { [key in Name]: number });
}

/** The decimal with fewest digits that rounds to this 32-bit float: 0.81 and not 0.8100000023841858. */
export function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

function textFields(conversation: Conversation): Pick<RecordInput, "prompt" | "messages" | "max_output_tokens"> {
  const { system, turns, maxOutputTokens } = conversation;
  const limit = maxOutputTokens === null ? {} : { max_output_tokens: maxOutputTokens };
  const only = turns[0];
  if (system === "" && turns.length === 1 && only?.role === "user") return { prompt: only.text, ...limit };
  const messages = turns.map(({ role, text }) => ({ role, content: text }));
  return { messages: system === "" ? messages : [{ role: "system", content: system }, ...messages], ...limit };
}
