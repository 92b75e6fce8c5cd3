import { TrainError } from "../errors.ts";
import { defineEstimator, type FitContext, type FittedEstimator, type TrainingRows } from "../estimator.ts";
import { pickRows, validationSplit } from "../learn/folds.ts";
import { routingValue } from "../routing-value.ts";

export interface BlendOptions {
  /** Estimators with their options; a missing option keeps its default. */
  readonly members: readonly { readonly name: string; readonly options?: Readonly<Record<string, unknown>> }[];
  /** Weights of the members, summing to 1; null chooses them by routing value on held-out groups. */
  readonly weights: readonly number[] | null;
  /** Weights for a pool of two models, where what lies within a task tells more; null: the same as any pool's. */
  readonly pairWeights: readonly number[] | null;
}

/** Steps of the grid of weights that are tried. */
const STEPS = 4;

/** Weighted mean of other estimators' scores; its spread also counts how far they disagree. */
export default defineEstimator<BlendOptions>({
  name: "blend",
  defaults: {
    members: [{ name: "task-mixture" }, { name: "mlp" }],
    weights: [0.5, 0.5],
    pairWeights: [0.65, 0.35],
  },
  async fit(rows, options, context) {
    const { members } = options;
    if (members.length === 0) throw new TrainError("bad_option", "a blend needs at least one member");
    const given = givenWeights(options, rows.modelCount);
    if (given && given.length !== members.length) {
      throw new TrainError("bad_option", `a blend of ${members.length} members needs as many weights`);
    }
    const rounds = given ? 1 : 2;
    const weights = given ?? (await chooseWeights(rows, members, part(context, 0, 1 / rounds)));
    const fitted = await fitAll(rows, members, part(context, (rounds - 1) / rounds, 1 / rounds));
    return blended(fitted, weights, rows.modelCount);
  },
});

function givenWeights({ weights, pairWeights }: BlendOptions, models: number): readonly number[] | null {
  return models === 2 && pairWeights?.length === weights?.length ? pairWeights : weights;
}

async function fitAll(
  rows: TrainingRows,
  members: BlendOptions["members"],
  context: FitContext,
): Promise<FittedEstimator[]> {
  // Loaded here because this file is one of those that are loaded.
  const { estimatorNamed } = await import("../estimators.ts");
  const fitted: FittedEstimator[] = [];
  for (const [i, { name, options }] of members.entries()) {
    const plugin = await estimatorNamed(name);
    const merged = { ...(plugin.defaults as object), ...options };
    fitted.push(await plugin.fit(rows, merged, part(context, i / members.length, 1 / members.length)));
  }
  return fitted;
}

async function chooseWeights(
  rows: TrainingRows,
  members: BlendOptions["members"],
  context: FitContext,
): Promise<readonly number[]> {
  const { fit, validation } = validationSplit(rows, context.rng);
  const held = pickRows(rows, validation);
  const fitted = await fitAll(pickRows(rows, fit), members, context);
  const scores = fitted.map((member) => member.predict(held.x, held.count).score);
  let best: { weights: readonly number[]; value: number } | null = null;
  for (const weights of simplex(members.length, STEPS)) {
    const score = mean(scores, weights);
    const value = routingValue({
      count: held.count,
      models: held.modelCount,
      score,
      quality: held.quality,
      meanCostUsd: rows.meanCostUsd ?? null,
    });
    if (best === null || value > best.value) best = { weights, value };
  }
  return best!.weights;
}

/** All weights that are multiples of 1 / steps and sum to 1. */
function simplex(length: number, steps: number): number[][] {
  if (length === 1) return [[1]];
  const out: number[][] = [];
  const walk = (taken: number[], left: number) => {
    if (taken.length === length - 1) out.push([...taken, left].map((value) => value / steps));
    else for (let value = 0; value <= left; value++) walk([...taken, value], left - value);
  };
  walk([], steps);
  return out;
}

function mean(scores: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const out = new Float64Array(scores[0]!.length);
  scores.forEach((score, k) => {
    for (let i = 0; i < out.length; i++) out[i]! += weights[k]! * score[i]!;
  });
  return Float32Array.from(out);
}

function blended(fitted: readonly FittedEstimator[], weights: readonly number[], models: number): FittedEstimator {
  const used = fitted.flatMap((member, k) => (weights[k]! > 0 ? [{ member, weight: Math.fround(weights[k]!) }] : []));
  return {
    predict(x, count) {
      const parts = used.map(({ member, weight }) => ({ ...member.predict(x, count), weight }));
      const score = new Float64Array(count * models);
      for (const part of parts) for (let i = 0; i < score.length; i++) score[i]! += part.weight * part.score[i]!;
      const variance = new Float64Array(count * models);
      for (const part of parts) {
        for (let i = 0; i < score.length; i++) {
          variance[i]! += part.weight * (part.spread[i]! ** 2 + (part.score[i]! - score[i]!) ** 2);
        }
      }
      return { score: Float32Array.from(score), spread: Float32Array.from(variance, Math.sqrt) };
    },
    toOnnx(graph, x) {
      const number = (value: number) => graph.constant("weight", Float32Array.of(value), [1]);
      const parts = used.map(({ member, weight }) => ({ ...member.toOnnx(graph, x), weight: number(weight) }));
      const sum = (values: readonly string[]) => (values.length === 1 ? values[0]! : graph.op("Sum", values));
      const score = sum(parts.map((part) => graph.op("Mul", [part.score, part.weight])));
      // Variance about the blend, not E[s²] - E[s]²: the difference of near equals would lose float32's digits.
      const variance = sum(
        parts.map((part) => {
          const apart = graph.op("Sub", [part.score, score]);
          const within = graph.op("Mul", [part.spread, part.spread]);
          return graph.op("Mul", [graph.op("Add", [within, graph.op("Mul", [apart, apart])]), part.weight]);
        }),
      );
      return { score, spread: graph.op("Sqrt", [variance]) };
    },
  };
}

/** A stretch [from, from + share] of the whole progress. */
function part(context: FitContext, from: number, share: number): FitContext {
  return { rng: context.rng, progress: (done, loss) => context.progress(from + share * done, loss) };
}
