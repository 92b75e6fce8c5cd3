import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import type { QualityTable } from "../datasets/quality-table.ts";
import { readRecords } from "../datasets/read-records.ts";
import { fitRouter, type RouterOptions } from "./fit-router.ts";

const tiny = fileURLToPath(new URL("../datasets/fixtures/tiny.jsonl", import.meta.url));
const options: RouterOptions = { tier: "fast", estimator: "ridge", seed: 5, ngrams: null };

let table: QualityTable;
/** The same prompts, the labels of the calibration rows turned round. */
let turned: QualityTable;
let rows: { readonly train: Int32Array; readonly calibration: Int32Array };
let fresh: Int32Array;

beforeAll(async () => {
  table = await readRecords(tiny);
  const all = Int32Array.from(table.prompts.keys());
  rows = { train: all.filter((row) => row % 8 < 6), calibration: all.filter((row) => row % 8 === 6) };
  fresh = all.filter((row) => row % 8 === 7);
  const width = table.models.length;
  const isCalibration = (cell: number) => Math.floor(cell / width) % 8 === 6;
  turned = { ...table, quality: table.quality.map((value, cell) => (isCalibration(cell) ? 1 - value : value)) };
});

it("learns from the calibration rows too, once they have calibrated it", async () => {
  const router = await fitRouter(table, rows, options);
  const other = await fitRouter(turned, rows, options);
  expect(router.training.count).toBe(rows.train.length + rows.calibration.length);
  expect((await router.predict(table, fresh)).score).not.toEqual((await other.predict(turned, fresh)).score);
});

it("predicts a calibration row as if it had never seen its labels", async () => {
  const [router, other] = [await fitRouter(table, rows, options), await fitRouter(turned, rows, options)];
  const mixed = Int32Array.of(fresh[0]!, ...rows.calibration);
  const { models, score } = await router.predict(table, mixed);
  const again = await other.predict(turned, mixed);
  expect(score.subarray(models.length)).toEqual(again.score.subarray(models.length));
  expect(score.subarray(0, models.length)).toEqual((await router.predict(table, fresh.subarray(0, 1))).score);
});
