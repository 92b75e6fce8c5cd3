import { FEATURE_NAMES } from "../../engine/features.ts";
import { TrainError } from "../errors.ts";
import { defineEstimator, type FittedEstimator, type TrainingRows } from "../estimator.ts";
import { labelsOf } from "../learn/masked-labels.ts";
import { modelMeans, noSpread } from "./_model-means.ts";

export interface LengthOptions {
  /** Column of the design that holds the prompt's log length; null finds `log_characters` among the cheap features. */
  readonly column: number | null;
  /** Rows of prior that pull the slope towards 0. */
  readonly priorRows: number;
}

/** Logistic regression on the prompt's length alone: the trivial router that published ones often do not beat. */
export default defineEstimator<LengthOptions>({
  name: "length",
  defaults: { column: null, priorRows: 5 },
  async fit(rows, { column, priorRows }, context) {
    const at = column ?? lengthColumn(rows);
    if (!(at >= 0 && at < rows.dimensions)) {
      throw new TrainError("bad_option", `column ${at} is not one of the design's ${rows.dimensions}`);
    }
    const lines = fitLines(rows, at, priorRows);
    context.progress(1, 0);
    return fittedLength(at, lines);
  },
});

interface Lines {
  /** [models] each */
  readonly slope: Float32Array;
  readonly intercept: Float32Array;
}

const ROUNDS = 25;
/** p (1 - p) of a middling row. */
const ROW_CURVATURE = 0.2;

function lengthColumn(rows: TrainingRows): number {
  const cheap = rows.blocks?.find((block) => block.name === "cheap");
  return cheap === undefined ? 0 : cheap.from + FEATURE_NAMES.indexOf("log_characters");
}

/** Newton's method, a model at a time; the slope has a prior at 0, the intercept a faint one at the model's mean. */
function fitLines(rows: TrainingRows, column: number, priorRows: number): Lines {
  const { count, dimensions, modelCount, x } = rows;
  const { y, weight } = labelsOf(rows);
  const means = modelMeans(rows);
  const slopes = new Float32Array(modelCount);
  const intercepts = new Float32Array(modelCount);
  for (let model = 0; model < modelCount; model++) {
    const mean = Math.min(0.99, Math.max(0.01, means[model]!));
    const start = Math.log(mean / (1 - mean));
    const pull = priorRows * ROW_CURVATURE;
    let slope = 0;
    let intercept = start;
    for (let round = 0; round < ROUNDS; round++) {
      let gradientSlope = pull * slope;
      let gradientIntercept = ROW_CURVATURE * (intercept - start);
      let curveSlope = pull + 1e-9;
      let curveIntercept = ROW_CURVATURE;
      let curveBoth = 0;
      for (let row = 0; row < count; row++) {
        const mass = weight[row * modelCount + model]!;
        if (mass === 0) continue;
        const length = x[row * dimensions + column]!;
        const p = 1 / (1 + Math.exp(-(slope * length + intercept)));
        const error = mass * (p - y[row * modelCount + model]!);
        const curve = mass * Math.max(0.02, p * (1 - p));
        gradientSlope += error * length;
        gradientIntercept += error;
        curveSlope += curve * length * length;
        curveIntercept += curve;
        curveBoth += curve * length;
      }
      const determinant = Math.max(1e-12, curveSlope * curveIntercept - curveBoth * curveBoth);
      const stepSlope = (curveIntercept * gradientSlope - curveBoth * gradientIntercept) / determinant;
      const stepIntercept = (curveSlope * gradientIntercept - curveBoth * gradientSlope) / determinant;
      slope -= stepSlope;
      intercept -= stepIntercept;
      if (Math.abs(stepSlope) + Math.abs(stepIntercept) < 1e-9) break;
    }
    slopes[model] = slope;
    intercepts[model] = intercept;
  }
  return { slope: slopes, intercept: intercepts };
}

function fittedLength(column: number, { slope, intercept }: Lines): FittedEstimator {
  const models = slope.length;
  return {
    predict(x, count) {
      const dimensions = x.length / count;
      const score = new Float32Array(count * models);
      for (let row = 0; row < count; row++) {
        const length = x[row * dimensions + column]!;
        for (let model = 0; model < models; model++) {
          score[row * models + model] = 1 / (1 + Math.exp(-(slope[model]! * length + intercept[model]!)));
        }
      }
      return { score, spread: new Float32Array(count * models) };
    },
    toOnnx(graph, x) {
      const index = (name: string, at: number) => graph.constant(name, BigInt64Array.of(BigInt(at)), [1]);
      const length = graph.op("Slice", [x, index("from", column), index("to", column + 1), index("columns", 1)]);
      const score = graph.op("Sigmoid", [
        graph.op("Gemm", [
          length,
          graph.constant("length_slope", slope, [1, models]),
          graph.constant("length_intercept", intercept, [models]),
        ]),
      ]);
      return { score, spread: noSpread(graph, score) };
    },
  };
}
