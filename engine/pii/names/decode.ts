import { WIDTH } from "./features.ts";

/** Tags of a token: outside, or the beginning or inside of a name. */
export const TAGS = [
  "O",
  "B-PERSON",
  "I-PERSON",
  "B-LOCATION",
  "I-LOCATION",
  "B-ORGANIZATION",
  "I-ORGANIZATION",
  "B-ADDRESS",
  "I-ADDRESS",
] as const;
export const TAG_COUNT = TAGS.length;

/** Weights of a linear tagger. */
export interface TaggerWeights {
  /** [buckets][tags] */
  readonly emissions: Int8Array | Float32Array;
  /** [tags + 1][tags]: from the row's tag to the column's; the last row begins a text. */
  readonly transitions: Float32Array;
}

/** Whether `to` may follow `from`: an inside only its own kind. `from` = TAG_COUNT begins a text. */
export function mayFollow(from: number, to: number): boolean {
  if (to === 0 || to % 2 === 1) return true;
  return from === to || from === to - 1;
}

/** The best sequence of tags (Viterbi); time linear in the number of tokens. */
export function decode(features: Int32Array, { emissions, transitions }: TaggerWeights): Uint8Array {
  const length = features.length / WIDTH;
  const tags = new Uint8Array(length);
  if (length === 0) return tags;
  const back = new Uint8Array(length * TAG_COUNT);
  let scores = new Float64Array(TAG_COUNT);
  let next = new Float64Array(TAG_COUNT);
  for (let to = 0; to < TAG_COUNT; to++)
    scores[to] = mayFollow(TAG_COUNT, to) ? transitions[TAG_COUNT * TAG_COUNT + to]! : Number.NEGATIVE_INFINITY;
  addEmissions(scores, features, 0, emissions);
  for (let i = 1; i < length; i++) {
    const row = i * TAG_COUNT;
    // Outside and beginnings may follow anything, an inside only its own beginning and itself.
    for (let to = 0; to < TAG_COUNT; to = to === 0 ? 1 : to + 2) {
      let best = scores[0]! + transitions[to]!;
      let from = 0;
      for (let previous = 1; previous < TAG_COUNT; previous++) {
        const score = scores[previous]! + transitions[previous * TAG_COUNT + to]!;
        if (score > best) {
          best = score;
          from = previous;
        }
      }
      next[to] = best;
      back[row + to] = from;
    }
    for (let to = 2; to < TAG_COUNT; to += 2) {
      const begun = scores[to - 1]! + transitions[(to - 1) * TAG_COUNT + to]!;
      const inside = scores[to]! + transitions[to * TAG_COUNT + to]!;
      next[to] = Math.max(begun, inside);
      back[row + to] = begun > inside ? to - 1 : to;
    }
    addEmissions(next, features, i * WIDTH, emissions);
    const spare = scores;
    scores = next;
    next = spare;
  }
  let tag = 0;
  for (let to = 1; to < TAG_COUNT; to++) if (scores[to]! > scores[tag]!) tag = to;
  for (let i = length - 1; i >= 0; i--) {
    tags[i] = tag;
    tag = back[i * TAG_COUNT + tag]!;
  }
  return tags;
}

/** Unrolled over the nine tags: this is where the time goes. */
function addEmissions(
  into: Float64Array,
  features: Int32Array,
  from: number,
  emissions: TaggerWeights["emissions"],
): void {
  let [o, bp, ip, bl, il, bo, io, ba, ia] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = from, end = from + WIDTH; k < end; k++) {
    const row = features[k]! * TAG_COUNT;
    o += emissions[row]!;
    bp += emissions[row + 1]!;
    ip += emissions[row + 2]!;
    bl += emissions[row + 3]!;
    il += emissions[row + 4]!;
    bo += emissions[row + 5]!;
    io += emissions[row + 6]!;
    ba += emissions[row + 7]!;
    ia += emissions[row + 8]!;
  }
  into[0]! += o;
  into[1]! += bp;
  into[2]! += ip;
  into[3]! += bl;
  into[4]! += il;
  into[5]! += bo;
  into[6]! += io;
  into[7]! += ba;
  into[8]! += ia;
}
