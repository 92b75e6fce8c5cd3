import { InferenceSession, Tensor } from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { nextNormal, seededRng } from "../engine/rng.ts";
import type { EstimatorPlugin, FittedEstimator, TrainingRows } from "./estimator.ts";
import { createGraph } from "./onnx/graph.ts";

export interface ConformanceOptions {
  /** Why it cannot beat the constant on the problem with signal; null for every estimator that reads the prompt. */
  readonly cannotLearn: string | null;
}

const DIMENSIONS = 6;
const MODELS = 3;

/**
 * What every estimator must do, whatever it is. The problem with signal: column 0 says how hard a prompt is, the task
 * (also to be read from columns 1 and 2) which model is good at it.
 */
export function describeEstimator(plugin: EstimatorPlugin, { cannotLearn }: ConformanceOptions): void {
  describe(plugin.name, () => {
    let train: TrainingRows;
    let fitted: FittedEstimator;
    beforeAll(async () => {
      train = problem({ count: 500, seed: 1 });
      fitted = await trainOn(plugin, train);
    });

    it("predicts finite scores in [0, 1] and a spread that is not negative, far from training too", () => {
      const x = Float32Array.from({ length: 40 * DIMENSIONS }, (_, i) =>
        i < 20 * DIMENSIONS ? train.x[i]! : 9 - (i % 19),
      );
      const { score, spread } = fitted.predict(x, 40);
      expect(score).toHaveLength(40 * MODELS);
      expect(spread).toHaveLength(40 * MODELS);
      expect(score.every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(spread.every((value) => value >= 0 && Number.isFinite(value))).toBe(true);
    });

    it("gives the same bytes for the same seed", async () => {
      expect(bytesOf(await trainOn(plugin, train)).equals(bytesOf(fitted))).toBe(true);
    });

    it("says the same through ONNX within 1e-5", async () => {
      const fresh = problem({ count: 200, seed: 2 });
      expect(await parityGap(fitted, fresh.x, fresh.count, MODELS)).toBeLessThan(1e-5);
    });

    it("leaves its rows as they were", async () => {
      const before = problem({ count: 500, seed: 1 });
      expect(train).toEqual(before);
    });

    it.skipIf(cannotLearn !== null)(
      `beats the constant where there is signal${cannotLearn === null ? "" : ` (skipped: ${cannotLearn})`}`,
      () => {
        const fresh = problem({ count: 1500, seed: 3 });
        const { score } = fitted.predict(fresh.x, fresh.count);
        expect(squaredError(score, fresh)).toBeLessThan(0.97 * squaredError(constantScore(train, fresh.count), fresh));
      },
    );

    it("is hardly worse than the constant where there is none", async () => {
      const noise = problem({ count: 400, seed: 4, isNoise: true });
      const fresh = problem({ count: 1500, seed: 5, isNoise: true });
      const { score } = (await trainOn(plugin, noise)).predict(fresh.x, fresh.count);
      expect(squaredError(score, fresh)).toBeLessThan(1.06 * squaredError(constantScore(noise, fresh.count), fresh));
    });

    it("takes an unknown label for unknown, not for a bad answer", async () => {
      const holed = problem({ count: 500, seed: 6, unknownShare: 0.6 });
      const { score } = (await trainOn(plugin, holed)).predict(holed.x, holed.count);
      const means = constantScore(holed, 1);
      for (let model = 0; model < MODELS; model++) {
        let sum = 0;
        for (let i = model; i < score.length; i += MODELS) sum += score[i]! / holed.count;
        expect(Math.abs(sum - means[model]!)).toBeLessThan(0.08);
      }
    });

    it("serves a model without any label, rows without any, and unknown tasks", async () => {
      const holed = problem({ count: 200, seed: 7 });
      const quality = holed.quality.map((value, i) => (i % MODELS === 1 || i < 30 ? Number.NaN : value));
      const silent = await trainOn(plugin, { ...holed, quality, task: holed.task.fill(-1), taskCount: 0 });
      const { score } = silent.predict(holed.x, holed.count);
      expect(score.every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(await parityGap(silent, holed.x, 20, MODELS)).toBeLessThan(1e-5);
    });

    it("takes weights: labels of weight ten pull harder than labels of weight one", async () => {
      const rows = problem({ count: 400, seed: 8, isNoise: true });
      const weight = rows.quality.map((value) => (value > 0.5 ? 10 : 1));
      const [plain, pulled] = [await trainOn(plugin, rows), await trainOn(plugin, { ...rows, weight })];
      expect(mean(pulled.predict(rows.x, rows.count).score)).toBeGreaterThan(
        mean(plain.predict(rows.x, rows.count).score) + 0.1,
      );
    });

    it.each([
      { name: "one model", rows: { count: 120, seed: 9, models: 1 } },
      { name: "one row", rows: { count: 1, seed: 10 } },
      { name: "three rows of one group", rows: { count: 3, seed: 11, oneGroup: true } },
      { name: "no label at all", rows: { count: 40, seed: 12, unknownShare: 1 } },
    ])("handles $name", async ({ rows }) => {
      const small = problem(rows);
      const tiny = await trainOn(plugin, small);
      const { score } = tiny.predict(small.x, small.count);
      expect(score.every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(await parityGap(tiny, small.x, small.count, small.modelCount)).toBeLessThan(1e-5);
    });
  });
}

function trainOn(plugin: EstimatorPlugin, rows: TrainingRows): Promise<FittedEstimator> {
  return plugin.fit(rows, plugin.defaults, { rng: seededRng(42), progress: () => {} });
}

interface ProblemOptions {
  readonly count: number;
  readonly seed: number;
  readonly models?: number;
  readonly isNoise?: boolean;
  readonly unknownShare?: number;
  readonly oneGroup?: boolean;
}

function problem({
  count,
  seed,
  models = MODELS,
  isNoise = false,
  unknownShare = 0,
  oneGroup = false,
}: ProblemOptions) {
  const rng = seededRng(seed);
  const x = Float32Array.from({ length: count * DIMENSIONS }, () => nextNormal(rng));
  const task = new Int32Array(count);
  const quality = new Float32Array(count * models);
  for (let row = 0; row < count; row++) {
    const at = row * DIMENSIONS;
    task[row] = x[at + 1]! + x[at + 2]! > 0 ? 1 : 0;
    for (let model = 0; model < models; model++) {
      const skill = model === 0 ? 0.4 : task[row] === model % 2 ? 1.2 : -0.8;
      const p = isNoise ? 0.4 + 0.1 * model : 1 / (1 + Math.exp(-(skill - 1.3 * x[at]!)));
      const label = rng.next() < p ? 1 : 0;
      quality[row * models + model] = rng.next() < unknownShare ? Number.NaN : label;
    }
  }
  return {
    count,
    dimensions: DIMENSIONS,
    modelCount: models,
    x,
    quality,
    weight: null,
    task,
    taskCount: 2,
    group: Int32Array.from({ length: count }, (_, i) => (oneGroup ? 0 : Math.floor(i / 2))),
  } satisfies TrainingRows;
}

function bytesOf(fitted: FittedEstimator): Buffer {
  const graph = createGraph("estimator");
  const { score, spread } = fitted.toOnnx(graph, graph.input("x", "float", ["batch", DIMENSIONS]));
  graph.output(score, "score", "float", ["batch", "models"]);
  graph.output(spread, "spread", "float", ["batch", "models"]);
  return Buffer.from(graph.bytes());
}

/** Largest difference between predict and the graph, over score and spread. */
async function parityGap(fitted: FittedEstimator, x: Float32Array, count: number, models: number): Promise<number> {
  const session = await InferenceSession.create(bytesOf(fitted), { intraOpNumThreads: 1 });
  const used = x.slice(0, count * DIMENSIONS);
  const outputs = await session.run({ x: new Tensor("float32", used, [count, DIMENSIONS]) });
  const own = fitted.predict(used, count);
  let gap = 0;
  for (const name of ["score", "spread"] as const) {
    const theirs = outputs[name]!;
    expect(theirs.dims).toEqual([count, models]);
    const data = theirs.data as Float32Array; // declared float above
    for (let i = 0; i < data.length; i++) gap = Math.max(gap, Math.abs(data[i]! - own[name][i]!));
  }
  await session.release();
  return gap;
}

/** [count x models] each model's mean known label, 0.5 without any. */
function constantScore(rows: TrainingRows, count: number): Float32Array {
  const models = rows.modelCount;
  const means = Array.from({ length: models }, (_, model) => {
    const known = rows.quality.filter((value, i) => i % models === model && !Number.isNaN(value));
    return known.length > 0 ? mean(known) : 0.5;
  });
  return Float32Array.from({ length: count * models }, (_, i) => means[i % models]!);
}

function squaredError(score: Float32Array, { quality }: TrainingRows): number {
  return mean(score.map((value, i) => (value - quality[i]!) ** 2));
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
