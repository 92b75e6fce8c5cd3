import type Database from "better-sqlite3";
import type { SwitchStore } from "../../activation/switches.ts";

interface SwitchRow {
  readonly route: string;
  readonly override: string | null;
  readonly at_ms: number;
}

export function switchStoreOver(database: Database.Database): SwitchStore {
  const select = database.prepare<[], SwitchRow>("select * from activation_switches order by route");
  const upsert = database.prepare(
    "insert into activation_switches (route, override, at_ms) values (?, ?, ?) " +
      "on conflict (route) do update set override = excluded.override, at_ms = excluded.at_ms",
  );
  const remove = database.prepare("delete from activation_switches where route = ?");
  return {
    list: () => select.all().map(({ route, override, at_ms: atMs }) => ({ route, override, atMs })),
    put({ route, override, atMs }) {
      upsert.run(route, override, atMs);
    },
    remove(route) {
      remove.run(route);
    },
  };
}
