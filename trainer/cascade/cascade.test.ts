import { describe, expect, it } from "vitest";
import { ANSWER_FEATURE_COUNT, answerFeatureDigest } from "../../engine/answer/answer-features.ts";
import { decodeCascadeSamples, encodeCascadeSamples } from "../../engine/cascade/cascade-sample.ts";
import { createInformedScorer } from "../../engine/cascade/informed-scorer.ts";
import { planExpectation, rowStatistics } from "../../engine/cascade/plan-choice.ts";
import { statisticCount } from "../../engine/cascade/plan-statistics.ts";
import { replayPlan } from "../../engine/cascade/replay-plan.ts";
import { relativeRows, solveCascade } from "../../engine/cascade/solve-cascade.ts";
import { seededRng } from "../../engine/rng.ts";
import type { AnswerMeasures } from "../../engine/schema/answer-measures.ts";
import type { CascadeManifest } from "../../engine/schema/cascade.ts";
import { auc } from "../metrics/auc.ts";
import { cascadeGraph } from "./cascade-graph.ts";
import { cascadeRows } from "./cascade-rows.ts";
import { calledSets, crossFitInformed, fitInformedModels, predictAll } from "./cross-fit.ts";
import { bitsOf } from "./fit-pool.ts";

const MODELS = ["cheap", "other", "dear"];
const RIGHT = [0.6, 0.6, 0.85];
/** Cost shares of the dearest. */
const COSTS = [0.02, 0.04, 1];

/** Answers whose arithmetic tells most of whether they are right; two wrong ones rarely agree. */
function madeUp(count: number, tells = 0.85) {
  const rng = seededRng(5);
  const observed = new Float32Array(count * 3);
  const measures: AnswerMeasures[] = [];
  for (let cell = 0; cell < count * 3; cell++) {
    const isRight = rng.next() < RIGHT[cell % 3]!;
    observed[cell] = isRight ? 1 : 0;
    const shows = rng.next() < tells ? !isRight : rng.next() < 0.5;
    measures.push({
      answer: isRight ? "7" : String(10 + Math.floor(rng.next() * 20)),
      isFound: true,
      characters: 100 + Math.floor(rng.next() * 100),
      words: 20,
      lines: 2,
      steps: 3,
      reasonCharacters: 80,
      equations: 3,
      wrongEquations: shows ? 1 : 0,
      contrasts: 0,
      approximations: 0,
      conjectures: 0,
      denials: 0,
      rechecks: 0,
      stated: 1,
      optionsSeen: null,
      isTruncated: false,
      isRefusal: false,
      isSupported: true,
      numbersUsed: 1,
      numbers: 5,
      isBroken: false,
    });
  }
  const expected = Float32Array.from({ length: count * 3 }, (_, cell) => RIGHT[cell % 3]! + 0.02 * (rng.next() - 0.5));
  const group = Int32Array.from({ length: count }, (_, row) => row);
  return { rows: cascadeRows(MODELS, expected, measures, observed, group), measures };
}

const SETS = calledSets([0, 1]);
const fold = (count: number) => Int32Array.from({ length: count }, (_, row) => row % 4);

