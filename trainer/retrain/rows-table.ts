import type { QualityTable } from "../../datasets/quality-table.ts";
import { createTableBuilder } from "../../datasets/table-builder.ts";
import type { LearningRow } from "../../engine/learning-row.ts";

/** Name under which a route's own traffic stands in a router's lineage. */
export const LOG_SOURCE = "weir-log";

/** Rows whose text was kept, as a table; row i of it is the i-th of them. */
export function tableOfRows(rows: readonly LearningRow[], digest: string): QualityTable {
  const builder = createTableBuilder();
  let records = 0;
  for (const { requestId, session, conversation, task, inputTokens, outcomes } of rows) {
    if (conversation === null) continue;
    const row = builder.addPrompt({
      promptId: `${LOG_SOURCE}:${requestId}`,
      conversation,
      task,
      source: LOG_SOURCE,
      split: null,
      group: session,
      extras: {},
    });
    for (const { model, quality, chance, costUsd, outputTokens } of outcomes) {
      const isNew = builder.addOutcome(row, builder.columnOf(model), {
        quality,
        costUsd: costUsd ?? Number.NaN,
        inputTokens,
        outputTokens: outputTokens ?? Number.NaN,
        latencyMs: Number.NaN,
        propensity: chance,
      });
      if (isNew) records++;
    }
  }
  return builder.finish([{ source: LOG_SOURCE, file: LOG_SOURCE, digest, records }]);
}
