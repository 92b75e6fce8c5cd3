import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StoredAnswer } from "./cache/cache-store.ts";
import type { RetrainRun } from "./retrain/retrain-store.ts";
import type { Storage, StorageOptions, StoredDecision } from "./storage.ts";

/** How a backend lets the suite open the same database again. */
export interface StorageHarness {
  open(options?: StorageOptions): Promise<Storage>;
  destroy(): Promise<void>;
}

export function storedDecision(index: number, fields: Partial<StoredDecision> = {}): StoredDecision {
  return {
    decisionId: `dec_${String(index).padStart(6, "0")}`,
    createdAtMs: 1_700_000_000_000 + index,
    route: "default",
    keyId: null,
    sessionId: null,
    model: "openai/gpt-4o-mini",
    policy: "quality-target",
    reason: "cheapest_meeting_target",
    propensity: 1,
    routerName: "default",
    routerVersion: "1",
    quality: 0.9,
    costNanoUsd: 213_000,
    incumbentModel: "openai/gpt-4o",
    incumbentCostNanoUsd: 3_100_000_000_000,
    outOfDistribution: false,
    answer: '{"model":"openai/gpt-4o-mini"}',
    trace: "{}",
    ...fields,
  };
}

function storedAnswer(index: number, fields: Partial<StoredAnswer> = {}): StoredAnswer {
  return {
    id: Buffer.alloc(32, index),
    partition: "a",
    route: null,
    storedAtMs: 0,
    expiresAtMs: 9_000,
    sealed: Buffer.from("sealed"),
    ...fields,
  };
}

function retrainRun(index: number, fields: Partial<RetrainRun> = {}): RetrainRun {
  return {
    runId: `run_${index}`,
    route: "default",
    router: "default",
    serving: "1",
    trigger: "api",
    dueAtMs: null,
    state: "running",
    stage: "begin",
    startedAtMs: 1_000 + index,
    endedAtMs: null,
    sinceMs: 0,
    holder: "somebody",
    candidate: null,
    because: null,
    comparison: null,
    dismissedAtMs: null,
    ...fields,
  };
}

