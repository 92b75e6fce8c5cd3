import type { Artifact } from "./artifact.ts";
import { type BatcherOptions, type BatcherStats, createBatcher, type Reading } from "./batcher.ts";
import type { Scoring } from "./decide.ts";

/** An artifact at work: it scores until it is retired, and is closed when its last request has its scores. */
export interface Serving {
  readonly artifact: Artifact;
  readonly stats: BatcherStats;
  /** Calls `done` once, perhaps before `submit` returns. */
  submit(reading: Reading, done: (scoring: Scoring) => void): void;
  /** Resolves once the last running request has ended and the artifact is closed. */
  retire(): Promise<void>;
}

export function startServing(artifact: Artifact, options: BatcherOptions): Serving {
  const batcher = createBatcher(artifact, options);
  let running = 0;
  let onIdle: (() => void) | null = null;
  return {
    artifact,
    stats: batcher.stats,
    submit(reading, done) {
      running++;
      batcher.submit(reading, (scoring) => {
        try {
          done(scoring);
        } finally {
          if (--running === 0) onIdle?.();
        }
      });
    },
    async retire() {
      if (running > 0) await new Promise<void>((resolve) => (onIdle = resolve));
      await artifact.close();
    },
  };
}
