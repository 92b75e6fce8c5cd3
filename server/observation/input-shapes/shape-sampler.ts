import type { ShapeRow, ShapeStore } from "./shape-store.ts";

/** Keeps those of a day's requests that have the lowest lots. */
export interface ShapeSampler {
  take(row: ShapeRow): void;
  flush(): void;
}

/** Requests of a day and route that are kept. */
export const SAMPLE = 100;
const MOST_DAYS = 100;

export function createShapeSampler(store: Pick<ShapeStore, "add">): ShapeSampler {
  const days = new Map<string, { readonly lots: number[]; rows: ShapeRow[] }>();

  return {
    take(row) {
      const key = `${row.day} ${row.route}`;
      let day = days.get(key);
      if (day === undefined) {
        if (days.size >= MOST_DAYS) days.clear();
        day = { lots: [], rows: [] };
        days.set(key, day);
      }
      const { lots } = day;
      if (lots.length >= SAMPLE && row.lot >= lots.at(-1)!) return;
      const at = lots.findIndex((lot) => lot > row.lot);
      lots.splice(at < 0 ? lots.length : at, 0, row.lot);
      lots.length = Math.min(lots.length, SAMPLE);
      day.rows.push(row);
    },
    flush() {
      const all = [...days.values()];
      const rows = all.flatMap((day) => day.rows);
      if (rows.length === 0) return;
      store.add(rows, SAMPLE);
      for (const day of all) day.rows = [];
    },
  };
}
