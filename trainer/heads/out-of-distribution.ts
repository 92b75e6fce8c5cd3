import { FEATURE_COUNT, FEATURE_NAMES } from "../../engine/features.ts";
import { cholesky, invertLower, openBlas } from "../blas.ts";
import { CONSTANT_BELOW } from "../design/block.ts";
import { moments } from "../design/cheap-block.ts";
import type { Rarity } from "../design/rarity.ts";
import type { TrainingRows } from "../estimator.ts";
import { blockFactors } from "../learn/scale-columns.ts";
import type { GraphBuilder } from "../onnx/graph.ts";

/** Prompts as the head sees them. */
export interface Sights {
  readonly count: number;
  /** [count x dimensions] of the design matrix */
  readonly x: Float32Array;
  /** [count x features] raw cheap features */
  readonly cheap: Float32Array;
  /** [count] how rare the terms of each are; null where the design has no n-grams. */
  readonly rarity: Float32Array | null;
}

/** Distance of prompts to the train rows. */
export interface OutOfDistributionHead {
  predict(sights: Sights): Promise<Float32Array>;
  /** [batch] */
  toOnnx(graph: GraphBuilder, inputs: SightInputs): string;
}

/** Names of the graph's values. */
interface SightInputs {
  readonly x: string;
  readonly features: string;
  /** [batch x 1] */
  readonly rarity: string | null;
}

/** Variance added to each column, so that directions that training hardly used do not explode. */
const FLOOR = 0.1;
/** Components of n-grams and encoder vary less than cheap features, and say more of what a prompt is about. */
const SCALE = { cheap: 1, ngrams: 3, encoder: 3 } as const;
/** What a feature that never varied in training counts when it moves by one: a few of them make a prompt foreign. */
const CONSTANT_WEIGHT = 8;
const CONSTANT_LIMIT = 10;
/** How a request is sent rather than what it asks; where training knows only one way, another is not foreign for it. */
const ENVELOPE =
  /^(has_system|log_system_characters|template_.*|system_words_.*|log_(turns|user_turns|assistant_turns|history_characters)|wants_.*|.*output_limit)$/;
/** Terms rarer than usual by more than one standard deviation count this much a deviation: other languages, noise. */
const RARITY_WEIGHT = 6;
const RARITY_LIMIT = 4;

/**
 * Mahalanobis distance on the design matrix. Cheap features that were constant in training are 0 there and would go
 * unseen (tools, images, other scripts), so their moves are added; so is how rare a prompt's terms are, since a text of
 * unknown words lies in the midst of the components that known words span.
 *
 * @param dressed the same prompts as they are asked in applications, under system prompts; weighed as much as the bare ones
 */