describe("informed models", async () => {
  const { rows, measures } = madeUp(400);
  const fitted = await fitInformedModels(rows, SETS);
  const quality = await crossFitInformed(rows, SETS, fold(rows.count));

  it("learn from few labels what an answer's arithmetic and another answer say of it, out of fold", () => {
    const right = Float32Array.from({ length: rows.count }, (_, row) => rows.observed[row * 3]!);
    const at = (bits: number) =>
      auc(
        Float32Array.from(right, (_, row) => quality.get(bits)![row * 3]!),
        right,
      );
    expect(at(0)).toBeLessThan(0.6);
    expect(at(1)).toBeGreaterThan(0.8);
    expect(at(3)).toBeGreaterThan(at(1));
  });

  it("say the same from the exported graph in the engine, with members that are no candidates left out", () => {
    const manifest: CascadeManifest = {
      answers: { digest: answerFeatureDigest(), count: ANSWER_FEATURE_COUNT },
      width: 3,
      pools: [
        {
          name: "p",
          kinds: ["number"],
          members: MODELS.map((model) => ({ model, accepts: [] })),
          sets: bitsOf(SETS),
          firstSet: 0,
          firstMember: 0,
          shown: { prompts: 0, gain: 0, gain_low: 0, pays: false, structures: [], cost_shares: COSTS },
        },
      ],
      data: [],
    };
    const scorer = createInformedScorer(cascadeGraph([fitted], 3), manifest);
    const wanted = predictAll(fitted, rows);
    for (const bits of bitsOf(SETS)) {
      for (let row = 0; row < 20; row++) {
        const answers = measures.slice(row * 3, row * 3 + 3).map((one, m) => ((bits >> m) & 1 ? one : null));
        const expected = rows.expected.subarray(row * 3, row * 3 + 3);
        const given = scorer.score({ pool: 0, called: bits, expected, answers })!;
        for (let m = 0; m < 3; m++) expect(given[m]).toBeCloseTo(wanted.get(bits)![row * 3 + m]!, 5);
      }
    }
    const answers = [measures[0]!, null, null];
    const some = scorer.score({ pool: 0, called: 1, expected: [0.6, Number.NaN, 0.9], answers })!;
    expect(some.every((value) => value > 0 && value < 1)).toBe(true);
    expect(scorer.score({ pool: 0, called: 4, expected: [0.6, 0.6, 0.9], answers })).toBeNull();
  });

  it("are solved again from the rows that an artifact ships", () => {
    const sample = {
      rows: rows.count,
      models: 3,
      quality,
      observed: rows.observed,
      outputTokens: new Float32Array(rows.count * 3).fill(100),
      inputTokens: new Uint32Array(rows.count).fill(50),
      group: Uint32Array.from(rows.group),
    };
    const [read] = decodeCascadeSamples(encodeCascadeSamples([sample]));
    expect([...read!.quality.keys()]).toEqual(bitsOf(SETS));
    for (const [cell, value] of read!.quality.get(3)!.entries()) expect(value).toBeCloseTo(quality.get(3)![cell]!, 4);
    expect(read!.observed).toEqual(sample.observed);
    const bytes = encodeCascadeSamples([sample]);
    expect(() => decodeCascadeSamples(bytes.subarray(0, bytes.length - 2))).toThrow(/cascade sample is broken/);
  });
});

describe("whether plans pay", async () => {
  const solvedRows = async (shares: readonly number[], tells: number) => {
    const { rows } = madeUp(500, tells);
    const quality = await crossFitInformed(rows, SETS, fold(rows.count));
    const cost = Float32Array.from({ length: rows.count * 3 }, (_, cell) => shares[cell % 3]!);
    const data = { rows: rows.count, models: 3, quality, observed: rows.observed, cost };
    return { data, ...solveCascade(data, rows.group) };
  };

  it("is so where the cheap ones are far cheaper and their answers tell", async () => {
    const { pays, gain, points } = await solvedRows(COSTS, 0.85);
    expect(pays).toBe(true);
    expect(gain).toBeGreaterThan(0.02);
    // Always asking the dear one: .85 at 1.
    expect(points.some(({ quality, cost }) => quality >= 0.87 && cost < 0.5)).toBe(true);
  });

  it("tells what the plans bring, together as on the rows that they were learned from", async () => {
    const { choice, data } = await solvedRows(COSTS, 0.85);
    const { relative } = relativeRows(data);
    const size = statisticCount(3);
    const statistics = rowStatistics(data);
    const kappa = choice.kappas[10]!;
    choice.plans.forEach((plan, at) => {
      const brought = replayPlan(relative, plan, kappa);
      let [quality, cost] = [0, 0];
      for (let row = 0; row < data.rows; row++) {
        const expected = planExpectation(choice, at, kappa, statistics.subarray(row * size, (row + 1) * size));
        quality += (expected.quality - brought.quality[row]!) / data.rows;
        cost += (expected.cost - brought.cost[row]!) / data.rows;
      }
      expect(quality).toBeCloseTo(0, 2);
      expect(cost).toBeCloseTo(0, 2);
    });
  });

  it("is not so where prices are close", async () => {
    expect((await solvedRows([0.8, 0.85, 1], 0.5)).pays).toBe(false);
  });
});
