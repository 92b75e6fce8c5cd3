import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { NearAnswer, NearAnswers } from "../answer-cache.ts";
import type { CacheQuestion } from "../cache-question.ts";
import type { CacheStore } from "../cache-store.ts";
import type { AskIndex, PlacedAsk } from "./ask-index.ts";
import { createEvidence, type Evidence } from "./evidence.ts";
import { createKeptAsks } from "./kept-asks.ts";
import type { NearAsk } from "./near-ask.ts";
import { isSameAnswer } from "./same-answer.ts";

export interface NearDeps {
  readonly index: AskIndex;
  readonly store: Pick<CacheStore, "readEvidence" | "writeEvidence" | "read" | "write" | "remove">;
  readonly clock: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Longest wait for a lookup; a later one is a miss. */
  readonly patienceMs: number;
  readonly log: { warn(fields: object, message: string): void };
}

const MOST_OWNERS = 1_000;
const MOST_STORED_CELLS = 10_000;
const MOST_PLACES = 10_000;
const DAY_MS = 86_400_000;
const TOLD_EVERY_MS = 60_000;

interface Place {
  readonly sealingKey: Buffer;
  readonly partition: string;
  readonly route: string | null;
  readonly bucket: string;
}

export function createNearAnswers(deps: NearDeps): NearAnswers & { close(): Promise<void> } {
  const { index, store, clock, random, patienceMs, log } = deps;
  const owners = new LRUCache<string, Promise<Evidence>>({ max: MOST_OWNERS });
  /** Where the indexed answers lie; the index itself knows nothing of keys. */
  const places = new LRUCache<string, Place>({
    max: MOST_PLACES,
    dispose: (_place, id) => void index.remove(id).catch(failed),
  });
  const kept = createKeptAsks({ store, clock, onError: failed });
  const state = { lookups: 0, matches: 0, audits: 0, falseHits: 0, failures: 0 };
  let toldMs = Number.NEGATIVE_INFINITY;

  function failed(error: unknown): void {
    state.failures++;
    const nowMs = clock();
    if (nowMs - toldMs < TOLD_EVERY_MS) return;
    toldMs = nowMs;
    log.warn({ err: error }, "semantic caching fails or is slow; requests are answered without it");
  }

  function evidenceOf(owner: string): Promise<Evidence> {
    let known = owners.get(owner);
    if (known === undefined) {
      known = store.readEvidence(owner).then(createEvidence, (error: unknown) => {
        failed(error);
        return createEvidence(null);
      });
      owners.set(owner, known);
    }
    return known;
  }

  function placed({ ask, bucket }: NearAsk): PlacedAsk {
    return { ask, bucket, day: Math.floor(clock() / DAY_MS) };
  }

  /** What an earlier process kept beside this ask. */
  async function restore({ partition }: CacheQuestion, { bucket }: NearAsk): Promise<void> {
    const asks = await kept.restore(bucket);
    const found = kept.ownerOf(bucket);
    if (found === null || found.partition !== partition) return;
    for (const { id, sealingKey } of asks)
      places.set(id, { ...found, sealingKey: Buffer.from(sealingKey, "base64"), bucket });
    await Promise.all(asks.map(({ id, ask, day }) => index.add(id, { ask, bucket, day })));
  }

  async function lookUp(question: CacheQuestion, asked: NearAsk, isKept: boolean) {
    if (isKept) await restore(question, asked);
    return index.find(placed(asked));
  }

  async function note(owner: string, cell: number, similarity: number, isBad: boolean): Promise<void> {
    const evidence = await evidenceOf(owner);
    evidence.note(cell, similarity, isBad);
    state.audits++;
    if (isBad) state.falseHits++;
    await store.writeEvidence(owner, evidence.toText(), clock(), MOST_STORED_CELLS);
  }

  return {
    async find(question, { semantic }) {
      const asked = semantic === null ? null : question.near();
      if (semantic === null || asked === null || !isWanted(asked, semantic)) return null;
      state.lookups++;
      try {
        const owner = ownerOf(question);
        const [found, evidence] = await inTime(
          Promise.all([lookUp(question, asked, semantic.keepAsks), evidenceOf(owner)]),
          patienceMs,
        );
        const place = found === null ? undefined : places.get(found.id);
        if (found === null || place === undefined) return null;
        state.matches++;
        const { id, cell, similarity } = found;
        const isAudited = random() < semantic.auditRate;
        const noted = (isBad: boolean) => note(owner, cell, similarity, isBad).catch(failed);
        const answer: NearAnswer = {
          id,
          sealingKey: place.sealingKey,
          mayServe: evidence.allows(cell, similarity, semantic) && !isAudited,
          compare: (stored, fresh) =>
            void isSameAnswer(stored.result, fresh.result, (a, b) => index.similarity(a, b))
              .then((isSame) => noted(!isSame))
              .catch(failed),
          refute: () => void noted(true),
        };
        return answer;
      } catch (error) {
        failed(error);
        return null;
      }
    },
    add(question, answer, { semantic }) {
      const asked = semantic === null ? null : question.near();
      if (semantic === null || asked === null || !isWanted(asked, semantic)) return;
      places.set(question.id, {
        sealingKey: question.sealingKey,
        partition: answer.partition,
        route: answer.route,
        bucket: asked.bucket,
      });
      const { ask, day, bucket } = placed(asked);
      index.add(question.id, { ask, day, bucket }).catch(failed);
      if (!semantic.keepAsks) return;
      const { partition, route, expiresAtMs } = answer;
      const sealingKey = question.sealingKey.toString("base64");
      const one = { id: question.id, sealingKey, ask, day, expiresAtMs };
      restore(question, asked)
        .then(() => kept.keep(bucket, { partition, route }, one))
        .catch(failed);
    },
    remove(id) {
      const place = places.get(id);
      if (place !== undefined) kept.drop(place.bucket, id);
      places.delete(id);
    },
    clear({ partition, route }) {
      kept.clear({ partition, route });
      for (const [id, place] of [...places.entries()])
        if (
          (partition === undefined || place.partition === partition) &&
          (route === undefined || place.route === route)
        )
          places.delete(id);
    },
    get state() {
      return { ...state };
    },
    async close() {
      await kept.close();
      await index.close();
    },
  };
}

function isWanted(
  asked: NearAsk,
  { multiTurn, tools }: { readonly multiTurn: boolean; readonly tools: boolean },
): boolean {
  return (multiTurn || !asked.isLater) && (tools || !asked.hasTools);
}

/** What is learnt of one owner's asks on one route says nothing of another's. */
function ownerOf({ circumstances }: CacheQuestion): string {
  return createHash("sha256").update(`evidence ${circumstances}`).digest("hex").slice(0, 32);
}

async function inTime<Value>(promise: Promise<Value>, patienceMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`a lookup took longer than ${patienceMs} ms`)), patienceMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
