import { firstSystemRow } from "../../engine/ngrams.ts";
import type { NgramSpec } from "../../engine/schema/manifest.ts";
import type { GraphBuilder } from "../onnx/graph.ts";
import type { GraphInputs } from "./block.ts";
import { moments } from "./cheap-block.ts";
import { neededNgrams, type RawFeatures, rowsWithTerm, type SparseRows } from "./raw-features.ts";

/** How rare the terms of prompts are, on average: far above the usual in other languages and in noise. */
export interface Rarity {
  /** Over the train rows, each as if it had not been among them. */
  readonly mean: number;
  readonly deviation: number;
  /** Mean idf of a prompt's terms, weighed by how often they occur; of few terms drawn towards the usual. */
  of(raw: RawFeatures, row: number): number;
  /** [batch x 1] */
  toOnnx(graph: GraphBuilder, inputs: GraphInputs): string;
}

/** Weight of some 23 terms, a dozen words: three words may well be rare ones, in any language. */
const ENOUGH_WEIGHT = 16;
const TINY = 1e-12;

/** Of the terms of turns alone: of system prompts training may know one or none, that another is rare says nothing. */
export function fitRarity(raw: RawFeatures, trainRows: Int32Array, spec: NgramSpec): Rarity {
  const source = neededNgrams(raw);
  const prompts = trainRows.length;
  const seen = rowsWithTerm(source, trainRows, spec.buckets);
  const isAsked = Float32Array.from(seen, (_, row) => (row > 0 && row < firstSystemRow(spec) ? 1 : 0));
  const rareness = Float32Array.from(seen, (own, row) => isAsked[row]! * (Math.log((1 + prompts) / (1 + own)) + 1));
  const withoutItself = Float32Array.from(
    seen,
    (own, row) => isAsked[row]! * (Math.log(prompts / Math.max(1, own)) + 1),
  );
  const known = Float32Array.from(trainRows, (row) => meanRareness(source, row, withoutItself, isAsked).mean);
  const { mean, deviation } = moments(known, 1, Int32Array.from(trainRows.keys()));
  const usual = Math.fround(mean[0]!);

  return {
    mean: usual,
    deviation: deviation[0]!,
    of(features, row) {
      const { mean, weight } = meanRareness(neededNgrams(features), row, rareness, isAsked);
      return usual + (mean - usual) * Math.sqrt(Math.min(1, weight / ENOUGH_WEIGHT));
    },
    toOnnx(graph, { ngramIds, ngramWeights }) {
      if (ngramIds === null || ngramWeights === null) throw new Error("the graph has no n-gram inputs");
      const lastAxis = graph.constant("last_axis", BigInt64Array.of(1n), [1]);
      const number = (name: string, value: number, dimensions: number[] = [1]) =>
        graph.constant(name, Float32Array.of(value), dimensions);
      const sum = (name: string, values: Float32Array) => {
        const each = graph.op("Gather", [graph.constant(name, values, [spec.buckets]), ngramIds]);
        return graph.op("ReduceSum", [graph.op("Mul", [ngramWeights, each]), lastAxis], { keepdims: { int: 1 } });
      };
      const weight = graph.op("Max", [sum("ngram_is_asked", isAsked), number("tiny", TINY)]);
      const mean = graph.op("Div", [sum("ngram_rareness", rareness), weight]);
      const share = graph.op("Mul", [weight, number("ngram_enough", 1 / ENOUGH_WEIGHT)]);
      const belief = graph.op("Sqrt", [graph.op("Clip", [share, number("low", 0, []), number("high", 1, [])])]);
      const middle = number("ngram_usual_rareness", usual);
      return graph.op("Add", [middle, graph.op("Mul", [graph.op("Sub", [mean, middle]), belief])]);
    },
  };
}

function meanRareness(
  source: SparseRows,
  row: number,
  rareness: Float32Array,
  isAsked: Float32Array,
): { readonly mean: number; readonly weight: number } {
  let sum = 0;
  let weight = TINY;
  for (let k = source.start[row]!; k < source.start[row + 1]!; k++) {
    const id = source.ids[k]!;
    sum += source.weights[k]! * rareness[id]!;
    weight += source.weights[k]! * isAsked[id]!;
  }
  return { mean: sum / weight, weight };
}
