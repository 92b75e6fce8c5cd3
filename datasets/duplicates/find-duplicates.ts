import { seededRng } from "../../engine/rng.ts";
import { hashText, mix } from "../hash-text.ts";
import { jaccard, shingles } from "./shingles.ts";

export interface DuplicateOptions {
  /** Share of common three-word runs from which two texts count as near duplicates. */
  readonly threshold?: number;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Two texts that are the same, or nearly. `a` comes first. */
interface DuplicatePair {
  readonly a: number;
  readonly b: number;
  /** 1 for the same letters and digits. */
  readonly similarity: number;
}

export interface Duplicates {
  /** Cluster of each text: the lowest index of a text that is the same, directly or through others. */
  readonly clusters: Int32Array;
  readonly pairs: readonly DuplicatePair[];
}

const DEFAULT_THRESHOLD = 0.8;
const BANDS = 20;
const ROWS = 4;
const HASHES = BANDS * ROWS;
/** A new text is compared with at most so many texts of one bucket, so that a template cannot make it quadratic. */
const MAX_COMPARED = 16;

/**
 * Texts that say the same: exactly (letters and digits alone) or nearly (MinHash over three-word runs, 20 bands of 4,
 * each hit checked by the exact share). At threshold 0.8 a pair is missed with probability below 2e-5.
 *
 * @source Broder 1997, On the resemblance and containment of documents; Leskovec et al., Mining of Massive Datasets, 3.4
 */
export function findDuplicates(texts: readonly string[], options: DuplicateOptions = {}): Duplicates {
  const threshold = options.threshold ?? DEFAULT_THRESHOLD;
  const parents = Int32Array.from(texts, (_, index) => index);
  const pairs: DuplicatePair[] = [];
  const join = (a: number, b: number, similarity: number) => {
    pairs.push({ a, b, similarity });
    const [low, high] = [rootOf(parents, a), rootOf(parents, b)].sort((x, y) => x - y) as [number, number];
    parents[high] = low;
  };

  const firstOf = new Map<string, number>();
  const buckets = Array.from({ length: BANDS }, () => new Map<number, number[]>());
  const sets: (Uint32Array | undefined)[] = [];
  const { multipliers, offsets } = hashFunctions();
  const signature = new Uint32Array(HASHES);
  for (const [index, text] of texts.entries()) {
    if (index % 1000 === 0) options.onProgress?.(index, texts.length);
    const bare = bareText(text);
    const same = firstOf.get(bare);
    if (same !== undefined) {
      join(same, index, 1);
      continue;
    }
    firstOf.set(bare, index);
    const own = shingles(text);
    sets[index] = own;
    sign(own, multipliers, offsets, signature);
    const compared = new Set<number>();
    for (let band = 0; band < BANDS; band++) {
      const key = bandKey(signature, band);
      const bucket = buckets[band]!.get(key);
      if (bucket === undefined) {
        buckets[band]!.set(key, [index]);
        continue;
      }
      for (const other of bucket) {
        if (compared.has(other)) continue;
        compared.add(other);
        const similarity = jaccard(sets[other]!, own);
        if (similarity >= threshold) join(other, index, similarity);
      }
      if (bucket.length < MAX_COMPARED) bucket.push(index);
    }
  }
  options.onProgress?.(texts.length, texts.length);
  return { clusters: parents.map((_, index) => rootOf(parents, index)), pairs };
}

function rootOf(parents: Int32Array, index: number): number {
  let root = index;
  while (parents[root] !== root) root = parents[root]!;
  let at = index;
  while (parents[at] !== root) {
    const next = parents[at]!;
    parents[at] = root;
    at = next;
  }
  return root;
}

/** Letters and digits in lower case; a text without any keeps all its characters. */
function bareText(text: string): string {
  const bare = text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  // Two 32-bit hashes and the length instead of the text: memory stays small, and a clash is less than 1 in 1e15.
  const key = bare === "" ? text : bare;
  return `${key.length}:${hashText(key)}:${hashText(`#${key}`)}`;
}

function hashFunctions(): { multipliers: Uint32Array; offsets: Uint32Array } {
  const rng = seededRng(0x5eed);
  const draw = () => Uint32Array.from({ length: HASHES }, () => Math.floor(rng.next() * 4_294_967_296));
  return { multipliers: draw().map((value) => value | 1), offsets: draw() };
}

function sign(set: Uint32Array, multipliers: Uint32Array, offsets: Uint32Array, out: Uint32Array): void {
  for (let hash = 0; hash < HASHES; hash++) {
    const multiplier = multipliers[hash]!;
    const offset = offsets[hash]!;
    let least = 0xffffffff;
    for (let i = 0; i < set.length; i++) {
      let value = Math.imul(set[i]! ^ offset, multiplier);
      value = (value ^ (value >>> 15)) >>> 0;
      if (value < least) least = value;
    }
    out[hash] = least;
  }
}

function bandKey(signature: Uint32Array, band: number): number {
  let key = band;
  for (let i = band * ROWS; i < (band + 1) * ROWS; i++) key = mix(Math.imul(key, 31) + signature[i]!);
  return key;
}
