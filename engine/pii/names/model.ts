import { EngineError } from "../../errors.ts";
import { TAG_COUNT, type TaggerWeights } from "./decode.ts";
import { BUCKETS, FEATURE_VERSION } from "./features.ts";

const MAGIC = "WPII";
const HEAD_BYTES = 12;
const TRANSITIONS = (TAG_COUNT + 1) * TAG_COUNT;
const MOST = 127;
const WEIGHT_BYTES = HEAD_BYTES + TRANSITIONS * 4 + BUCKETS * TAG_COUNT;

/** A tagger as it is shipped: weights, and the words of everyday text that its features know. */
export interface TaggerModel extends TaggerWeights {
  /** Hashes of words in lower case. */
  readonly common: ReadonlySet<number>;
}

/**
 * A model as bytes: magic, version of the features, scale, transitions as floats, emissions as int8 times the scale,
 * hashes of common words.
 */
export function encodeTagger({ emissions, transitions, common }: TaggerModel): Buffer {
  const sizes = Float32Array.from(emissions, Math.abs).sort();
  // The few largest weights are cut, so that the many small ones keep their difference.
  const scale = Math.max(1e-9, sizes[Math.floor(sizes.length * 0.9995)]!) / MOST;
  const bytes = Buffer.alloc(WEIGHT_BYTES + common.size * 4);
  bytes.write(MAGIC, 0, "latin1");
  bytes.writeUInt32LE(FEATURE_VERSION, 4);
  bytes.writeFloatLE(scale, 8);
  for (let i = 0; i < TRANSITIONS; i++) bytes.writeFloatLE(transitions[i]! / scale, HEAD_BYTES + i * 4);
  const at = HEAD_BYTES + TRANSITIONS * 4;
  for (let i = 0; i < emissions.length; i++)
    bytes.writeInt8(Math.max(-MOST, Math.min(MOST, Math.round(emissions[i]! / scale))), at + i);
  for (const [i, hash] of [...common].sort((a, b) => a - b).entries()) bytes.writeInt32LE(hash, WEIGHT_BYTES + i * 4);
  return bytes;
}

/** @throws EngineError `artifact_corrupt`, `artifact_mismatch` */
export function decodeTagger(bytes: Buffer): TaggerModel {
  if (
    bytes.length < WEIGHT_BYTES ||
    (bytes.length - WEIGHT_BYTES) % 4 !== 0 ||
    bytes.toString("latin1", 0, 4) !== MAGIC
  )
    throw new EngineError("artifact_corrupt", "the tagger of names is damaged; install Weir again");
  if (bytes.readUInt32LE(4) !== FEATURE_VERSION)
    throw new EngineError("artifact_mismatch", "the tagger of names was trained for other features");
  // Only sums are compared, so the common scale is left out.
  const transitions = Float32Array.from({ length: TRANSITIONS }, (_, i) => bytes.readFloatLE(HEAD_BYTES + i * 4));
  const at = HEAD_BYTES + TRANSITIONS * 4;
  const emissions = new Int8Array(bytes.subarray(at, WEIGHT_BYTES));
  const common = new Set<number>();
  for (let i = WEIGHT_BYTES; i < bytes.length; i += 4) common.add(bytes.readInt32LE(i));
  return { emissions, transitions, common };
}
