import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseWindow, windowAt } from "./budget-window.ts";

const at = (text: string) => Date.parse(text);
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

describe("parseWindow", () => {
  it.each([
    ["1m", { count: 1, unit: "min" }],
    ["15min", { count: 15, unit: "min" }],
    ["1h", { count: 1, unit: "h" }],
    ["7d", { count: 7, unit: "d" }],
    ["1w", { count: 1, unit: "w" }],
    ["1mo", { count: 1, unit: "mo" }],
    ["1q", { count: 3, unit: "mo" }],
    ["month", { count: 1, unit: "mo" }],
    ["10y", { count: 10, unit: "y" }],
    ["total", null],
  ])("reads %s", (text, length) => expect(parseWindow(text)).toEqual(length));

  it.each(["", "0d", "-1d", "1.5h", "1s", "d", "1 fortnight", "11y", "9999999h", "1M", "toString"])(
    "refuses %j",
    (text) => expect(parseWindow(text)).toBeUndefined(),
  );
});

describe("calendar windows", () => {
  it.each([
    ["1h", "2026-03-31T13:59:59.999Z", "2026-03-31T13:00:00.000Z", "2026-03-31T14:00:00.000Z"],
    ["1d", "2026-03-31T00:00:00.000Z", "2026-03-31T00:00:00.000Z", "2026-04-01T00:00:00.000Z"],
    // 2026-04-01 is a Wednesday, so its week began on Monday the 30th
    ["1w", "2026-04-01T12:00:00.000Z", "2026-03-30T00:00:00.000Z", "2026-04-06T00:00:00.000Z"],
    ["1mo", "2024-02-29T23:59:59.999Z", "2024-02-01T00:00:00.000Z", "2024-03-01T00:00:00.000Z"],
    ["1q", "2026-12-31T23:59:59.999Z", "2026-10-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"],
    ["1y", "2026-07-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"],
  ])("%s at %s begins %s and ends %s", (text, now, start, end) => {
    const window = windowAt(parseWindow(text)!, "calendar", at(now));
    expect([iso(window.bucketMs), iso(window.resetsAtMs)]).toEqual([start, end]);
    expect(window.fromMs).toBe(window.bucketMs);
    expect(window.toMs).toBe(window.bucketMs);
  });

  it("follow one another without a gap, whatever the moment", () => {
    const lengths = ["1m", "7m", "1h", "5h", "1d", "7d", "1w", "2w", "1mo", "1q", "5mo", "1y", "3y"];
    const moment = fc.integer({ min: at("1999-01-01T00:00:00Z"), max: at("2090-01-01T00:00:00Z") });
    fc.assert(
      fc.property(fc.constantFrom(...lengths), moment, (text, nowMs) => {
        const length = parseWindow(text)!;
        const { bucketMs, resetsAtMs } = windowAt(length, "calendar", nowMs);
        expect(bucketMs).toBeLessThanOrEqual(nowMs);
        expect(resetsAtMs).toBeGreaterThan(nowMs);
        expect(windowAt(length, "calendar", resetsAtMs! - 1).bucketMs).toBe(bucketMs);
        expect(windowAt(length, "calendar", resetsAtMs!).bucketMs).toBe(resetsAtMs);
      }),
    );
  });
});

describe("rolling windows", () => {
  it("count what was booked up to a window ago, and drop it at most one step later", () => {
    const lengths = ["1m", "1h", "1d", "7d", "1mo", "1y"];
    const moment = fc.integer({ min: at("2001-01-01T00:00:00Z"), max: at("2090-01-01T00:00:00Z") });
    fc.assert(
      fc.property(
        fc.constantFrom(...lengths),
        moment,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (text, nowMs, share) => {
          const length = parseWindow(text)!;
          const now = windowAt(length, "rolling", nowMs);
          const spanMs = nowMs - (now.fromMs + Math.floor((nowMs - now.fromMs) / 61));
          const earlier = windowAt(length, "rolling", Math.round(nowMs - share * spanMs * 0.98));
          expect(earlier.bucketMs).toBeGreaterThanOrEqual(now.fromMs);
          expect(now.resetsAtMs).toBeGreaterThan(nowMs);
          const later = windowAt(length, "rolling", now.resetsAtMs! + (nowMs - now.fromMs) / 10);
          expect(now.bucketMs).toBeLessThan(later.fromMs);
        },
      ),
    );
  });

  it("still count what was booked before the clock was set back", () => {
    const booked = windowAt({ count: 1, unit: "h" }, "rolling", at("2026-01-01T12:00:00Z"));
    const before = windowAt({ count: 1, unit: "h" }, "rolling", at("2026-01-01T10:00:00Z"));
    expect(booked.bucketMs).toBeLessThanOrEqual(before.toMs);
    expect(booked.bucketMs).toBeGreaterThanOrEqual(before.fromMs);
  });
});

it("a total window never ends", () => {
  expect(windowAt(null, "calendar", 1)).toEqual(windowAt(null, "rolling", 1e13));
});
