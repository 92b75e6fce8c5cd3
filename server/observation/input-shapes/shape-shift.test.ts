import { describe, expect, it } from "vitest";
import { nextNormal, type Rng, seededRng } from "../../../engine/rng.ts";
import { createShapeSampler, SAMPLE } from "./shape-sampler.ts";
import { shapeShift } from "./shape-shift.ts";
import type { ShapeRow } from "./shape-store.ts";

const LEVEL = 0.01;
const SIZE = 12;

/** A day's sample of which a share is of another kind of request. */
function day(at: number, share: number, rng: Rng, count = 80, kind = "features"): ShapeRow[] {
  return Array.from({ length: count }, (_, i) => {
    const isOther = rng.next() < share;
    const numbers = Float32Array.from({ length: SIZE }, (_, j) => {
      const centre = isOther && j < 4 ? 3 : 0;
      return (j === 5 ? 1_000 : 1) * (centre + nextNormal(rng));
    });
    return { route: "default", day: at, kind, lot: rng.next(), requestId: `r${at}-${i}`, numbers };
  });
}

const weeks = (rng: Rng, shareOf = (_: number) => 0.1) =>
  Array.from({ length: 14 }, (_, at) => day(at, shareOf(at), rng)).flat();

describe("another population of requests", () => {
  it("is found", async () => {
    for (let seed = 0; seed < 5; seed++) {
      const rng = seededRng(seed);
      const found = await shapeShift(weeks(rng), day(20, 0.7, rng), { level: LEVEL, rng });
      expect(found).toMatchObject({ isShifted: true });
    }
  });

  it("is cried of days like those before no more often than is stated", async () => {
    let alarms = 0;
    for (let seed = 0; seed < 60; seed++) {
      const rng = seededRng(100 + seed);
      const found = await shapeShift(weeks(rng), day(20, 0.1, rng), { level: 0.1, rng });
      alarms += Number(found!.isShifted);
    }
    // 6 of 60 are allowed; 13 or more come once in 100 such tests.
    expect(alarms).toBeLessThan(13);
  });

  it("is not what every weekend brings", async () => {
    const rng = seededRng(1);
    const isWeekend = (at: number) => at % 7 >= 5;
    const before = weeks(rng, (at) => (isWeekend(at) ? 0.5 : 0.1));
    const found = await shapeShift(before, day(20, 0.5, rng), { level: LEVEL, rng });
    expect(found).toMatchObject({ isShifted: false });
  });

  it("is not looked for in few requests, nor across encoders", async () => {
    const rng = seededRng(2);
    const options = { level: LEVEL, rng };
    expect(await shapeShift(weeks(rng), day(20, 1, rng, 40), options)).toBeNull();
    expect(await shapeShift(weeks(rng), day(20, 1, rng, 80, "encoder of b@2"), options)).toBeNull();
    expect(await shapeShift([], [], options)).toBeNull();
  });
});

describe("a day's sample", () => {
  it("is those of the lowest lots, however they come", () => {
    const kept: ShapeRow[] = [];
    const sampler = createShapeSampler({ add: (rows) => void kept.push(...rows) });
    const rows = day(1, 0, seededRng(3), 1_000);
    rows.forEach((row, i) => {
      sampler.take(row);
      if (i % 300 === 0) sampler.flush();
    });
    sampler.flush();
    const lowest = rows.toSorted((a, b) => a.lot - b.lot).slice(0, SAMPLE);
    expect(new Set(kept.map(({ requestId }) => requestId))).toEqual(
      new Set([...lowest, ...kept].map(({ requestId }) => requestId)),
    );
    expect(kept.length).toBeLessThan(400);
  });
});
