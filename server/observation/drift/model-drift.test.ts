import { describe, expect, it } from "vitest";
import { nextNormal, type Rng, seededRng } from "../../../engine/rng.ts";
import { type ModelSignal, type SeenAnswer, stepModel, UNKNOWN_MODEL } from "../model-watch/model-state.ts";

const TERMS = { falseAlarmRate: 0.01 };

interface World {
  readonly refusalRate: number;
  /** Factor on the length of answers. */
  readonly length: number;
  readonly canaryFailures: number;
}

const USUAL: World = { refusalRate: 0.01, length: 1, canaryFailures: 0.02 };

function answerIn({ refusalRate, length, canaryFailures }: World, rng: Rng, index: number): SeenAnswer {
  const isCanary = index % 10 === 9;
  const expected = 50 + Math.floor(400 * rng.next());
  return {
    model: "up/model",
    source: isCanary ? "canary" : "traffic",
    atMs: 0,
    version: null,
    fingerprint: null,
    isRefused: !isCanary && rng.next() < refusalRate,
    // The router's expectation is off by a factor of about two.
    outputTokens: Math.round(expected * length * Math.exp(0.7 * nextNormal(rng))),
    expectedTokens: isCanary ? null : expected,
    hasPassed: isCanary ? rng.next() >= canaryFailures : null,
    costNanoUsd: 0,
  };
}

/** Alarms of a run, with the answers after the change at which they came. */
function run(answers: number, seed: number, changeAt = Number.POSITIVE_INFINITY, changed: World = USUAL) {
  const rng = seededRng(seed);
  let state = UNKNOWN_MODEL;
  const alarms: { signal: ModelSignal; at: number }[] = [];
  for (let i = 0; i < answers; i++) {
    const stepped = stepModel(state, answerIn(i < changeAt ? USUAL : changed, rng, i), TERMS);
    state = stepped.state;
    for (const signal of stepped.alarms) alarms.push({ signal, at: i - changeAt });
  }
  return alarms;
}

describe("a model that is watched", () => {
  it("alarms in no more runs than is stated while it stays as it was", () => {
    const runs = 300;
    const counts = { refusals: 0, length: 0, canary: 0 };
    for (let seed = 0; seed < runs; seed++) {
      for (const signal of new Set(run(5_000, seed).map((alarm) => alarm.signal))) counts[signal]++;
    }
    // 0.011 a signal is allowed, 3.3 of 300 runs; 9 or more come once in 140 such tests.
    for (const signal of ["refusals", "length", "canary"] as const) expect(counts[signal], signal).toBeLessThan(9);
  });

  it.each([
    // A tenth of the answers are canaries: 250 answers are three days of the questions that are asked by default.
    ["refusals", { ...USUAL, refusalRate: 0.1 }, 600],
    ["length", { ...USUAL, length: 4 }, 300],
    ["length", { ...USUAL, length: 0.25 }, 300],
    ["canary", { ...USUAL, canaryFailures: 0.7 }, 500],
    ["canary", { ...USUAL, canaryFailures: 1 }, 250],
  ] as const)("alarms by %s soon after it changed", (signal, changed, within) => {
    const delays = Array.from({ length: 20 }, (_, seed) => {
      const found = run(3_000 + within, 1_000 + seed, 3_000, changed).filter((alarm) => alarm.at >= 0);
      expect(found.every((alarm) => alarm.signal === signal)).toBe(true);
      return found[0]?.at ?? Number.POSITIVE_INFINITY;
    }).sort((a, b) => a - b);
    expect(delays[17], String(delays)).toBeLessThan(within);
  });

  it("alarms once of a change: what it found is the usual from then on", () => {
    const alarms = run(12_000, 7, 3_000, { ...USUAL, refusalRate: 0.1 });
    expect(alarms.map(({ signal }) => signal)).toEqual(["refusals"]);
  });

  it("says nothing of canaries that were never answered well", () => {
    const rng = seededRng(9);
    let state = UNKNOWN_MODEL;
    for (let i = 0; i < 2_000; i++) {
      const stepped = stepModel(state, answerIn({ ...USUAL, canaryFailures: 1 }, rng, i), TERMS);
      state = stepped.state;
      expect(stepped.alarms).toEqual([]);
    }
    expect(state.canary).toMatchObject({ kind: "watching", usual: 1, allowed: 1 });
  });

  it("goes on from what was stored as if nothing had happened", () => {
    const rng = seededRng(3);
    const answers = Array.from({ length: 900 }, (_, i) => answerIn(USUAL, rng, i));
    const step = (state: typeof UNKNOWN_MODEL, answer: SeenAnswer) => stepModel(state, answer, TERMS).state;
    const whole = answers.reduce(step, UNKNOWN_MODEL);
    const half = JSON.parse(JSON.stringify(answers.slice(0, 450).reduce(step, UNKNOWN_MODEL)));
    expect(answers.slice(450).reduce(step, half)).toEqual(whole);
  });
});
