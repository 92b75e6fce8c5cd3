import type { Artifact } from "./artifact.ts";
import type { Conversation } from "./conversation.ts";
import type { Scoring } from "./decide.ts";
import { encoderText, FEATURE_COUNT, featurize } from "./features.ts";
import { type HashedNgrams, hashNgrams } from "./ngrams.ts";
import type { FeatureBatch, ScoreBatch } from "./scorer.ts";

/** What the scorer sees of one conversation. */
export interface Reading {
  readonly conversation: Conversation;
  /** [FEATURE_COUNT] */
  readonly features: Float32Array;
  readonly ngrams: HashedNgrams | null;
  /** Filled in by the batcher when the artifact has a text encoder. */
  embedding: Float32Array | null;
}

export interface BatcherOptions {
  /** Most requests scored in one call; 1 scores each alone. */
  readonly maxBatch: number;
  /** A request that waits longer for its scores is told `timeout`. */
  readonly timeoutMs: number;
}

export interface BatcherStats {
  readonly batches: number;
  readonly scored: number;
}

export interface Batcher {
  /** Calls `done` once, perhaps before `submit` returns. */
  submit(reading: Reading, done: (scoring: Scoring) => void): void;
  readonly stats: BatcherStats;
}

interface Waiting {
  readonly reading: Reading;
  readonly done: (scoring: Scoring) => void;
  readonly sinceMs: number;
}

/** Cheap features and n-grams of a conversation, as the artifact wants them. Synchronous, linear in length. */
export function readConversation(conversation: Conversation, { manifest }: Artifact): Reading {
  const features = new Float32Array(FEATURE_COUNT);
  featurize(conversation, features, 0);
  const spec = manifest.features.ngrams;
  return { conversation, features, ngrams: spec === null ? null : hashNgrams(conversation, spec), embedding: null };
}

/**
 * Scores a request at once where the scorer can; else it gathers those of a turn of the event loop and scores them in one
 * call.
 */
export function createBatcher(artifact: Artifact, { maxBatch, timeoutMs }: BatcherOptions): Batcher {
  const stats = { batches: 0, scored: 0 };
  const { scoreNow } = artifact.scorer;
  const waiting = new Set<Waiting>();
  let queue: Waiting[] = [];
  let timer: NodeJS.Timeout | null = null;

  function settle(item: Waiting, scoring: Scoring): void {
    if (waiting.delete(item)) item.done(scoring);
  }

  function enqueue(item: Waiting): void {
    if (!waiting.has(item)) return;
    if (scoreNow !== undefined) settle(item, scoreAlone(item.reading, scoreNow));
    else if (queue.push(item) === 1) setImmediate(flush);
  }

  function scoreAlone(reading: Reading, score: (batch: FeatureBatch) => ScoreBatch): Scoring {
    stats.batches++;
    stats.scored++;
    try {
      return { kind: "done", scores: score(packBatch([reading], artifact)), row: 0, count: 1 };
    } catch (error) {
      return { kind: "failed", error };
    }
  }

  function flush(): void {
    const items = queue;
    queue = [];
    for (let from = 0; from < items.length; from += maxBatch) scoreTogether(items.slice(from, from + maxBatch));
  }

  function scoreTogether(items: readonly Waiting[]): void {
    stats.batches++;
    stats.scored += items.length;
    const fail = (error: unknown) => {
      for (const item of items) settle(item, { kind: "failed", error });
    };
    let scored: ReturnType<Artifact["scorer"]["score"]>;
    try {
      scored = artifact.scorer.score(
        packBatch(
          items.map(({ reading }) => reading),
          artifact,
        ),
      );
    } catch (error) {
      fail(error);
      return;
    }
    scored.then((scores) => {
      for (let row = 0; row < items.length; row++) {
        settle(items[row]!, { kind: "done", scores, row, count: items.length });
      }
    }, fail);
  }

  /** One timer for all: they wait equally long, so the oldest is the next to be late. */
  function watch(): void {
    const oldest = waiting.values().next().value;
    if (oldest === undefined) {
      timer = null;
      return;
    }
    timer = setTimeout(expire, Math.max(1, oldest.sinceMs + timeoutMs - performance.now()));
  }

  /** Scores that are ready but could not be delivered because the process was busy still count: hence the extra turns. */
  function expire(): void {
    setImmediate(() => {
      setImmediate(() => {
        const limit = performance.now() - timeoutMs;
        for (const item of waiting) {
          if (item.sinceMs > limit) break;
          settle(item, { kind: "timeout" });
        }
        watch();
      });
    });
  }

  return {
    stats,
    submit(reading, done) {
      if (scoreNow !== undefined && artifact.embedder === null) {
        done(scoreAlone(reading, scoreNow));
        return;
      }
      const item: Waiting = { reading, done, sinceMs: performance.now() };
      waiting.add(item);
      if (timer === null) watch();
      if (artifact.embedder === null) {
        enqueue(item);
        return;
      }
      artifact.embedder.embed(encoderText(reading.conversation)).then(
        (embedding) => {
          reading.embedding = embedding;
          enqueue(item);
        },
        (error: unknown) => settle(item, { kind: "failed", error }),
      );
    },
  };
}

function packBatch(readings: readonly Reading[], { manifest }: Artifact): FeatureBatch {
  const count = readings.length;
  const { ngrams, encoder } = manifest.features;
  const features = count === 1 ? readings[0]!.features : new Float32Array(count * FEATURE_COUNT);
  if (count > 1) readings.forEach((reading, row) => void features.set(reading.features, row * FEATURE_COUNT));
  return {
    count,
    features,
    ngrams: ngrams === null ? null : packNgrams(readings),
    embedding: encoder === null ? null : packEmbeddings(readings, encoder.dimensions),
  };
}

/** Rows padded to the longest with row 0 at weight 0. */
function packNgrams(readings: readonly Reading[]): NonNullable<FeatureBatch["ngrams"]> {
  const [first] = readings;
  if (readings.length === 1 && first!.ngrams!.ids.length > 0) {
    const { ids, weights } = first!.ngrams!;
    return { terms: ids.length, ids, weights };
  }
  let terms = 1;
  for (const reading of readings) terms = Math.max(terms, reading.ngrams!.ids.length);
  const ids = new Int32Array(readings.length * terms);
  const weights = new Float32Array(readings.length * terms);
  readings.forEach((reading, row) => {
    ids.set(reading.ngrams!.ids, row * terms);
    weights.set(reading.ngrams!.weights, row * terms);
  });
  return { terms, ids, weights };
}

function packEmbeddings(readings: readonly Reading[], dimensions: number): Float32Array {
  const packed = new Float32Array(readings.length * dimensions);
  readings.forEach((reading, row) => void packed.set(reading.embedding!, row * dimensions));
  return packed;
}
