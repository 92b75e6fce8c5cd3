import { calibrationFunction } from "../../engine/calibration.ts";
import type { LearningRow } from "../../engine/learning-row.ts";
import type { Calibration } from "../../engine/schema/manifest.ts";
import { fitTemperature, type Temperature } from "../calibrate/temperature.ts";

/** Labels that what is believed weighs: of the order of prompts, which seldom changes, and of the level, which does. */
const SLOPE_ROWS = 50;
const LEVEL_ROWS = 10;
const LEAST_ANCHOR = 30;
/** An outcome that was drawn by a small chance counts for no more than so many. */
const MOST_WEIGHT = 20;
const IDENTITY: Temperature = { kind: "temperature", slope: 1, intercept: 0 };

/**
 * What the qualities that a router expects must be turned into, for each model, so that they agree with what was seen. It
 * needs no text: only what was expected, and what happened.
 *
 * Audits say how much worse than the better answer another one was, which is another scale than the one that a router was
 * trained on. What the incumbent's own labels ask for is therefore the scale of all: models without labels take it as it is.
 */
export function recalibrate(
  rows: readonly LearningRow[],
  models: readonly string[],
  incumbent: string,
): Readonly<Record<string, Temperature>> {
  const all = columnOf(rows, null);
  const own = columnOf(rows, incumbent);
  const whole = own.quality.length >= LEAST_ANCHOR ? own : all;
  const anchor = whole.quality.length === 0 ? IDENTITY : fitted(whole, IDENTITY);
  return Object.fromEntries(
    models.map((model) => {
      const column = columnOf(rows, model);
      // The anchor has heard its own labels already.
      const isAnchor = model === incumbent && whole === own;
      return [model, isAnchor || column.quality.length === 0 ? anchor : fitted(column, anchor)];
    }),
  );
}

interface Column {
  readonly expected: number[];
  readonly quality: number[];
  readonly weight: number[];
}

/** Outcomes of one model, or of all, whose expectation is known. */
function columnOf(rows: readonly LearningRow[], model: string | null): Column {
  const column: Column = { expected: [], quality: [], weight: [] };
  for (const { outcomes } of rows) {
    for (const outcome of outcomes) {
      if (outcome.expected === null || (model !== null && outcome.model !== model)) continue;
      column.expected.push(outcome.expected);
      column.quality.push(outcome.quality);
      column.weight.push(1 / outcome.chance);
    }
  }
  // Relative to the mean, so that rows count as rows against the prior.
  const mean = column.weight.reduce((sum, weight) => sum + weight, 0) / column.weight.length;
  return { ...column, weight: column.weight.map((weight) => Math.min(MOST_WEIGHT, weight / mean)) };
}

function fitted({ expected, quality, weight }: Column, { slope, intercept }: Temperature): Temperature {
  return fitTemperature(expected, quality, {
    prior: { slope, intercept },
    priorRows: SLOPE_ROWS,
    interceptRows: LEVEL_ROWS,
    weight,
  });
}

/** Knots put between two of an isotonic calibration, because what follows bends. */
const KNOTS_BETWEEN = 8;

/** One calibration that does what `first` and then `second` do. */
export function composed(first: Calibration, second: Temperature): Calibration {
  if (first.kind === "none") return second;
  if (first.kind === "temperature") {
    return {
      kind: "temperature",
      slope: second.slope * first.slope,
      intercept: second.slope * first.intercept + second.intercept,
    };
  }
  const apply = calibrationFunction(second);
  const before = calibrationFunction(first);
  const x = first.x.flatMap((at, i) => {
    const next = first.x[i + 1];
    if (next === undefined) return [at];
    return Array.from({ length: KNOTS_BETWEEN }, (_, k) => at + (k / KNOTS_BETWEEN) * (next - at));
  });
  return { kind: "isotonic", x, y: x.map((at) => apply(before(at))) };
}
