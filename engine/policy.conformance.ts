import { describe, expect, it } from "vitest";
import type { PolicyChoice, PolicyInput, PolicyPlugin, ReadyPolicy } from "./policy.ts";
import { type Policies, readyPolicy, restorePolicy } from "./ready-policy.ts";
import { seededRng } from "./rng.ts";
import { DecisionReason } from "./schema/decision.ts";
import type { PolicyConfig } from "./schema/route-config.ts";
import { makeCalibration, makeInput } from "./testing/policy-inputs.ts";

const REQUESTS = 60;

/** What every policy of engine/policies/ must keep; run by policy.test.ts for each file of the folder. */
export function policyConformance(plugin: PolicyPlugin, policies: Policies): void {
  const configs = (plugin.examples ?? [{}]).map((example) => ({ name: plugin.name, ...(example as object) }));
  describe.each(configs.map((config) => ({ config, title: JSON.stringify(config) })))("$title", ({ config }) => {
    it.each([
      { name: "with calibration rows", calibration: makeCalibration({ rows: 200 }) },
      { name: "with half of the labels", calibration: makeCalibration({ rows: 200, observedRate: 0.5 }) },
      { name: "without labels", calibration: makeCalibration({ rows: 50, observedRate: 0 }) },
      { name: "with one row", calibration: makeCalibration({ rows: 1 }) },
      { name: "without the incumbent", calibration: { ...makeCalibration({ rows: 100 }), incumbent: -1 } },
      {
        name: "without tasks",
        calibration: { ...makeCalibration({ rows: 100 }), tasks: 0, task: new Float32Array(0) },
      },
      { name: "without calibration rows", calibration: null },
    ])("chooses soundly $name", ({ calibration }) => {
      const ready = readyPolicy(policies, config, calibration);
      for (const value of Object.values(ready.facts)) expect(Number.isFinite(value)).toBe(true);
      for (const input of requests()) expectSound(ready, input);
    });

    it("chooses alike for the same request and generator", () => {
      const [one, two] = [1, 2].map(() => readyPolicy(policies, config, makeCalibration({ rows: 200 })));
      const first = requests().map((input) => one!.decide(input));
      expect(requests().map((input) => two!.decide(input))).toEqual(first);
    });

    it("is the same again from its facts and its stored estimates", () => {
      const ready = readyPolicy(policies, config, makeCalibration({ rows: 200 }));
      settleSome(ready);
      const restored = restorePolicy(policies, config, JSON.parse(JSON.stringify(ready.facts)));
      requests().forEach((input, i) => {
        const estimates = ready.estimate?.(input);
        const offer = ready.offer?.(input) ?? null;
        const again = requests()[i]!;
        expect(restored.decide(again, estimates, offer)).toEqual(ready.decide(input, estimates, offer));
      });
    });

    it("takes part of its candidates, or one, or others than it was made for", () => {
      const ready = readyPolicy(policies, config, makeCalibration({ rows: 200 }));
      for (const input of requests()) {
        for (const kept of [[0], [1], [2], [0, 1], [0, 2]]) {
          const scored = kept.map((i) => input.scored[i]!);
          expectSound(ready, { ...input, scored, incumbent: kept.indexOf(2) });
        }
        const scored = [{ ...input.scored[0]!, candidateId: "new" }, ...input.scored];
        expectSound(ready, { ...input, scored, incumbent: 3 });
      }
    });

    it("does not edit what it is given", () => {
      const ready = readyPolicy(policies, config, makeCalibration({ rows: 200 }));
      const [input] = requests();
      const before = JSON.stringify(input!.scored);
      ready.decide(input!);
      expect(JSON.stringify(input!.scored)).toBe(before);
    });

    it("gives propensities that are probabilities of its choices", () => {
      const ready = readyPolicy(policies, config, makeCalibration({ rows: 200 }));
      for (const input of requests().slice(0, 5)) expectPropensities(ready, input, plugin.drawsLots ?? false);
    });
  });

  it("refuses options that it does not know", () => {
    const config: PolicyConfig = { ...configs[0]!, surely_no_option: 1 };
    expect(() => readyPolicy(policies, config, null)).toThrow(/surely_no_option/);
  });
}

/** The same requests each time, with fresh generators. */
function requests(): PolicyInput[] {
  const rng = seededRng(7);
  return Array.from({ length: REQUESTS }, () => makeInput(rng));
}

function settleSome(ready: ReadyPolicy): void {
  for (let i = 0; i < 20; i++) ready.settle?.(1_000_000 + 1000 * i, 1_700_000_000_000 - 20_000 + 1000 * i);
}

function expectSound(ready: ReadyPolicy, input: PolicyInput): void {
  const estimates = ready.estimate?.(input);
  expect(estimates?.length ?? input.scored.length).toBe(input.scored.length);
  for (const value of estimates ?? []) expect(Math.abs(value)).not.toBe(Number.POSITIVE_INFINITY);
  const choice = ready.decide(input);
  const least = input.incumbent === -1 ? -1 : 0;
  expect(choice.chosen).toBeGreaterThanOrEqual(least);
  expect(choice.chosen).toBeLessThan(input.scored.length);
  expect(Number.isInteger(choice.chosen)).toBe(true);
  expect(choice.propensity).toBeGreaterThan(0);
  expect(choice.propensity).toBeLessThanOrEqual(1);
  expect(DecisionReason.options).toContain(choice.reason);
}

function expectPropensities(ready: ReadyPolicy, input: PolicyInput, drawsLots: boolean): void {
  const seen = new Map<number, PolicyChoice & { times: number }>();
  const draws = drawsLots ? 3000 : 20;
  for (let seed = 0; seed < draws; seed++) {
    const choice = ready.decide({ ...input, rng: seededRng(seed) });
    const before = seen.get(choice.chosen);
    if (before !== undefined) expect(choice.propensity).toBe(before.propensity);
    seen.set(choice.chosen, { ...choice, times: (before?.times ?? 0) + 1 });
  }
  let sum = 0;
  for (const { propensity, times } of seen.values()) {
    sum += propensity;
    // four standard deviations of a share of `draws`
    expect(Math.abs(times / draws - propensity)).toBeLessThanOrEqual(4 * Math.sqrt(0.25 / draws));
  }
  expect(sum).toBeCloseTo(1, 9);
}