/** What every backend must do. */
export function describeStorage(name: string, harness: () => Promise<StorageHarness>): void {
  describe(`storage ${name}`, () => {
    let opened: StorageHarness;
    let storage: Storage;

    beforeEach(async () => {
      opened = await harness();
      storage = await opened.open();
    });
    afterEach(async () => {
      await storage.close();
      await opened.destroy();
    });

    it("gives a decision back at once and unchanged", async () => {
      const decision = storedDecision(1, { quality: null, sessionId: "s", keyId: "k", outOfDistribution: true });
      expect(storage.appendDecision(decision)).toBe(true);
      expect(await storage.findDecision(decision.decisionId)).toEqual(decision);
      expect(await storage.findDecision("dec_none")).toBeNull();
    });

    it("keeps what was written when it is closed and opened again", async () => {
      for (let i = 0; i < 300; i++) storage.appendDecision(storedDecision(i));
      await storage.putSetting("colour", "blue");
      await storage.close();
      storage = await opened.open();
      expect((await storage.pageDecisions({ limit: 1000 })).rows).toHaveLength(300);
      expect(await storage.readSetting("colour")).toBe("blue");
    });

    it("writes without being asked, soon", async () => {
      storage.appendDecision(storedDecision(1));
      await expect.poll(() => storage.state().written, { interval: 5 }).toBe(1);
    });

    it("keeps cached answers, gives none that has expired, and replaces one of the same question", async () => {
      const answer = storedAnswer(1, { expiresAtMs: 2_000 });
      await storage.cache.write([answer, storedAnswer(2)], 1_000);
      expect(await storage.cache.read(answer.id, 1_999)).toEqual(answer);
      expect(await storage.cache.read(answer.id, 2_000)).toBeNull();
      await storage.cache.write([storedAnswer(2, { sealed: Buffer.from("newer") })], 1_001);
      await storage.close();
      storage = await opened.open();
      expect((await storage.cache.read(storedAnswer(2).id, 1_999))?.sealed).toEqual(Buffer.from("newer"));
      await storage.cache.remove([storedAnswer(2).id]);
      expect(await storage.cache.read(storedAnswer(2).id, 1_999)).toBeNull();
    });

    it("trims cached answers to a size: first the expired, then the least recently used", async () => {
      const sealed = Buffer.alloc(100);
      for (let i = 0; i < 5; i++)
        await storage.cache.write([storedAnswer(i, { sealed, expiresAtMs: i === 4 ? 50 : 9_000 })], i);
      await storage.cache.touch([storedAnswer(0).id], 10);
      expect(await storage.cache.trim(60, 1_000, 100)).toEqual({ entries: 4, bytes: 400 });
      expect(await storage.cache.trim(60, 250, 100)).toEqual({ entries: 2, bytes: 200 });
      const left = await Promise.all([0, 1, 2, 3].map((i) => storage.cache.read(storedAnswer(i).id, 60)));
      expect(left.map((one) => one !== null)).toEqual([true, false, false, true]);
    });

    it("clears cached answers of one owner or one route alone", async () => {
      await storage.cache.write([storedAnswer(1), storedAnswer(2, { partition: "b" })], 0);
      await storage.cache.write([storedAnswer(3, { partition: "b", route: "other" })], 0);
      expect(await storage.cache.clear({ partition: "b", route: "other" })).toBe(1);
      expect(await storage.cache.clear({ partition: "b" })).toBe(1);
      expect(await storage.cache.clear({})).toBe(1);
    });

    it("keeps the most recent evidence of the cache", async () => {
      for (let i = 0; i < 4; i++) await storage.cache.writeEvidence(`cell${i}`, `{"n":${i}}`, i, 2);
      await storage.cache.writeEvidence("cell3", "{}", 5, 2);
      expect(await storage.cache.readEvidence("cell3")).toBe("{}");
      expect(await storage.cache.readEvidence("cell2")).toBe('{"n":2}');
      expect(await storage.cache.readEvidence("cell1")).toBeNull();
    });

    it("pages newest first, each row once, to the end", async () => {
      for (let i = 0; i < 25; i++)
        storage.appendDecision(storedDecision(i, { route: i % 5 === 0 ? "other" : "default" }));
      const seen: string[] = [];
      let before: string | undefined;
      let pages = 0;
      do {
        const page = await storage.pageDecisions({ limit: 10, before });
        seen.push(...page.rows.map((row) => row.decisionId));
        before = page.nextCursor ?? undefined;
        pages++;
      } while (before !== undefined);
      expect(pages).toBe(3);
      expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => storedDecision(24 - i).decisionId));
      expect((await storage.pageDecisions({ limit: 10, route: "other" })).rows).toHaveLength(5);
      expect((await storage.pageDecisions({ limit: 10, sinceMs: 1_700_000_000_020 })).rows).toHaveLength(5);
    });

    it("drops and counts what a full queue cannot take, and never grows beyond it", async () => {
      await storage.close();
      storage = await opened.open({ queueCapacity: 10, flushDelayMs: 60_000 });
      const taken = Array.from({ length: 12 }, (_, i) => storage.appendDecision(storedDecision(i)));
      expect(taken.filter(Boolean)).toHaveLength(10);
      expect(storage.state()).toMatchObject({ queued: 10, dropped: 2 });
    });

    it("keeps one feedback a decision and source, the last one", async () => {
      const feedback = { decisionId: "dec_1", source: "user", score: 1, comment: null, keyId: null, atMs: 1 } as const;
      expect(await storage.putFeedback(feedback)).toBe("created");
      expect(await storage.putFeedback({ ...feedback, atMs: 2 })).toBe("unchanged");
      expect(await storage.putFeedback({ ...feedback, score: 0.5, atMs: 3 })).toBe("updated");
      expect(await storage.putFeedback({ ...feedback, source: "judge", atMs: 4 })).toBe("created");
      expect(await storage.feedbackOf("dec_1")).toMatchObject([
        { source: "judge", score: 1 },
        { source: "user", score: 0.5, atMs: 3 },
      ]);
    });

    it("loses nothing when several connections write at once", async () => {
      const others = await Promise.all([1, 2, 3].map(() => opened.open({ flushDelayMs: 1 })));
      for (let i = 0; i < 400; i++) others[i % 3]?.appendDecision(storedDecision(i));
      await Promise.all(
        others.map((other, i) =>
          other.putFeedback({ decisionId: "dec_1", source: "user", score: i / 4, comment: null, keyId: null, atMs: i }),
        ),
      );
      await Promise.all(others.map((other) => other.close()));
      expect((await storage.pageDecisions({ limit: 1000 })).rows).toHaveLength(400);
      expect(await storage.feedbackOf("dec_1")).toHaveLength(1);
    });

    it("lets one run at a time learn a router, whoever begins it, and one each due moment", async () => {
      const other = await opened.open();
      expect(await storage.retrains.begin(retrainRun(1, { dueAtMs: 500 }))).toBeNull();
      expect((await other.retrains.begin(retrainRun(2)))?.runId).toBe("run_1");
      expect(await other.retrains.begin(retrainRun(3, { router: "another", route: "elsewhere" }))).toBeNull();
      const end = { state: "proposed", endedAtMs: 9, candidate: "2", because: "better", comparison: null } as const;
      expect(await other.retrains.end("run_1", end)).toBe(true);
      // It has ended: who comes later does not change how.
      expect(await storage.retrains.end("run_1", { ...end, state: "died" })).toBe(false);
      expect(await storage.retrains.find("run_1")).toMatchObject({ ...end, dueAtMs: 500 });
      expect((await other.retrains.begin(retrainRun(4, { dueAtMs: 500 })))?.runId).toBe("run_1");
      expect(await other.retrains.begin(retrainRun(5))).toBeNull();
      expect(await storage.retrains.lastScheduled("default")).toBe(1_001);
      expect((await storage.retrains.running()).map(({ runId }) => runId).sort()).toEqual(["run_3", "run_5"]);
      expect(await storage.retrains.dismiss("run_5", 10)).toBe(false);
      expect(await storage.retrains.dismiss("run_1", 10)).toBe(true);
      expect((await storage.retrains.list("default", 5)).map(({ runId }) => runId)).toEqual(["run_5", "run_1"]);
      await other.close();
    });

    it("lets one of several first writers of a setting win", async () => {
      const other = await opened.open();
      const first = await storage.putSettingOnce("admin", "a");
      expect(await other.putSettingOnce("admin", "b")).toBe(first);
      await other.close();
    });

    it("prunes what is older, a bounded number at a time", async () => {
      for (let i = 0; i < 30; i++) storage.appendDecision(storedDecision(i));
      await storage.flush();
      expect(await storage.prune(1_700_000_000_020, 15)).toBe(15);
      expect(await storage.prune(1_700_000_000_020, 15)).toBe(5);
      expect((await storage.pageDecisions({ limit: 100 })).rows).toHaveLength(10);
    });
  });
}
