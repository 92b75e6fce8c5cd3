import { describe, expect, it } from "vitest";
import { seededRng } from "../../../engine/rng.ts";
import { STAYS } from "../leave-score.ts";
import type { Audit, ObservedData, ObservedRequest } from "./audit-store.ts";
import { figuresOf } from "./figures.ts";
import { certifySample, uniformAudits } from "./sample.ts";

const OPTIONS = { confidence: 0.95, maxQualityLoss: 0.05, thresholds: null, goldShare: 0, prices: [], isFinal: false };

interface World {
  readonly requests: number;
  readonly rate: number;
  /** State of an audit that was drawn, by the lot of its outcome and its day. */
  readonly stateOf?: (day: number, lot: number) => Audit["state"];
  readonly seed?: number;
}

/** Requests of 14 days, of which one in five stays and the others lose 0.1 of quality and save 80 % of the cost. */
function observed({ requests, rate, stateOf = () => "done", seed = 1 }: World): ObservedData {
  const rng = seededRng(seed);
  const rows: ObservedRequest[] = [];
  const audits: Audit[] = [];
  for (let i = 0; i < requests; i++) {
    const stays = rng.next() < 0.2;
    const day = Math.floor((i * 14) / requests);
    const isAudited = rng.next() < rate;
    const requestId = `req_${String(i).padStart(6, "0")}`;
    const incumbentNanoUsd = 1_000_000 * (0.5 + rng.next());
    const routedNanoUsd = stays ? incumbentNanoUsd : 0.2 * incumbentNanoUsd;
    rows.push({
      observationId: "obs",
      requestId,
      atMs: i,
      day,
      session: `s${Math.floor(i / 2)}`,
      stratum: i % 3 === 0 ? "math" : "chat",
      feature: null,
      tenant: null,
      incumbent: "large",
      chosen: stays ? "large" : "small",
      score: stays ? STAYS : rng.next() - 0.7,
      // Far off, as a router may be.
      prediction: stays ? 0 : 0.3,
      spread: 0.5,
      inclusion: rate,
      uniformInclusion: rate,
      isAudited,
      isUniform: isAudited,
      lot: rng.next(),
      inputTokens: 10,
      outputTokens: 10,
      incumbentNanoUsd,
      routedNanoUsd: stays ? incumbentNanoUsd : 0.4 * incumbentNanoUsd,
      auditNanoUsd: 1,
    });
    const lot = rng.next();
    const state = stays ? "done" : stateOf(day, rng.next());
    if (!isAudited) continue;
    audits.push({
      requestId,
      observationId: "obs",
      route: "default",
      atMs: i,
      state,
      holder: null,
      isInMemory: false,
      tries: 1,
      nextAtMs: 0,
      finishedAtMs: 1,
      incumbent: "large",
      chosen: "small",
      served: "incumbent",
      isNoise: false,
      isGold: false,
      answerDigest: null,
      judgedBy: state !== "done" ? null : stays ? "same_model" : "exact",
      incumbentQuality: state === "done" ? 1 : null,
      routedQuality: state === "done" ? (stays || lot < 0.9 ? 1 : 0) : null,
      noise: null,
      goldIncumbent: null,
      goldRouted: null,
      routedNanoUsd: Math.round(routedNanoUsd),
      replayNanoUsd: 0,
      judgeNanoUsd: 0,
      reason: null,
    });
  }
  return { rows, audits, counts: [] };
}

/** 80 % of requests lose 0.1. */
const TRUE_DIFFERENCE = -0.08;
const TRUE_SAVING = 0.8 * 0.8;

describe("figures of an observation", () => {
  it.each([
    { name: "every audit ended", stateOf: undefined },
    {
      name: "a third of the audits could not be judged",
      stateOf: (_: number, lot: number) => (lot < 0.33 ? "unjudged" : "done"),
    },
    { name: "those of the last days still wait", stateOf: (day: number) => (day >= 10 ? "queued" : "done") },
    {
      name: "half of those of a day still wait",
      stateOf: (day: number, lot: number) => (day === 5 && lot < 0.5 ? "running" : "done"),
    },
  ] as const)("cover the truth where $name, however wrong the router's expectation", ({ stateOf }) => {
    let covered = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const world = { requests: 3_000, rate: 0.2, seed, ...(stateOf === undefined ? {} : { stateOf }) };
      const { projected } = figuresOf(observed(world), OPTIONS);
      const { qualityDifference, saving } = projected!;
      expect(qualityDifference.high - qualityDifference.low).toBeLessThan(0.2);
      covered += Number(
        qualityDifference.low <= TRUE_DIFFERENCE &&
          TRUE_DIFFERENCE <= qualityDifference.high &&
          saving.low <= TRUE_SAVING &&
          TRUE_SAVING <= saving.high,
      );
    }
    // Intervals for daily looks hold more than 95 % at one look.
    expect(covered).toBeGreaterThanOrEqual(9);
  });

  it("count what nobody could judge as the worst loss where something is certified", () => {
    const data = observed({ requests: 2_000, rate: 0.5, stateOf: () => "unjudged" });
    const sample = certifySample(uniformAudits(data));
    const isMoved = sample.score.map((score) => Number(score !== STAYS));
    expect(sample.routedQuality.map((quality) => 1 - quality)).toEqual(isMoved);
    const { certifiable, unjudgedShare, lostShare } = figuresOf(data, OPTIONS);
    expect(certifiable!.overall.threshold).toBeNull();
    expect({ unjudgedShare, lostShare }).toEqual({ unjudgedShare: 1, lostShare: 0 });
  });

  it("state only what needs no audit where fewer than 100 that move were audited", () => {
    const { projected } = figuresOf(observed({ requests: 400, rate: 0.1 }), OPTIONS);
    expect(projected!.qualityDifference).toMatchObject({ method: "no_audit_bound" });
  });

  it("are empty, and no fault, without traffic", () => {
    expect(figuresOf({ rows: [], audits: [], counts: [] }, OPTIONS)).toMatchObject({
      requests: 0,
      projected: null,
      envelope: [],
      certifiable: null,
    });
  });
});
