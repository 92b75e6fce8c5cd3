import { describe, expect, it } from "vitest";
import { renderDecision, traceDecision } from "./decision.ts";
import { loadPolicies } from "./index.ts";
import { replayDecision } from "./replay.ts";
import { RouteDecision } from "./schema/decision.ts";
import { DecisionTrace } from "./schema/decision-trace.ts";
import { RouteConfig } from "./schema/route-config.ts";
import type { ScoreBatch } from "./scorer.ts";
import { constantScores, fakeArtifact } from "./testing/fake-artifact.ts";
import { ask, TINY_CATALOG, TINY_ROUTE, tinyRouter } from "./testing/tiny-router.ts";

const NaNs = Number.NaN;

describe("deciding", () => {
  it("answers in the wire form, with every candidate when asked to explain", async () => {
    const router = await tinyRouter(fakeArtifact());
    const decision = await router.decide(ask());
    const rendered = RouteDecision.parse(renderDecision(decision, { explain: true }));
    expect(rendered.candidates?.map(({ model }) => model)).toEqual(["a/small", "a/medium", "b/large"]);
    expect(rendered).toMatchObject({ decision_id: "dec_1", task: "chat", policy: "quality-target", route: "default" });
    expect(rendered.complexity).toBeCloseTo(0.3, 6);
    expect(renderDecision(decision, { explain: false }).candidates).toBeUndefined();
  });

  it("reckons cost with predicted output tokens, real prices and the incumbent's cached tokens", async () => {
    const router = await tinyRouter(fakeArtifact());
    const plain = await router.decide(ask());
    const { inputTokens } = plain.facts;
    // by hand: tokens x micro-USD per million / 1000 is nano-USD; 100 output tokens were predicted
    expect(plain.incumbent.costNanoUsd).toBeCloseTo(inputTokens * 5000 + 100 * 20_000, 3);
    const cached = TINY_CATALOG.map((candidate) => ({
      ...candidate,
      price: candidate.price && { ...candidate.price, cacheReadMicroUsdPerMTok: 500_000 },
    }));
    const other = await tinyRouter(fakeArtifact(), { catalog: cached });
    const warm = await other.decide(ask(undefined, { cachedInputTokens: 3 }));
    expect(warm.incumbent.costNanoUsd).toBeCloseTo((inputTokens - 3) * 5000 + 3 * 500 + 100 * 20_000, 3);
    const elsewhere = await other.decide(ask(undefined, { cachedInputTokens: 3, cachedBy: "a/small" }));
    expect(elsewhere.incumbent.costNanoUsd).toBeCloseTo(inputTokens * 5000 + 100 * 20_000, 3);
  });

  it("gives the lower bound as 1.64 deviations below the expectation", async () => {
    const decision = await (await tinyRouter(fakeArtifact())).decide(ask());
    expect(decision.facts.candidates[0]?.qualityLow).toBeCloseTo(0.6 - 1.64 * 0.05, 6);
  });

  it("obeys the first matching rule before the policy, if its target can serve", async () => {
    const rules = [
      { when: { "metadata.feature": "summary" }, use: "c/unheard-of" },
      { when: { inputTokensOver: 0 }, use: "a/medium" },
    ];
    const router = await tinyRouter(fakeArtifact(), { route: { rules } });
    const summary = await router.decide(ask("hello", { metadata: { feature: "summary" } }));
    expect([summary.chosen.candidateId, summary.reason]).toEqual(["c/unheard-of", "rule"]);
    const other = await router.decide(ask("hello", { metadata: { feature: "chat" } }));
    expect([other.chosen.candidateId, other.reason]).toEqual(["a/medium", "rule"]);
    const restricted = await router.decide(ask("hello", { candidates: ["a/small"] }));
    expect([restricted.chosen.candidateId, restricted.reason]).toEqual(["a/small", "only_candidate"]);
  });

  it("never lets the policy choose who is unknown, unproven or without a price, but shows them", async () => {
    const manifest = fakeArtifact().manifest;
    const models = manifest.models.map((model) => ({ ...model, eligible: model.model !== "small" }));
    const router = await tinyRouter(fakeArtifact({ manifest: { models } }), {
      route: {
        candidates: TINY_CATALOG.map(({ candidateId }) => candidateId),
        policy: { name: "cost-penalty", nanoUsdPerQuality: 1 },
      },
    });
    const decision = await router.decide(ask());
    expect(Object.fromEntries(decision.facts.candidates.map((c) => [c.candidateId, c.excluded]))).toEqual({
      "a/small": "not_yet_eligible",
      "a/medium": null,
      "b/large": null,
      "c/unheard-of": "unknown_to_router",
      "b/unpriced": "price_unknown",
    });
    expect(decision.chosen.candidateId).toBe("a/medium");
  });

  it("keeps an incumbent that the router knows nothing of, since nothing can be promised against it", async () => {
    const router = await tinyRouter(fakeArtifact(), { route: { incumbent: "c/unheard-of" } });
    const decision = await router.decide(ask());
    expect([decision.chosen.candidateId, decision.reason]).toEqual(["c/unheard-of", "incumbent"]);
    expect(renderDecision(decision, { explain: false })).toMatchObject({ quality: null, cost_usd: null });
  });

  it("leaves out who is too dear or below the floor, and says when nobody reaches the floor", async () => {
    const router = await tinyRouter(fakeArtifact(), {
      route: { policy: { name: "cost-penalty", nanoUsdPerQuality: 1 } },
    });
    const floored = await router.decide(ask(undefined, { qualityFloor: 0.6 }));
    expect(floored.chosen.candidateId).toBe("a/medium");
    expect(floored.facts.candidates[0]?.excluded).toBe("below_quality_floor");
    const unmet = await router.decide(ask(undefined, { qualityFloor: 0.99 }));
    expect([unmet.chosen.candidateId, unmet.reason]).toEqual(["b/large", "quality_floor_unmet"]);
    const cheap = await router.decide(ask(undefined, { qualityFloor: 0.99, maxCostNanoUsd: 450_000 }));
    expect([cheap.chosen.candidateId, cheap.reason]).toEqual(["a/medium", "quality_floor_unmet"]);
    await expect(router.decide(ask(undefined, { maxCostNanoUsd: 1 }))).rejects.toMatchObject({
      code: "no_candidate",
      message: expect.stringContaining("a/small: over_max_cost"),
    });
  });

  it.each([
    { asked: { route: "nowhere" }, code: "invalid_request", place: "route" },
    { asked: { candidates: ["a/small", "x/y"] }, code: "unknown_model", place: "candidates.1" },
    { asked: { policy: "wisest" }, code: "unknown_policy", place: "policy" },
    { asked: { policy: "cost-penalty" }, code: "invalid_request", place: "policy" },
  ])("refuses $asked with $code", async ({ asked, code, place }) => {
    const router = await tinyRouter(fakeArtifact());
    await expect(router.decide(ask("hello", asked))).rejects.toMatchObject({ code, place });
  });

  it("takes another policy for one request, with or without options", async () => {
    const router = await tinyRouter(fakeArtifact());
    expect((await router.decide(ask("hello", { policy: "always" }))).chosen.candidateId).toBe("b/large");
    const policy = { name: "always", candidate: "a/medium" };
    expect((await router.decide(ask("hello", { policy }))).chosen.candidateId).toBe("a/medium");
    expect((await router.decide(ask("hello"))).policy.name).toBe("quality-target");
  });

  it.each([
    { route: { candidates: ["x/y"] }, place: "routes.default.candidates.0" },
    { route: { incumbent: "x/y" }, place: "routes.default.incumbent" },
    { route: { rules: [{ when: {}, use: "x/y" }] }, place: "routes.default.rules.0.use" },
  ])("refuses a config with an unknown model at $place", async ({ route, place }) => {
    await expect(tinyRouter(fakeArtifact(), { route })).rejects.toMatchObject({ code: "unknown_model", place });
  });
});

