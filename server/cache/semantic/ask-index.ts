import { seededRng } from "../../../engine/rng.ts";
import { disagreement } from "./agree.ts";
import { type AskFacts, askFacts } from "./ask-facts.ts";
import type { WordSense } from "./lexicon.ts";

/** One ask and all that must be the same beside it. */
export interface PlacedAsk {
  /** Digest of everything else: owner, route, model, system prompt, earlier turns, settings. */
  readonly bucket: string;
  readonly ask: string;
  /** Day of the year in UTC, for asks about "today". */
  readonly day: number;
}

export interface FoundAsk {
  readonly id: string;
  /** Cosine of the two asks. */
  readonly similarity: number;
  /** Neighbourhood of the ask, for what is learnt of it. */
  readonly cell: number;
}

/** Asks that were answered, and which of them mean what another one means. */
export interface AskIndex {
  find(query: PlacedAsk): Promise<FoundAsk | null>;
  add(id: string, placed: PlacedAsk): Promise<void>;
  remove(id: string): Promise<void>;
  /** Cosine of two texts. */
  similarity(a: string, b: string): Promise<number>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface AskIndexDeps {
  readonly embed: (text: string) => Promise<Float32Array>;
  readonly sense: WordSense;
}

interface Entry {
  readonly id: string;
  readonly bucket: string;
  readonly vector: Float32Array;
  readonly facts: AskFacts;
  readonly isOfToday: boolean;
  readonly day: number;
}

/** Less alike than this, two asks are not compared. */
export const LEAST_SIMILARITY = 0.5;
/** Most alike ones that are compared word by word. */
const COMPARED = 8;
/** 10,000 asks of 512 numbers are some 30 MB with their words. */
const MOST_ENTRIES = 10_000;
const CELL_BITS = 5;
/** What is said of a moment holds for its day. */
const MOMENT =
  /\b(?:today|tonight|tomorrow|yesterday|now|currently|current|latest|recent|recently|this (?:week|month|year|morning|evening|weekend)|(?:last|next) (?:week|month|year|night|weekend)|heute|morgen|gestern|aujourd'hui|demain|hier|hoy|mañana|ayer|oggi|domani|ieri)\b/i;

/** In memory; what came first goes first. */
export function createAskIndex({ embed, sense }: AskIndexDeps, mostEntries = MOST_ENTRIES): AskIndex {
  const byId = new Map<string, Entry>();
  const buckets = new Map<string, Set<Entry>>();
  const planes: Float32Array[] = [];

  function drop(entry: Entry): void {
    byId.delete(entry.id);
    const own = buckets.get(entry.bucket);
    own?.delete(entry);
    if (own?.size === 0) buckets.delete(entry.bucket);
  }

  /** On which sides of a few fixed planes a vector lies: near ones mostly share all of them, and nothing of the ask is kept. */
  function cellOf(vector: Float32Array): number {
    if (planes.length === 0) {
      const rng = seededRng(7);
      for (let bit = 0; bit < CELL_BITS; bit++)
        planes.push(Float32Array.from({ length: vector.length }, () => rng.next() - 0.5));
    }
    return planes.reduce((cell, plane) => cell * 2 + (dot(plane, vector) > 0 ? 1 : 0), 0);
  }

  return {
    async find({ bucket, ask, day }) {
      const own = buckets.get(bucket);
      if (own === undefined) return null;
      const vector = await embed(ask);
      const facts = askFacts(ask);
      const near: { readonly entry: Entry; readonly similarity: number }[] = [];
      for (const entry of own) {
        const similarity = dot(entry.vector, vector);
        if (similarity >= LEAST_SIMILARITY && (!entry.isOfToday || entry.day === day)) near.push({ entry, similarity });
      }
      near.sort((a, b) => b.similarity - a.similarity);
      const found = near.slice(0, COMPARED).find(({ entry }) => disagreement(entry.facts, facts, sense) === null);
      return found === undefined ? null : { id: found.entry.id, similarity: found.similarity, cell: cellOf(vector) };
    },
    async add(id, { bucket, ask, day }) {
      const old = byId.get(id);
      if (old !== undefined) drop(old);
      const entry = { id, bucket, vector: await embed(ask), facts: askFacts(ask), isOfToday: MOMENT.test(ask), day };
      byId.set(id, entry);
      const own = buckets.get(bucket);
      if (own === undefined) buckets.set(bucket, new Set([entry]));
      else own.add(entry);
      if (byId.size > mostEntries) drop(byId.values().next().value!); // there are many
    },
    async remove(id) {
      const entry = byId.get(id);
      if (entry !== undefined) drop(entry);
    },
    similarity: async (a, b) => dot(await embed(a), await embed(b)),
    size: async () => byId.size,
    close: async () => {
      byId.clear();
      buckets.clear();
    },
  };
}

/** Vectors have unit length, so this is their cosine; their length is a multiple of four. */
function dot(a: Float32Array, b: Float32Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  // Four sums, so that no addition waits for the one before.
  for (let i = 0; i < a.length; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  return s0 + s1 + s2 + s3;
}
