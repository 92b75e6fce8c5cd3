import { LRUCache } from "lru-cache";
import type { CachedAnswer } from "./cached-answer.ts";

/** Answers in memory, bounded by what they weigh; the least recently used go first. */
export interface MemoryTier {
  get(id: string, nowMs: number): CachedAnswer | null;
  /** Without counting as a use. */
  peek(id: string): CachedAnswer | null;
  set(id: string, answer: CachedAnswer): void;
  delete(id: string): void;
  /** @returns how many went */
  clear(matches: (answer: CachedAnswer) => boolean): number;
  readonly entries: number;
  readonly bytes: number;
}

export function createMemoryTier(maxBytes: number): MemoryTier {
  const answers = new LRUCache<string, CachedAnswer>({ maxSize: maxBytes, sizeCalculation: ({ size }) => size });
  return {
    get(id, nowMs) {
      const answer = answers.get(id);
      if (answer === undefined) return null;
      if (answer.expiresAtMs > nowMs) return answer;
      answers.delete(id);
      return null;
    },
    peek: (id) => answers.peek(id) ?? null,
    set: (id, answer) => void answers.set(id, answer),
    delete: (id) => void answers.delete(id),
    clear(matches) {
      const gone = [...answers.entries()].filter(([, answer]) => matches(answer));
      for (const [id] of gone) answers.delete(id);
      return gone.length;
    },
    get entries() {
      return answers.size;
    },
    get bytes() {
      return answers.calculatedSize;
    },
  };
}