describe("the router never breaks a request:", () => {
  const outcome = async (score: () => Promise<ScoreBatch>, scoreTimeoutMs = 20) => {
    const warned: object[] = [];
    const log = { warn: (fields: object) => void warned.push(fields) };
    const router = await tinyRouter(fakeArtifact({ score }), { scoreTimeoutMs, log });
    const { chosen, reason, facts } = await router.decide(ask());
    return { model: chosen.candidateId, reason, scoring: facts.scoring, warned: warned.length, stats: router.stats };
  };

  it("a scorer that fails leaves it to the incumbent, is logged and counted", async () => {
    const failed = await outcome(async () => {
      throw new Error("no memory");
    });
    expect(failed).toMatchObject({ model: "b/large", reason: "scorer_failed", scoring: "failed", warned: 1 });
    expect(failed.stats.byReason.scorer_failed).toBe(1);
  });

  it("a scorer that never answers leaves it to the incumbent when the time is up", async () => {
    expect(await outcome(() => new Promise(() => {}), 5)).toMatchObject({ model: "b/large", reason: "scorer_timeout" });
  });

  it("scores that are no numbers count as a failure", async () => {
    const broken = async () => constantScores(1, { score: Float32Array.of(0.5, NaNs, 0.5) });
    expect(await outcome(broken)).toMatchObject({ model: "b/large", reason: "scorer_failed" });
  });

  it("a prompt far from training leaves it to the incumbent", async () => {
    const far = async () => constantScores(1, { outOfDistribution: Float32Array.of(2e9) });
    expect(await outcome(far)).toMatchObject({ model: "b/large", reason: "out_of_distribution" });
  });

  it("a prompt far from training is still asked of two models whose answers are compared, for that needs no training", async () => {
    const score = async () => constantScores(1, { outOfDistribution: Float32Array.of(2e9) });
    const agreement = { ask: ["a/small", "a/medium"], else: "b/large" };
    const route = { policy: { name: "cascade", agreement } } as const;
    const router = await tinyRouter(fakeArtifact({ score }), { route });
    const asked = await router.decide(ask("Calculate 17 * 3."));
    expect(renderDecision(asked, { explain: false })).toMatchObject({
      reason: "cascade_first",
      out_of_distribution: true,
      plan: { rule: "agreement", first: ["a/small", "a/medium"], max_calls: 3 },
    });
    expect(replayDecision(traceDecision(asked), await loadPolicies())).toMatchObject({ reason: "cascade_first" });
    // Free text is never compared, and expectations say nothing of it.
    const poem = renderDecision(await router.decide(ask("Write a poem.")), { explain: false });
    expect(poem).toMatchObject({ reason: "out_of_distribution", plan: null });
  });

  it("an incumbent that cannot serve gives way to the first that can", async () => {
    const catalog = TINY_CATALOG.map((c) => (c.candidateId === "b/large" ? { ...c, contextTokens: 1 } : c));
    const score = () => Promise.reject(new Error("no memory"));
    const router = await tinyRouter(fakeArtifact({ score }), { catalog });
    expect((await router.decide(ask())).chosen.candidateId).toBe("a/small");
  });

  it("a policy that throws leaves it to the incumbent", async () => {
    // epsilon around a policy that draws lots is refused when it decides
    const policy = { name: "exploring", policy: { name: "random" } };
    const router = await tinyRouter(fakeArtifact(), { route: { policy } });
    const decision = await router.decide(ask());
    expect([decision.chosen.candidateId, decision.reason]).toEqual(["b/large", "policy_failed"]);
  });

  it("a result that is there although the process was busy past the timeout still counts", async () => {
    const router = await tinyRouter(fakeArtifact(), { scoreTimeoutMs: 5 });
    const deciding = router.decide(ask());
    const until = performance.now() + 30;
    while (performance.now() < until);
    expect((await deciding).facts.scoring).toBe("done");
  });
});