export async function fitOutOfDistribution(
  rows: Pick<TrainingRows, "dimensions" | "blocks">,
  bare: Sights,
  dressed: Sights,
  usualRarity: Pick<Rarity, "mean" | "deviation"> | null,
): Promise<OutOfDistributionHead> {
  const { dimensions } = rows;
  const features = FEATURE_COUNT;
  const factor = blockFactors(rows, SCALE);
  const { centre, covariance } = await spreadOf(bare, dressed, factor);
  for (let j = 0; j < dimensions; j++) covariance[j * dimensions + j]! += FLOOR;
  const inverse = invertLower(cholesky(covariance, dimensions), dimensions);
  const whiten = new Float32Array(dimensions * dimensions);
  for (let i = 0; i < dimensions; i++) {
    for (let j = 0; j <= i; j++) whiten[j * dimensions + i] = inverse[i * dimensions + j]! * factor[j]!;
  }
  const raw = moments(
    bare.cheap,
    features,
    Int32Array.from({ length: bare.count }, (_, i) => i),
  );
  const usual = Float32Array.from(raw.mean);
  const weight = Float32Array.from(raw.deviation, (value, j) =>
    value > CONSTANT_BELOW || ENVELOPE.test(FEATURE_NAMES[j]!) ? 0 : CONSTANT_WEIGHT,
  );
  const rarityScale = usualRarity && usualRarity.deviation > 0 ? Math.fround(1 / usualRarity.deviation) : 0;
  const rarityFrom = usualRarity ? Math.fround(usualRarity.mean + usualRarity.deviation) : 0;
  const blas = await openBlas();

  return {
    async predict({ count, x, cheap, rarity }) {
      const away = new Float32Array(x.length);
      for (let i = 0; i < x.length; i++) away[i] = x[i]! - centre[i % dimensions]!;
      const moved = await blas.multiply(away, whiten, count, dimensions, dimensions);
      const out = new Float32Array(count);
      for (let row = 0; row < count; row++) {
        let squared = 0;
        for (let j = 0; j < dimensions; j++) squared += moved[row * dimensions + j]! ** 2;
        for (let j = 0; j < features; j++) {
          const move = (cheap[row * features + j]! - usual[j]!) * weight[j]!;
          squared += Math.max(-CONSTANT_LIMIT, Math.min(CONSTANT_LIMIT, move)) ** 2;
        }
        const rarer = ((rarity?.[row] ?? rarityFrom) - rarityFrom) * rarityScale;
        squared += (RARITY_WEIGHT * Math.max(0, Math.min(RARITY_LIMIT, rarer))) ** 2;
        out[row] = Math.sqrt(squared);
      }
      return out;
    },
    toOnnx(graph, { x, features: featureInput, rarity }) {
      const rowSum = { axes: { ints: [1] }, keepdims: { int: 0 } };
      const scalar = (name: string, value: number, dims: number[] = []) =>
        graph.constant(name, Float32Array.of(value), dims);
      const clip = (value: string, low: number, high: number) =>
        graph.op("Clip", [value, scalar("ood_low", low), scalar("ood_high", high)]);
      const squares = (value: string) => graph.op("ReduceSumSquare", [value], rowSum);
      const away = graph.op("Sub", [x, graph.constant("ood_centre", centre, [dimensions])]);
      const moved = graph.op("MatMul", [away, graph.constant("ood_whiten", whiten, [dimensions, dimensions])]);
      const change = graph.op("Mul", [
        graph.op("Sub", [featureInput, graph.constant("ood_usual", usual, [features])]),
        graph.constant("ood_weight", weight, [features]),
      ]);
      let squared = graph.op("Add", [squares(moved), squares(clip(change, -CONSTANT_LIMIT, CONSTANT_LIMIT))]);
      if (rarity !== null) {
        const above = graph.op("Sub", [rarity, scalar("ood_rarity_from", rarityFrom, [1])]);
        const rarer = clip(graph.op("Mul", [above, scalar("ood_rarity_scale", rarityScale, [1])]), 0, RARITY_LIMIT);
        squared = graph.op("Add", [
          squared,
          squares(graph.op("Mul", [rarer, scalar("ood_rarity_weight", RARITY_WEIGHT, [1])])),
        ]);
      }
      return graph.op("Sqrt", [squared]);
    },
  };
}

/** Mean and covariance of bare and dressed rows, each kind half of the whole. */
async function spreadOf(
  bare: Sights,
  dressed: Sights,
  factor: Float64Array,
): Promise<{ readonly centre: Float32Array; readonly covariance: Float64Array }> {
  const dimensions = factor.length;
  const kinds = [bare, dressed].filter(({ count }) => count > 0);
  const centre = new Float64Array(dimensions);
  for (const { x, count } of kinds) {
    const share = 1 / (kinds.length * count);
    for (let i = 0; i < x.length; i++) centre[i % dimensions]! += x[i]! * share;
  }
  const blas = await openBlas();
  const covariance = new Float64Array(dimensions * dimensions);
  for (const { x, count } of kinds) {
    const centred = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) {
      centred[i] = (x[i]! - centre[i % dimensions]!) * factor[i % dimensions]!;
    }
    const products = await blas.crossProduct(centred, centred, count, dimensions, dimensions);
    products.forEach((value, i) => {
      covariance[i]! += value / (kinds.length * count);
    });
  }
  return { centre: Float32Array.from(centre), covariance };
}
