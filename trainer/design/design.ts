import type { QualityTable } from "../../datasets/quality-table.ts";
import type { Rng } from "../../engine/rng.ts";
import type { NgramSpec } from "../../engine/schema/manifest.ts";
import type { DesignStretch } from "../estimator.ts";
import type { GraphBuilder } from "../onnx/graph.ts";
import type { DesignBlock, GraphInputs } from "./block.ts";
import { fitCheapBlock } from "./cheap-block.ts";
import { type EncoderMix, fitEncoderBlock } from "./encoder-block.ts";
import { fitNgramBlock } from "./ngram-block.ts";
import { fitRarity, type Rarity } from "./rarity.ts";
import { type EncodeOptions, rawFeatures } from "./raw-features.ts";

export interface DesignOptions {
  readonly ngrams: { readonly spec: NgramSpec; readonly rank: number } | null;
  readonly encoder: (EncodeOptions & { readonly mix: EncoderMix }) | null;
}

/** Prompts -> design matrix. Everything learned in it was learned on the train rows alone. */
export interface Design {
  readonly dimensions: number;
  readonly options: DesignOptions;
  readonly blocks: readonly DesignStretch[];
  /** [rows x dimensions] */
  transform(table: QualityTable, rows: Int32Array): Promise<Float32Array>;
  toOnnx(graph: GraphBuilder, inputs: GraphInputs): string;
  /** How rare the terms of prompts are; null without n-grams. */
  readonly rarity: {
    readonly usual: Pick<Rarity, "mean" | "deviation">;
    of(table: QualityTable, rows: Int32Array): Promise<Float32Array>;
    /** [batch x 1] */
    toOnnx(graph: GraphBuilder, inputs: GraphInputs): string;
  } | null;
}

/** @param context progress of featurizing in [0, 1] */
export async function fitDesign(
  table: QualityTable,
  trainRows: Int32Array,
  options: DesignOptions,
  context: { readonly rng: Rng; readonly onProgress?: (done: number) => void },
): Promise<Design> {
  const rawOptions = {
    ngrams: options.ngrams?.spec ?? null,
    encoder: options.encoder,
    ...(context.onProgress ? { onProgress: context.onProgress } : {}),
  };
  const raw = await rawFeatures(table, rawOptions);
  const blocks: DesignBlock[] = [fitCheapBlock(raw, trainRows)];
  let rarity: Rarity | null = null;
  if (options.ngrams && options.ngrams.rank > 0) {
    const { spec, rank } = options.ngrams;
    blocks.push(await fitNgramBlock(raw, trainRows, spec, rank, context.rng));
    rarity = fitRarity(raw, trainRows, spec);
  }
  if (options.encoder) blocks.push(await fitEncoderBlock(raw, trainRows, options.encoder.mix));
  const dimensions = blocks.reduce((sum, block) => sum + block.dimensions, 0);

  let end = 0;
  const stretches = blocks.map(({ name, dimensions }) => {
    end += dimensions;
    return { name, from: end - dimensions, to: end };
  });

  return {
    dimensions,
    options,
    blocks: stretches,
    async transform(source, rows) {
      const features = await rawFeatures(source, rawOptions);
      const out = new Float32Array(rows.length * dimensions);
      rows.forEach((row, i) => {
        let offset = i * dimensions;
        for (const block of blocks) {
          block.transform(features, row, out, offset);
          offset += block.dimensions;
        }
      });
      return out;
    },
    toOnnx(graph, inputs) {
      const parts = blocks.map((block) => block.toOnnx(graph, inputs));
      return parts.length === 1 ? parts[0]! : graph.op("Concat", parts, { axis: { int: 1 } });
    },
    rarity: rarity && {
      usual: rarity,
      async of(source, rows) {
        const features = await rawFeatures(source, rawOptions);
        return Float32Array.from(rows, (row) => rarity.of(features, row));
      },
      toOnnx: rarity.toOnnx,
    },
  };
}