describe("batching", () => {
  it("scores the requests of one turn together, up to the limit, and gives each its own scores", async () => {
    const artifact = fakeArtifact({
      score: async ({ count, features }) =>
        constantScores(count, {
          complexity: Float32Array.from({ length: count }, (_, i) => features[(i * features.length) / count]! % 1),
        }),
    });
    const router = await tinyRouter(artifact, { maxBatch: 4 });
    const prompts = ["a", "bb bb bb", "c c c c c c", "what?", "Prove that 2 > 1.", "x".repeat(500)];
    const together = await Promise.all(prompts.map((prompt) => router.decide(ask(prompt))));
    expect(artifact.calls).toEqual([4, 2]);
    for (const [i, prompt] of prompts.entries()) {
      const alone = await router.decide(ask(prompt));
      expect(alone.facts.complexity).toBe(together[i]?.facts.complexity);
    }
    expect(router.stats).toMatchObject({ decisions: 12, batches: 8, scored: 12 });
  });

  it("decides many in order, and one error does not touch the others", async () => {
    const router = await tinyRouter(fakeArtifact(), { maxBatch: 2 });
    const decided = await router.decideMany([ask("one"), ask("two", { route: "nowhere" }), ask("three")]);
    expect(decided.map((one) => ("code" in one ? one.code : one.decisionId))).toEqual([
      "dec_1",
      "invalid_request",
      "dec_2",
    ]);
  });

  it("asks the text encoder for each text alone and passes its vectors on in order", async () => {
    const seen: number[][] = [];
    const manifest = { ...fakeArtifact().manifest };
    const encoder = { name: "e", digest: "0".repeat(64), dimensions: 1 };
    const artifact = fakeArtifact({
      manifest: { ...manifest, tier: "full", features: { ...manifest.features, encoder } },
      embedder: {
        dimensions: 1,
        digest: "",
        embed: async (text) => Float32Array.of(text.length),
        close: async () => {},
      },
      score: async ({ count, embedding }) => {
        seen.push([...embedding!]);
        return constantScores(count);
      },
    });
    const router = await tinyRouter(artifact);
    await Promise.all([router.decide(ask("abc")), router.decide(ask("abcdef"))]);
    expect(seen).toHaveLength(1);
    expect(seen[0]![1]! - seen[0]![0]!).toBe(3);
  });
});

