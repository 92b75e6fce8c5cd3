import type { Yardstick } from "./yardstick.ts";

/** Who is measured: our router, a policy over it, a trivial control, an upper bound, or one model always. */
export type ContenderSource = "router" | "policy" | "baseline" | "reference" | "single";

/** How a contender trades quality for cost. */
export type Knob =
  /** [rows x models] predicted quality: chooses argmax quality - lambda x training-mean cost, for any lambda. */
  | { readonly kind: "sweep"; readonly score: Float32Array }
  /** Choices at each of a few settings, [rows] each, and any mix of them. */
  | { readonly kind: "settings"; readonly choices: readonly Int32Array[] }
  | { readonly kind: "none" };

/** One thing under test on a pool's rows, reduced to arrays, so that every metric reads the same few. */
export interface Contender {
  readonly name: string;
  readonly source: ContenderSource;
  readonly knob: Knob;
  /** [rows] expected gain of the strong model over the weak one: the order in which calls move over. null: no order. */
  readonly gain: Float32Array | null;
  /** [rows] choices at the stated operating point; null when it has none. */
  readonly operating: Int32Array | null;
}

/** A contender that predicts each model's quality, [rows x models]. */
export function predictorContender(
  name: string,
  source: ContenderSource,
  predicted: Float32Array,
  yardstick: Yardstick,
  operating: Int32Array | null = null,
): Contender {
  const { models, weak, strong } = yardstick;
  return {
    name,
    source,
    knob: { kind: "sweep", score: predicted },
    gain: gainOf(predicted, models, weak, strong),
    operating,
  };
}

/** The choice of one model for every row. */
export function constantChoice(rows: number, model: number): Int32Array {
  return new Int32Array(rows).fill(model);
}

/** [rows] predicted quality of `strong` less that of `weak`. */
export function gainOf(predicted: Float32Array, models: number, weak: number, strong: number): Float32Array {
  const gain = new Float32Array(predicted.length / models);
  for (let row = 0; row < gain.length; row++)
    gain[row] = predicted[row * models + strong]! - predicted[row * models + weak]!;
  return gain;
}

/** [rows] the model of highest predicted quality; the first of equals. */
export function argmax(predicted: Float32Array, models: number): Int32Array {
  const chosen = new Int32Array(predicted.length / models);
  for (let row = 0; row < chosen.length; row++) {
    for (let model = 1; model < models; model++) {
      if (predicted[row * models + model]! > predicted[row * models + chosen[row]!]!) chosen[row] = model;
    }
  }
  return chosen;
}
