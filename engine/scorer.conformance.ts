import { expect, it } from "vitest";
import { FEATURE_COUNT } from "./features.ts";
import { seededRng } from "./rng.ts";
import type { FeatureBatch, ScorerPlugin, ScorerSource } from "./scorer.ts";

/** What every scorer of engine/scorers/ must keep, on a file of its own kind over the real features. */
export function scorerConformance(plugin: ScorerPlugin, source: ScorerSource): void {
  const { modelCount, taskCount } = source;

  it("gives columns of the declared length, finite and in range", async () => {
    const scorer = await plugin.open(source);
    for (const count of [1, 2, 7]) {
      const scores = await scorer.score(batch(count));
      expect(scores.score.length).toBe(count * modelCount);
      expect(scores.spread.length).toBe(count * modelCount);
      expect(scores.outputTokens.length).toBe(count * modelCount);
      expect(scores.complexity.length).toBe(count);
      expect(scores.outOfDistribution.length).toBe(count);
      expect(scores.task.length).toBe(count * taskCount);
      for (const value of scores.score) expect(value >= 0 && value <= 1).toBe(true);
      for (const value of scores.spread) expect(value).toBeGreaterThanOrEqual(0);
      for (const value of scores.outputTokens) expect(value).toBeGreaterThan(0);
      for (const value of scores.outOfDistribution) expect(Number.isFinite(value)).toBe(true);
    }
    await scorer.close();
  });

  it("gives a prompt the same scores alone, in a batch and again", async () => {
    const scorer = await plugin.open(source);
    const together = await scorer.score(batch(5));
    const again = await scorer.score(batch(5));
    expect(again.score).toEqual(together.score);
    const { features } = batch(5);
    for (let row = 0; row < 5; row++) {
      const own = features.slice(row * FEATURE_COUNT, (row + 1) * FEATURE_COUNT);
      const alone = await scorer.score({ count: 1, features: own, ngrams: null, embedding: null });
      for (const [m, value] of alone.score.entries()) {
        expect(together.score[row * modelCount + m]).toBeCloseTo(value, 5);
      }
    }
    await scorer.close();
  });

  it("refuses bytes that are not its own", async () => {
    const bytes = new TextEncoder().encode("nothing of that kind");
    await expect(plugin.open({ ...source, bytes })).rejects.toMatchObject({ code: "artifact_corrupt" });
  });

  it("refuses a file of another number of models", async () => {
    await expect(plugin.open({ ...source, modelCount: modelCount + 1 })).rejects.toMatchObject({
      code: "artifact_mismatch",
    });
  });
}

function batch(count: number): FeatureBatch {
  const rng = seededRng(3);
  const features = Float32Array.from({ length: count * FEATURE_COUNT }, () => 4 * rng.next() - 2);
  return { count, features, ngrams: null, embedding: null };
}
