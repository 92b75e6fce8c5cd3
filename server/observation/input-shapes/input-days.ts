import { setImmediate as turn } from "node:timers/promises";
import { seededRng } from "../../../engine/rng.ts";
import { dayDistance } from "./shape-shift.ts";
import type { ShapeRow, ShapeStore } from "./shape-store.ts";

/** A day's requests, as far as they are like those that a route is compared with. */
export interface InputDayView {
  readonly day: number;
  readonly requests: number;
  /** Share too far from the router's training to be scored. */
  readonly farShare: number;
  /** Distance (squared maximum mean discrepancy) to the days that it is compared with; null: too few were sampled on a side. */
  readonly distance: number | null;
}

export interface InputView {
  readonly days: readonly InputDayView[];
  /** Days, the first and the last, that others are compared with; null: nothing was sampled. */
  readonly reference: { readonly fromDay: number; readonly toDay: number } | null;
  /** The largest distance of one of those days to the others of them; null: not known. */
  readonly usual: number | null;
}

export interface InputDaysDeps {
  readonly store: Pick<ShapeStore, "read" | "days">;
}

const SHOWN_DAYS = 60;
/** Days that others are compared with where there is no certificate. */
const FIRST_DAYS = 14;
const MOST_KEPT = 2_000;

/** What a route's requests were like, day by day. What was found of a day that is over is kept. */
export function createInputDays({ store }: InputDaysDeps) {
  const kept = new Map<string, number | null>();

  return async function inputOf(
    route: string,
    today: number,
    certified: { readonly fromDay: number; readonly toDay: number } | null,
  ): Promise<InputView> {
    const since = today - SHOWN_DAYS + 1;
    const counts = store.days(route, since, today);
    const rows = store.read(route, Math.min(since, certified?.fromDay ?? since), today);
    const reference = certified ?? firstDays(rows);
    const days: InputDayView[] = [];
    for (const { day, requests, far } of counts) {
      const distance = reference === null ? null : await distanceOf(day, reference);
      days.push({ day, requests, farShare: far / requests, distance });
    }
    const inside = days.filter(({ day }) => reference !== null && day >= reference.fromDay && day <= reference.toDay);
    const known = inside.flatMap(({ distance }) => distance ?? []);
    return { days, reference, usual: known.length === 0 ? null : Math.max(...known) };

    async function distanceOf(day: number, { fromDay, toDay }: NonNullable<typeof reference>): Promise<number | null> {
      const key = `${route} ${day} ${fromDay} ${toDay}`;
      const known = day === today ? undefined : kept.get(key);
      if (known !== undefined) return known;
      const others = rows.filter((row) => row.day >= fromDay && row.day <= toDay && row.day !== day);
      const found = dayDistance(
        others,
        rows.filter((row) => row.day === day),
        seededRng(day),
      );
      if (kept.size >= MOST_KEPT) kept.clear();
      if (day !== today) kept.set(key, found);
      // A day takes some milliseconds, and requests do not wait for all of them.
      await turn();
      return found;
    }
  };
}

function firstDays(rows: readonly ShapeRow[]): InputView["reference"] {
  const [first] = rows;
  if (first === undefined) return null;
  const toDay = first.day + FIRST_DAYS - 1;
  return { fromDay: first.day, toDay: rows.findLast(({ day }) => day <= toDay)?.day ?? first.day };
}
