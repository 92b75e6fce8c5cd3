import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAnswers } from "../../datasets/read-answers.ts";
import { readDataFolder } from "../../datasets/read-data-folder.ts";
import { studyFolder } from "../testing/study-folder.ts";
import { breakEven } from "./break-even.ts";
import { type CascadeTrial, runCascadeTrial } from "./cascade-trial.ts";
import { CASES } from "./cases.ts";
import { labelFreeAgreement, singleSetting } from "./contenders.ts";
import { fewLabelsTable } from "./few-labels.ts";
import { findSweeps } from "./find.ts";
import { measureSweep, pointOf } from "./measure.ts";

let folder: string;
let trial: CascadeTrial;

beforeAll(async () => {
  folder = await studyFolder();
  const { source, models } = CASES.gsm8kPair;
  const table = await readDataFolder(folder, { sources: [source], models });
  const answers = await readAnswers(folder, source, table);
  expect(answers.records).toBe(2 * 260);
  const router = { tier: "fast", estimator: "ridge", seed: 1, ngrams: null } as const;
  trial = await runCascadeTrial(table, answers, CASES.gsm8kPair, "given", router);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a replay of plans", () => {
  it("pays every call: what follows from asking both costs what both cost", () => {
    const { pool } = trial.test;
    const both = labelFreeAgreement(trial, "test", [0, 1], 1);
    const [first, second] = [0, 1].map((model) => pointOf(singleSetting(trial, "test", model), null).cost);
    const agreed = both.called!.filter((bits) => bits === 3).length;
    expect(agreed).toBe(pool.count);
    expect(pointOf(both, null).cost).toBeGreaterThanOrEqual(first! + second! - 1e-12);
  });

  it("reads the signals: where the answer tells all, the plans beat choosing before the call", () => {
    const { anyway, preCall } = findSweeps(trial);
    expect(measureSweep(trial, anyway, "test").aiq).toBeGreaterThan(measureSweep(trial, preCall, "test").aiq);
  });

  it("learns from few labels nearly what it learns from all, and says where it does not follow what it learned", async () => {
    const { rows, columns } = await fewLabelsTable([{ name: "pair", trial }], [60, 5_000]);
    expect(rows.map((row) => row[1])).toEqual([60, trial.train.rows.count]);
    for (const row of rows) {
      expect(row).toHaveLength(columns.length);
      const [, , before, followed, anyway, share] = row as [string, number, number, number, number, number];
      expect(followed).toBeGreaterThanOrEqual(Math.min(before, anyway) - 1e-9);
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
    }
  });

  it("gains more the dearer the dear model is, and never follows plans at equal prices", () => {
    const { table, chart } = breakEven([trial], ["pair"]);
    expect(table.rows[0]!.at(-1)).toBe("no");
    expect(chart.points.at(-1)!.y).toBeGreaterThan(chart.points[0]!.y);
  });
});
