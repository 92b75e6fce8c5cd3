import { EngineError } from "../../errors.ts";
import { TAG_COUNT, type TaggerWeights } from "./decode.ts";
import { BUCKETS, FEATURE_VERSION } from "./features.ts";
import { createLexicon, type Lexicon, type WordClasses } from "./lexicon.ts";

const MAGIC = "WPII";
const HEAD_BYTES = 12;
const TRANSITIONS = (TAG_COUNT + 1) * TAG_COUNT;
const MOST = 127;
const WEIGHT_BYTES = HEAD_BYTES + TRANSITIONS * 4 + BUCKETS * TAG_COUNT;

/** Bytes of a word: its hash, and what it is known as. */
const WORD_BYTES = 5;

/** A tagger as it is shipped: weights, and the words that its features know. */
export interface TaggerModel extends TaggerWeights {
  readonly lexicon: Lexicon;
}

/**
 * A model as bytes: magic, version of the features, scale, transitions as floats, emissions as int8 times the scale,
 * hashes of known words, and what they are known as.
 */
export function encodeTagger({ emissions, transitions }: TaggerWeights, words: WordClasses): Buffer {
  const sizes = Float32Array.from(emissions, Math.abs).sort();
  // The few largest weights are cut, so that the many small ones keep their difference.
  const scale = Math.max(1e-9, sizes[Math.floor(sizes.length * 0.9995)]!) / MOST;
  const bytes = Buffer.alloc(WEIGHT_BYTES + words.size * WORD_BYTES);
  bytes.write(MAGIC, 0, "latin1");
  bytes.writeUInt32LE(FEATURE_VERSION, 4);
  bytes.writeFloatLE(scale, 8);
  for (let i = 0; i < TRANSITIONS; i++) bytes.writeFloatLE(transitions[i]! / scale, HEAD_BYTES + i * 4);
  const at = HEAD_BYTES + TRANSITIONS * 4;
  for (let i = 0; i < emissions.length; i++)
    bytes.writeInt8(Math.max(-MOST, Math.min(MOST, Math.round(emissions[i]! / scale))), at + i);
  for (const [i, [hash, known]] of [...words].sort(([a], [b]) => a - b).entries()) {
    bytes.writeInt32LE(hash, WEIGHT_BYTES + i * WORD_BYTES);
    bytes.writeUInt8(known, WEIGHT_BYTES + i * WORD_BYTES + 4);
  }
  return bytes;
}

/** @throws EngineError `artifact_corrupt`, `artifact_mismatch` */
export function decodeTagger(bytes: Buffer): TaggerModel {
  if (
    bytes.length < WEIGHT_BYTES ||
    (bytes.length - WEIGHT_BYTES) % WORD_BYTES !== 0 ||
    bytes.toString("latin1", 0, 4) !== MAGIC
  )
    throw new EngineError("artifact_corrupt", "the tagger of names is damaged; install Weir again");
  if (bytes.readUInt32LE(4) !== FEATURE_VERSION)
    throw new EngineError("artifact_mismatch", "the tagger of names was trained for other features");
  // Only sums are compared, so the common scale is left out.
  const transitions = Float32Array.from({ length: TRANSITIONS }, (_, i) => bytes.readFloatLE(HEAD_BYTES + i * 4));
  const at = HEAD_BYTES + TRANSITIONS * 4;
  const emissions = new Int8Array(bytes.subarray(at, WEIGHT_BYTES));
  const count = (bytes.length - WEIGHT_BYTES) / WORD_BYTES;
  const hashes = Int32Array.from({ length: count }, (_, i) => bytes.readInt32LE(WEIGHT_BYTES + i * WORD_BYTES));
  const classes = Uint8Array.from({ length: count }, (_, i) => bytes.readUInt8(WEIGHT_BYTES + i * WORD_BYTES + 4));
  return { emissions, transitions, lexicon: createLexicon(hashes, classes) };
}
