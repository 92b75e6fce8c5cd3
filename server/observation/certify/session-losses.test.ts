import { describe, expect, it } from "vitest";
import { type Rng, seededRng } from "../../../engine/rng.ts";
import { bettingPValue, binomialPValue } from "./p-values.ts";
import { sessionLosses } from "./session-losses.ts";

const [ALPHA, DELTA, RUNS] = [0.05, 0.1, 600];
/** Beyond 84 of 600 chance would bring it once in 1,000. */
const MOST = 84;

interface Traffic {
  readonly losses: readonly number[];
  readonly sessions: readonly number[];
}

/** Sessions of `short` requests that lose nothing, and long ones that lose all; in expectation `ALPHA` of the requests are lost. */
function traffic(rng: Rng, sessions: number, { short, long }: { short: number; long: number }): Traffic {
  const longShare = ALPHA / long / (ALPHA / long + (1 - ALPHA) / short);
  const [losses, of]: [number[], number[]] = [[], []];
  for (let session = 0; session < sessions; session++) {
    const isLong = rng.next() < longShare;
    for (let i = isLong ? long : short; i > 0; i--) {
      losses.push(isLong ? 1 : 0);
      of.push(session);
    }
  }
  return { losses, sessions: of };
}

function audited({ losses, sessions }: Traffic, rng: Rng, chance: number): Traffic {
  const rows = losses.map((_, row) => row).filter(() => rng.next() < chance);
  return { losses: rows.map((row) => losses[row]!), sessions: rows.map((row) => sessions[row]!) };
}

/** As `certify` does. */
function pValue({ losses, sessions }: Traffic, alpha = ALPHA): number {
  const units = sessionLosses(Float64Array.from(losses), sessions, alpha);
  return units.length === losses.length ? binomialPValue(units, alpha) : bettingPValue(units, alpha, DELTA);
}

/** What is not done: the first audit of each session, by the exact test. */
function firstOnly({ losses, sessions }: Traffic, alpha = ALPHA): number {
  const first = losses.filter((_, row) => sessions.indexOf(sessions[row]!) === row);
  return binomialPValue(Float64Array.from(first), alpha);
}

describe("a test of losses that come by whole sessions", () => {
  it.each([
    { short: 1, long: 20, sessions: 3000, chance: 0.05 },
    { short: 1, long: 60, sessions: 3000, chance: 0.05 },
    { short: 3, long: 10, sessions: 500, chance: 0.2 },
  ])("says of a window what the lots allow, and the first audit a session says more: $long requests", (world) => {
    const window = traffic(seededRng(3), world.sessions, world);
    // What is lost in this window, to the request: lots are all that chance has left.
    const alpha = window.losses.reduce((sum, loss) => sum + loss, 0) / window.losses.length;
    const rng = seededRng(5);
    const certified = { bySessions: 0, byFirst: 0 };
    for (let run = 0; run < RUNS; run++) {
      const sample = audited(window, rng, world.chance);
      certified.bySessions += pValue(sample, alpha) <= DELTA ? 1 : 0;
      certified.byFirst += firstOnly(sample, alpha) <= DELTA ? 1 : 0;
    }
    expect(certified.bySessions).toBeLessThanOrEqual(MOST);
    expect(certified.byFirst).toBeGreaterThan(MOST);
  });

  it("says of sessions to come what it says, where few have more than one audit", () => {
    const rng = seededRng(8);
    let certified = 0;
    for (let run = 0; run < RUNS; run++) {
      const sample = audited(traffic(rng, 3000, { short: 1, long: 5 }), rng, 0.05);
      certified += pValue(sample) <= DELTA ? 1 : 0;
    }
    expect(certified).toBeLessThanOrEqual(MOST);
    expect(certified).toBeGreaterThan(0);
  });
});
