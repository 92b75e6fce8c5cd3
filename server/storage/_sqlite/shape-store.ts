import type Database from "better-sqlite3";
import type { InputDay, ShapeRow, ShapeStore } from "../../observation/input-shapes/shape-store.ts";

interface Row {
  readonly route: string;
  readonly day: number;
  readonly kind: string;
  readonly lot: number;
  readonly request_id: string;
  readonly shape: Buffer;
}

export function shapeStoreOver(database: Database.Database): ShapeStore {
  const insert = database.prepare(
    "insert or ignore into input_shapes (route, day, kind, lot, request_id, shape) values (?, ?, ?, ?, ?, ?)",
  );
  const trim = database.prepare(`
    delete from input_shapes where route = ? and day = ? and lot >
      coalesce((select lot from input_shapes where route = ? and day = ? order by lot limit 1 offset ?), 2)`);
  const select = database.prepare<[string, number, number], Row>(
    "select * from input_shapes where route = ? and day between ? and ? order by day, lot, request_id",
  );
  const remove = database.prepare("delete from input_shapes where day < ?");
  const addDay = database.prepare<InputDay>(`
    insert into input_days (route, day, requests, far) values (@route, @day, @requests, @far)
    on conflict (route, day) do update set requests = requests + excluded.requests, far = far + excluded.far`);
  const selectDays = database.prepare<[string, number, number], InputDay>(
    "select route, day, requests, far from input_days where route = ? and day between ? and ? order by day",
  );
  const removeDays = database.prepare("delete from input_days where day < ?");
  const count = database.transaction((days: readonly InputDay[]) => {
    for (const day of days) addDay.run(day);
  });
  const add = database.transaction((rows: readonly ShapeRow[], most: number) => {
    const days = new Map<string, ShapeRow>();
    for (const row of rows) {
      const { numbers } = row;
      const bytes = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
      insert.run(row.route, row.day, row.kind, row.lot, row.requestId, bytes);
      days.set(`${row.day} ${row.route}`, row);
    }
    for (const { route, day } of days.values()) trim.run(route, day, route, day, most - 1);
  });

  return {
    add: (rows, most) => add.immediate(rows, most),
    read: (route, fromDay, toDay) => select.all(route, fromDay, toDay).map(rowFrom),
    count: (days) => count.immediate(days),
    days: (route, fromDay, toDay) => selectDays.all(route, fromDay, toDay),
    prune(beforeDay) {
      remove.run(beforeDay);
      removeDays.run(beforeDay);
    },
  };
}

function rowFrom({ route, day, kind, lot, request_id: requestId, shape }: Row): ShapeRow {
  // Copied, because numbers of four bytes must lie at a multiple of four.
  const numbers = new Float32Array(Uint8Array.from(shape).buffer);
  return { route, day, kind, lot, requestId, numbers };
}
