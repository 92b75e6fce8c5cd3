import { z } from "zod";
import { CascadeManifest } from "./cascade.ts";

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "a lower-case SHA-256 digest");

/** How hashed n-grams are made; the table that they index is inside the graph. */
export const NgramSpec = z.strictObject({
  /** Rows of the table. Row 0 is padding. */
  buckets: z.number().int().positive(),
  /** At most so many distinct terms a prompt, the first ones met. */
  maxTerms: z.number().int().positive(),
  /** Orders of word n-grams and of character n-grams, e.g. [1, 2] and [3, 4, 5]. */
  wordOrders: z.array(z.number().int().positive()),
  charOrders: z.array(z.number().int().positive()),
});
export type NgramSpec = z.infer<typeof NgramSpec>;

/** What the graph expects as input; must equal what the engine's featurizer makes. */
export const FeatureSpec = z.strictObject({
  /** Digest over names, order and version of the cheap features (`featureDigest` of engine/features.ts). */
  digest: Sha256,
  count: z.number().int().positive(),
  ngrams: NgramSpec.nullable(),
  encoder: z.strictObject({ name: z.string(), digest: Sha256, dimensions: z.number().int().positive() }).nullable(),
});
export type FeatureSpec = z.infer<typeof FeatureSpec>;

/** Maps a raw score in [0, 1] to a quality in [0, 1]; fitted on rows that the scorer has not seen. */
export const Calibration = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  /** sigmoid(slope * logit(score) + intercept) */
  z.strictObject({ kind: z.literal("temperature"), slope: z.number().positive(), intercept: z.number() }),
  /** Piecewise linear through the knots, flat outside; x rising, y not falling. */
  z.strictObject({ kind: z.literal("isotonic"), x: z.array(z.number()).min(2), y: z.array(z.number()).min(2) }),
]);
export type Calibration = z.infer<typeof Calibration>;

const DataLineage = z.strictObject({
  source: z.string(),
  licence: z.string(),
  origin: z.string(),
  digest: Sha256,
  prompts: z.number().int(),
  records: z.number().int(),
});

/** A trained model as the artifact knows it. */
export const TrainedModel = z.strictObject({
  model: z.string().min(1),
  calibration: Calibration,
  /** Labels on the train split; a model added later carries the few it was added with. */
  trainLabels: z.number().int().nonnegative(),
  meanQuality: z.number().min(0).max(1),
  /** false until shown good enough: such a model is scored and shown but never chosen. */
  eligible: z.boolean(),
});
export type TrainedModel = z.infer<typeof TrainedModel>;

/** manifest.json of models/<name>/<version>/. */
export const Manifest = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string().min(1),
  version: z.string().min(1),
  tier: z.enum(["fast", "full"]),
  createdAt: z.string(),
  /** File name -> digest, for every file beside this one that the engine reads. */
  files: z.record(z.string(), Sha256),
  features: FeatureSpec,
  /** Columns of `score`, `spread` and `output_tokens`, in order. */
  models: z.array(TrainedModel).min(1),
  /** Columns of `task`. Empty when no task was known. */
  tasks: z.array(z.string()),
  /** Mahalanobis distance above which a prompt is far from training (99th percentile of the train rows). */
  outOfDistributionAbove: z.number().nonnegative(),
  /** Name pattern (`*` stands for any run) -> trained model; first match wins. Maps today's names to trained ones. */
  aliases: z.array(z.strictObject({ pattern: z.string(), model: z.string(), because: z.string() })),
  lineage: z.strictObject({
    data: z.array(DataLineage),
    estimator: z.string(),
    options: z.record(z.string(), z.unknown()),
    seed: z.number().int(),
    commit: z.string(),
    command: z.string(),
    libraries: z.record(z.string(), z.string()),
  }),
  /** What it learned of looking at answers; absent in artifacts that only choose before a call. */
  cascade: CascadeManifest.optional(),
  /** Held-out report: what the trainer measured on the test split, trivial controls beside it. */
  report: z.record(z.string(), z.unknown()),
});
export type Manifest = z.infer<typeof Manifest>;
