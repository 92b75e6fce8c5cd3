import { openBlas } from "../blas.ts";
import type { DesignBlock } from "./block.ts";
import { CLIP, CONSTANT_BELOW } from "./block.ts";
import { moments } from "./cheap-block.ts";
import type { RawFeatures } from "./raw-features.ts";
import { symmetricEigen } from "./sparse-svd.ts";

/** How the text encoder stands beside the cheap features; plain concatenation loses (it is not offered). */
export type EncoderMix =
  | { readonly kind: "weight"; readonly weight: number }
  | { readonly kind: "pca"; readonly dimensions: number };

/** A fitted affine map of the embedding: standardised and down-weighted, or its leading principal components. */
export async function fitEncoderBlock(raw: RawFeatures, trainRows: Int32Array, mix: EncoderMix): Promise<DesignBlock> {
  if (!raw.embedding) throw new Error("the features were made without an encoder");
  const size = raw.embedding.dimensions;
  const { mean, deviation } = moments(raw.embedding.values, size, trainRows);
  const shift = Float32Array.from(mean);
  if (mix.kind === "weight") {
    const scale = Float32Array.from(deviation, (value) => (value > CONSTANT_BELOW ? 1 / value : 0));
    return weightBlock(shift, scale, mix.weight);
  }
  return pcaBlock(
    shift,
    await components(raw.embedding.values, size, shift, trainRows, mix.dimensions),
    mix.dimensions,
  );
}

function weightBlock(shift: Float32Array, scale: Float32Array, weight: number): DesignBlock {
  const size = shift.length;
  const weighed = Float32Array.from(scale, (value) => value * weight);
  const limit = Math.fround(CLIP * weight);
  return {
    name: "encoder",
    dimensions: size,
    transform(raw, row, out, offset) {
      const values = raw.embedding!.values;
      for (let j = 0; j < size; j++) {
        const value = Math.fround(Math.fround(values[row * size + j]! - shift[j]!) * weighed[j]!);
        out[offset + j] = Math.max(-limit, Math.min(limit, value));
      }
    },
    toOnnx(graph, { embedding }) {
      if (embedding === null) throw new Error("the graph has no embedding input");
      const centred = graph.op("Sub", [embedding, graph.constant("encoder_mean", shift, [size])]);
      const scaled = graph.op("Mul", [centred, graph.constant("encoder_scale", weighed, [size])]);
      const low = graph.constant("encoder_low", Float32Array.of(-limit), []);
      const high = graph.constant("encoder_high", Float32Array.of(limit), []);
      return graph.op("Clip", [scaled, low, high]);
    },
  };
}

function pcaBlock(shift: Float32Array, turn: Float32Array, rank: number): DesignBlock {
  const size = shift.length;
  return {
    name: "encoder",
    dimensions: rank,
    transform(raw, row, out, offset) {
      const values = raw.embedding!.values;
      const sums = new Float64Array(rank);
      for (let i = 0; i < size; i++) {
        const value = values[row * size + i]! - shift[i]!;
        for (let j = 0; j < rank; j++) sums[j]! += value * turn[i * rank + j]!;
      }
      out.set(sums, offset);
    },
    toOnnx(graph, { embedding }) {
      if (embedding === null) throw new Error("the graph has no embedding input");
      const centred = graph.op("Sub", [embedding, graph.constant("encoder_mean", shift, [size])]);
      return graph.op("MatMul", [centred, graph.constant("encoder_components", turn, [size, rank])]);
    },
  };
}

/** [size x rank]: principal components over the train rows, divided by the deviation of the first. */
async function components(
  values: Float32Array,
  size: number,
  shift: Float32Array,
  trainRows: Int32Array,
  rank: number,
): Promise<Float32Array> {
  const centred = new Float32Array(trainRows.length * size);
  trainRows.forEach((row, i) => {
    for (let j = 0; j < size; j++) centred[i * size + j] = values[row * size + j]! - shift[j]!;
  });
  const blas = await openBlas();
  const gram = await blas.crossProduct(centred, centred, trainRows.length, size, size);
  const eigen = symmetricEigen(gram, size);
  const deviation = Math.sqrt(Math.max(eigen.values[0]!, 1e-12) / Math.max(1, trainRows.length));
  const turn = new Float32Array(size * rank);
  for (let j = 0; j < rank; j++) {
    for (let i = 0; i < size; i++) turn[i * rank + j] = eigen.vectors.get(i, j) / deviation;
  }
  return turn;
}
