import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRng } from "../../../engine/rng.ts";
import { rngOf } from "../../providers/_simulated/request-facts.ts";
import { TEST_ADMIN_KEY, type TestApp } from "../../testing/build-test-app.ts";
import { ask, buildObservedApp, DAY_MS, observedConfig } from "../testing/observed-app.ts";
import type { reportBody } from "./report-body.ts";

const DAYS = 14;
const REQUESTS_A_DAY = 60;
const FEATURES = ["search", "support"];

/**
 * Fourteen days of traffic through the whole server on a clock that is set. What is true is known: every prompt that the cheap
 * model answers well the dear one does too, and they answer 70 % and 90 % well, so moving all loses 0.2 of quality; the cheap
 * one costs a twenty-fifth, token for token.
 */
describe("fourteen days of a route whose truth is known", () => {
  let host: TestApp;
  let body: ReturnType<typeof reportBody>;
  let final: ReturnType<typeof reportBody>;

  beforeAll(async () => {
    host = await buildObservedApp(
      observedConfig(
        '{ auditRate: 0.2, perTask: 0, dailyUsd: 50, noiseShare: 0.05, parallel: 8, verifiers: [{ use: regex, pattern: "a good answer" }] }',
        { more: "    certificate: { maxQualityLoss: 0.3, confidence: 0.95 }" },
      ),
      { fill: seededFill() },
    );
    for (let day = 0; day < DAYS; day++) {
      for (let i = 0; i < REQUESTS_A_DAY; i++) {
        const answer = await ask(host, promptOf(day, i), {
          // Every third request belongs to the session of the one before.
          session: `s-${day}-${Math.floor(i / 1.5)}`,
          metadata: { feature: FEATURES[i % 2]! },
        });
        expect(answer.headers["x-weir-model"]).toBe("dear/large-1");
      }
      await host.service.observer.settled();
      host.advance(DAY_MS);
      if (day < DAYS - 1) await host.service.observer.tick();
    }
    host.advance(-DAY_MS / 2);
    const answer = await host.app.inject({
      url: "/admin/observation",
      headers: { authorization: `Bearer ${TEST_ADMIN_KEY}` },
    });
    body = answer.json();
    host.advance(DAY_MS);
    const over = await host.app.inject({
      url: "/admin/observation",
      headers: { authorization: `Bearer ${TEST_ADMIN_KEY}` },
    });
    final = over.json();
  });
  afterAll(() => host.close());

  it("has seen all of it, and audited about the share that it was told to", () => {
    expect(body).toMatchObject({ day: 14, days: 14, state: "running" });
    expect(body.traffic).toMatchObject({ requests: DAYS * REQUESTS_A_DAY, excluded_share: 0 });
    const { done, drawn, lost } = body.audits;
    expect({ lost, rest: drawn - done }).toEqual({ lost: 0, rest: 0 });
    // The uniform part, 168 of 840 with a standard deviation of 11.6, and the other one as large again at most.
    expect(drawn).toBeGreaterThan(130);
    expect(drawn).toBeLessThan(400);
  });

  it("covers the true quality difference and the true saving, and knows that they are not nothing", () => {
    const { quality_difference, saving } = body.projected!;
    expect(quality_difference.low!).toBeLessThan(-0.2);
    expect(quality_difference.high!).toBeGreaterThan(-0.2);
    expect(quality_difference.high!).toBeLessThan(0);
    expect(quality_difference.method).toBe("aipw_anytime");
    // By hand: 1 - 0.1 / 2.5, but for the tokens in which their names differ.
    expect(saving.low!).toBeLessThan(0.961);
    expect(saving.high!).toBeGreaterThan(0.959);
    expect(saving.low!).toBeGreaterThan(0.9);
  });

  it("covers it for every feature, and by task", () => {
    expect(body.by["feature"]!.map(({ name }) => name).sort()).toEqual(FEATURES);
    for (const { name, quality_difference } of body.by["feature"]!) {
      expect(quality_difference.low!).toBeLessThan(lossOf(name));
      expect(quality_difference.high!).toBeGreaterThan(lossOf(name));
    }
    expect(body.by["task"]!.length).toBeGreaterThan(0);
  });

  it("shows the interval narrow from day to day", () => {
    expect(body.history.map(({ day }) => day)).toEqual(Array.from({ length: DAYS }, (_, i) => i + 1));
    const widths = body.history.flatMap((day) => {
      const { quality_difference: of } = day as unknown as { quality_difference: { low: number; high: number } };
      return of.high - of.low;
    });
    expect(widths.at(-1)!).toBeLessThan(widths[0]! / 4);
  });

  it("knows what may be certified, and what more audits would tell", () => {
    // A loss of about 0.2 is shown to be below 0.3 by some 170 uniform audits, all of the traffic moved.
    expect(body.certifiable.refusal).toBeNull();
    expect(body.certifiable.overall!.share).toBeGreaterThan(0.5);
    expect(body.tighter.audits_to_halve!).toBe(3 * body.projected!.audits);
    expect(body.judged_by).toEqual([{ name: "regex", audits: body.audits.done }]);
  });

  it("ends with intervals for one look, of all thresholds and groups at once, that are no wider and cover the truth", () => {
    expect(body).toMatchObject({ bands: "anytime" });
    expect(final).toMatchObject({ bands: "simultaneous", state: "complete" });
    const [daily, last] = [body.projected!.quality_difference, final.projected!.quality_difference];
    expect(last.method).toBe("aipw_simultaneous");
    expect(last.high! - last.low!).toBeLessThan(daily.high! - daily.low!);
    for (const point of final.thresholds.filter(({ audits }) => audits >= 100)) {
      // Every request that moves loses as much, whatever its score.
      expect(point.quality_difference.low!).toBeLessThan(-0.2 * point.moved_share + 0.02);
      expect(point.quality_difference.high!).toBeGreaterThan(-0.2 * point.moved_share - 0.02);
    }
    expect(final.by["feature"]!.map(({ name }) => name).sort()).toEqual(FEATURES);
    for (const { name, quality_difference } of final.by["feature"]!) {
      // Lots hang on ids, and these on a clock that moves when it is read: an interval of 95 % may miss. Twice as wide, at four
      // standard errors and more, fewer than one run in ten thousand does.
      const [low, high] = [quality_difference.low!, quality_difference.high!];
      expect(low - (high - low) / 2).toBeLessThan(lossOf(name));
      expect(high + (high - low) / 2).toBeGreaterThan(lossOf(name));
    }
  });
});

function promptOf(day: number, i: number): string {
  return `day ${day}, question ${i}`;
}

/** What moving all of a feature's requests costs in quality: the share of its own that only the dear model answers well. */
function lossOf(feature: string): number {
  const draws = Array.from({ length: DAYS * REQUESTS_A_DAY }, (_, n) => ({
    feature: FEATURES[(n % REQUESTS_A_DAY) % 2]!,
    difficulty: rngOf("difficulty", promptOf(Math.floor(n / REQUESTS_A_DAY), n % REQUESTS_A_DAY)).next(),
  })).filter((draw) => draw.feature === feature);
  return -draws.filter(({ difficulty }) => difficulty >= 0.7 && difficulty < 0.9).length / draws.length;
}

/** The same lots every time. */
function seededFill(): (bytes: Uint8Array) => void {
  const rng = seededRng(14);
  return (bytes) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(rng.next() * 256);
  };
}
