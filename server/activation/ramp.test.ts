import { describe, expect, it } from "vitest";
import { type RampEvent, type RampState, type RampTerms, rampShare, signalsOf, startRamp, stepRamp } from "./ramp.ts";

const TERMS: RampTerms = {
  stages: [0.01, 0.1, 0.5, 1],
  hours: 24,
  requests: 10,
  maxErrorRate: 0.05,
  latencyFactor: 2,
  risk: 0.05,
  strata: 1,
};
const HOUR_MS = 3_600_000;
const START = 1_000_000 * HOUR_MS;
const good: RampEvent = { kind: "routed", isError: false, latencyMs: 100 };
const bad: RampEvent = { kind: "routed", isError: true, latencyMs: 100 };

function stepped(state: RampState, events: readonly RampEvent[], nowMs = START, terms = TERMS): RampState {
  return events.reduce((now, event) => stepRamp(now, event, nowMs, terms), state);
}

const times = (count: number, event: RampEvent) => Array.from({ length: count }, () => event);
const start = () => startRamp("certificate", START, TERMS);

describe("ramp", () => {
  it("goes 1, 10, 50, 100 %, each after its time and its requests", () => {
    let state = start();
    const shares = [rampShare(state, TERMS)];
    for (let day = 1; day <= 4; day++) {
      state = stepped(state, times(10, good), START + day * 24 * HOUR_MS);
      shares.push(rampShare(state, TERMS));
    }
    expect(shares).toEqual([0.01, 0.1, 0.5, 1, 1]);
  });

  it("waits for whichever is late, time or requests", () => {
    expect(stepped(start(), times(1000, good), START + HOUR_MS).stage).toBe(0);
    expect(stepped(start(), times(9, good), START + 1000 * HOUR_MS).stage).toBe(0);
    expect(stepped(start(), times(10, good), START + 24 * HOUR_MS).stage).toBe(1);
  });

  it("holds while evidence of errors gathers, and goes on when it is gone", () => {
    let errors = stepped(start(), times(40, good), START + HOUR_MS);
    while (errors.held === null && errors.rolledBack === null) errors = stepped(errors, [bad], START + HOUR_MS);
    expect(errors).toMatchObject({ held: "errors", rolledBack: null });
    expect(stepped(errors, [{ kind: "tick" }], START + 48 * HOUR_MS).stage).toBe(0);
    const gone = stepped(errors, times(200, good), START + 48 * HOUR_MS);
    expect(gone).toMatchObject({ held: null, stage: 1 });
  });

  it("rolls back for good when routed requests fail too often", () => {
    const state = stepped(start(), [...times(20, good), ...times(20, bad)]);
    expect(state.rolledBack).toMatchObject({ atMs: START, signal: "errors" });
    expect(rampShare(state, TERMS)).toBe(0);
    expect(stepped(state, times(1000, good), START + 1000 * HOUR_MS)).toEqual(state);
  });

  it("does not roll back at the rate that is allowed", () => {
    const mixed = Array.from({ length: 2000 }, (_, i) => (i % 25 === 0 ? bad : good));
    expect(stepped(start(), mixed).rolledBack).toBeNull();
  });

  it("rolls back when routed answers are slow beside the incumbent's, and not before it knows those", () => {
    const slow: RampEvent = { kind: "routed", isError: false, latencyMs: 1_000 };
    const kept: RampEvent = { kind: "kept", latencyMs: 100 };
    expect(stepped(start(), times(200, slow)).rolledBack).toBeNull();
    const known = stepped(start(), times(50, kept));
    expect(known).toMatchObject({ slowMs: 200 });
    expect(stepped(known, times(100, slow)).rolledBack).toMatchObject({ signal: "latency" });
    expect(stepped(known, times(1000, good)).rolledBack).toBeNull();
  });

  it("lays times in which the incumbent is slow too not to routing: sudden ones half way up the ramp, slow ones later", () => {
    const kept = (latencyMs: number): RampEvent => ({ kind: "kept", latencyMs });
    const routed = (latencyMs: number): RampEvent => ({ kind: "routed", isError: false, latencyMs });
    const quiet = stepped(start(), times(50, kept(100)));
    const sudden = Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? kept : routed)(900));
    expect(stepped(quiet, sudden).rolledBack).toBeNull();
    // One in twenty is held back.
    const gradual = Array.from({ length: 4000 }, (_, i) => (i % 20 === 0 ? kept : routed)(100 + i / 5));
    expect(stepped(quiet, gradual).rolledBack).toBeNull();
    expect(stepped(quiet, times(100, routed(900))).rolledBack).toMatchObject({ signal: "latency" });
  });

  it("does not call slow what nobody can feel", () => {
    const known = stepped(start(), times(50, { kind: "kept", latencyMs: 4 }));
    expect(known.slowMs).toBe(104);
    const routed: RampEvent = { kind: "routed", isError: false, latencyMs: 60 };
    expect(stepped(known, times(1000, routed)).rolledBack).toBeNull();
  });

  it("looks back upon the incumbent's latest hundred answers", () => {
    const answers = Array.from({ length: 300 }, (_, i): RampEvent => ({ kind: "kept", latencyMs: 1000 + i }));
    const known = stepped(start(), answers);
    expect(known.latencies).toHaveLength(100);
    expect(known.slowMs).toBe(2 * 1295);
  });

  it("watches each stratum's quality by itself", () => {
    const terms = { ...TERMS, strata: 2 };
    const audit = (stratum: string, loss: number): RampEvent => ({ kind: "audit", stratum, loss });
    const fine = stepped(start(), [...times(200, audit("code", 0)), ...times(200, audit("chat", 0))], START, terms);
    expect(fine.rolledBack).toBeNull();
    const harmed = stepped(fine, times(60, audit("chat", 1)), START, terms);
    expect(harmed.rolledBack).toMatchObject({ signal: "quality", because: expect.stringContaining("chat") });
    const alarmed = signalsOf(harmed, terms).filter(({ monitor, options }) => monitor.highest >= 1 / options.delta);
    expect(alarmed.map(({ stratum }) => stratum)).toEqual(["chat"]);
  });

  it("begins a stage's time anew when the clock was set back", () => {
    const back = stepped(start(), times(10, good), START - 5 * HOUR_MS);
    expect(back).toMatchObject({ stage: 0, sinceMs: START - 5 * HOUR_MS });
    expect(stepped(back, [{ kind: "tick" }], START + 19 * HOUR_MS).stage).toBe(1);
  });

  it("is the same after it was written down", () => {
    const state = stepped(start(), [...times(30, good), ...times(3, bad)]);
    const again = JSON.parse(JSON.stringify(state)) as RampState;
    expect(stepped(again, times(20, bad))).toEqual(stepped(state, times(20, bad)));
  });
});
