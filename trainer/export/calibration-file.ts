import type { QualityTable } from "../../datasets/quality-table.ts";
import { encodeCalibrationSample } from "../../engine/calibration-sample.ts";
import { estimateInputTokens } from "../../engine/tokens.ts";
import type { FittedRouter } from "../fit-router.ts";
import { pickCells } from "../learn/training-rows.ts";

const MOST_ROWS = 2000;

/** Bytes of calibration.bin: up to 2,000 calibration rows with predictions and outcomes; null when there are none. */
export async function calibrationFile(
  table: QualityTable,
  router: FittedRouter,
  rows: Int32Array,
): Promise<Uint8Array | null> {
  const picked = everyNth(rows, MOST_ROWS);
  if (picked.length === 0) return null;
  const predicted = await router.predict(table, picked);
  const columns = Int32Array.from(router.models, ({ model }) => table.models.indexOf(model));
  const own = Int32Array.from(router.models, ({ model }) => predicted.models.indexOf(model));
  const all = Int32Array.from(picked.keys());
  return encodeCalibrationSample({
    rows: picked.length,
    models: columns.length,
    tasks: router.tasks.length,
    quality: pickCells(predicted.quality, predicted.models.length, all, own),
    outputTokens: pickCells(predicted.outputTokens, predicted.models.length, all, own),
    inputTokens: Uint32Array.from(picked, (row) => estimateInputTokens(table.prompts[row]!.conversation)),
    observed: pickCells(table.quality, table.models.length, picked, columns),
    task: predicted.task,
  });
}

function everyNth(rows: Int32Array, most: number): Int32Array {
  if (rows.length <= most) return rows;
  return Int32Array.from({ length: most }, (_, i) => rows[Math.floor((i * rows.length) / most)]!);
}