describe("swapping artifacts", () => {
  it("drops no request, and closes the old one after its last call", async () => {
    const release: (() => void)[] = [];
    const slow = fakeArtifact({
      manifest: { version: "old" },
      score: ({ count }) => new Promise((resolve) => release.push(() => resolve(constantScores(count)))),
    });
    const router = await tinyRouter(slow, { scoreTimeoutMs: 10_000 });
    const before = router.decide(ask());
    await new Promise(setImmediate);
    const swapped = router.swap(fakeArtifact({ manifest: { version: "new" } }));
    const after = await router.decide(ask());
    expect(after.router.version).toBe("new");
    expect(slow.isClosed).toBe(false);
    for (const go of release) go();
    expect((await before).router.version).toBe("old");
    await swapped;
    expect(slow.isClosed).toBe(true);
  });

  it("loses nothing under steady load over many swaps", async () => {
    let now = fakeArtifact();
    const router = await tinyRouter(now);
    const decisions: Promise<{ reason: string }>[] = [];
    for (let i = 0; i < 200; i++) {
      decisions.push(router.decide(ask(`prompt ${i}`)));
      if (i % 20 === 19) {
        now = fakeArtifact({ manifest: { version: String(i) } });
        await Promise.all([router.swap(now), new Promise(setImmediate)]);
      }
    }
    const reasons = (await Promise.all(decisions)).map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason.startsWith("scorer"))).toEqual([]);
    expect(router.stats.decisions).toBe(200);
    await router.close();
    expect(now.isClosed).toBe(true);
  });

  it("takes a new config over, or keeps the old one when it is faulty", async () => {
    const router = await tinyRouter(fakeArtifact());
    const route = (change: object) => ({ default: RouteConfig.parse({ ...TINY_ROUTE, ...change }) });
    expect(() => router.reconfigure({ catalog: TINY_CATALOG, routes: route({ incumbent: "x/y" }) })).toThrow(/x\/y/);
    expect((await router.decide(ask())).incumbent.candidateId).toBe("b/large");
    router.reconfigure({ catalog: TINY_CATALOG, routes: route({ incumbent: "a/medium" }) });
    expect((await router.decide(ask())).incumbent.candidateId).toBe("a/medium");
  });

  it("carries a policy's spending over", async () => {
    const router = await tinyRouter(fakeArtifact(), { route: { policy: { name: "budget-pacing", budgetUsd: 10 } } });
    const decision = await router.decide(ask());
    router.settle(decision, 123_456);
    await router.swap(fakeArtifact());
    expect((await router.decide(ask())).policyFacts.spentNanoUsd).toBe(123_456);
  });
});

describe("replay", async () => {
  const policies = await loadPolicies();

  it.each([
    { name: "quality-target" },
    { name: "cluster-mean" },
    { name: "knn", neighbours: 5 },
    { name: "random" },
    { name: "exploring", epsilon: 0.5 },
    { name: "budget-pacing", budgetUsd: 0.01 },
    { name: "cascade" },
    { name: "threshold", strong: "b/large", weak: "a/small", strongRate: 0.5 },
  ])("makes a stored decision of $name again, without artifact, catalogue or calibration rows", async (policy) => {
    const score = async ({ count, features }: { count: number; features: Float32Array }) =>
      constantScores(count, {
        score: Float32Array.from({ length: count * 3 }, (_, i) => 0.3 + 0.2 * (i % 3) + (features[i % 7]! % 0.2)),
      });
    const router = await tinyRouter(fakeArtifact({ score }), { route: { policy } });
    for (let i = 0; i < 30; i++) {
      const decision = await router.decide(ask("word ".repeat(1 + i * 3), i % 5 === 0 ? { qualityFloor: 0.5 } : {}));
      const stored = DecisionTrace.parse(JSON.parse(JSON.stringify(traceDecision(decision))));
      const again = replayDecision(stored, policies);
      expect(again).toMatchObject({
        chosen: decision.choice.chosen,
        reason: decision.reason,
        propensity: decision.propensity,
      });
      router.settle(decision, 200_000);
    }
  });

  it("replays rules, failures and floors too, and keeps a digest of the features but no text", async () => {
    const router = await tinyRouter(fakeArtifact(), {
      route: { rules: [{ when: { "metadata.x": 1 }, use: "a/medium" }] },
    });
    for (const asked of [{ metadata: { x: 1 } }, { qualityFloor: 0.99 }, { candidates: ["a/small"] }]) {
      const decision = await router.decide(ask("a secret prompt", asked));
      const trace = traceDecision(decision);
      expect(replayDecision(trace, policies)).toMatchObject({ chosen: trace.chosen, reason: trace.reason });
      expect(trace.featuresDigest).toMatch(/^[0-9a-f]{64}$/);
      expect(JSON.stringify(trace)).not.toContain("secret");
    }
  });
});
