import { usdFromNano } from "../../../engine/cost.ts";
import { type ChartPoint, controlChart } from "../drift/control-chart.ts";
import { signalFigures, UNKNOWN_MODEL } from "./model-state.ts";
import type { ModelDay, ModelStore, ModelVersion, StoredAlarm } from "./model-store.ts";

const DAY_MS = 86_400_000;
/** Days that charts show, and those of them that are the baseline. */
const SHOWN_DAYS = 60;
const BASELINE_DAYS = 14;
const MOST_VERSIONS = 20;
const PER_MILLE = 1000;

/** What is known of one model, as it is answered. */
export function modelBody(model: string, store: ModelStore, nowMs: number, falseAlarmRate: number) {
  const today = Math.floor(nowMs / DAY_MS);
  const days = store.days(model, today - SHOWN_DAYS);
  const versions = store.versions(model).slice(0, MOST_VERSIONS);
  return {
    model,
    version: versions.find(({ kind }) => kind === "model")?.name ?? null,
    versions: versions.map(versionBody),
    version_days: store
      .versionDays(model, today - SHOWN_DAYS)
      .map(({ day, kind, name, answers }) => ({ day: dateOf(day), kind, name, answers })),
    signals: signalFigures(store.state(model) ?? UNKNOWN_MODEL).map((figures) => ({
      ...figures,
      alarm_from: 1 / falseAlarmRate,
    })),
    length: chart(days, ({ measured, logTokens }) => (measured === 0 ? null : Math.expm1(logTokens / measured))),
    refusals: chart(days, ({ answers, refusals }) => refusals / answers),
    canaries: days
      .filter(({ source }) => source === "canary")
      .map(({ day, answers, passed, costNanoUsd }) => ({
        day: dateOf(day),
        asked: answers,
        passed,
        cost_usd: usdFromNano(costNanoUsd),
      })),
  };
}

export function alarmBody({ route, model, signal, atMs, because }: StoredAlarm) {
  return { route, model, signal, at: momentOf(atMs), because };
}

function versionBody({ kind, name, answers, firstAtMs, lastAtMs }: ModelVersion) {
  return { kind, name, answers, first_at: momentOf(firstAtMs), last_at: momentOf(lastAtMs) };
}

/** A figure of clients' answers day by day, with the limits that it keeps to on days like the first fourteen. */
function chart(days: readonly ModelDay[], figure: (day: ModelDay) => number | null) {
  const points = days.flatMap((day) => {
    const value = day.source === "traffic" ? figure(day) : null;
    return value === null ? [] : [{ day: day.day, value, n: day.answers }];
  });
  const charted: readonly ChartPoint[] = controlChart(points.slice(0, BASELINE_DAYS), points.slice(BASELINE_DAYS));
  return points.map(({ day, value, n }, i) => {
    const point = charted[i - BASELINE_DAYS];
    return {
      day: dateOf(day),
      answers: n,
      value: rounded(value),
      level: point === undefined ? null : rounded(point.level),
      low: point === undefined ? null : rounded(point.low),
      high: point === undefined ? null : rounded(point.high),
      is_out: point?.isOut ?? false,
    };
  });
}

function rounded(value: number): number {
  return Math.round(PER_MILLE * PER_MILLE * value) / (PER_MILLE * PER_MILLE);
}

function dateOf(day: number): string {
  return momentOf(day * DAY_MS).slice(0, "2026-11-23".length);
}

function momentOf(ms: number): string {
  return new Date(ms).toISOString();
}
