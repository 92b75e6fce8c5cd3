import type Database from "better-sqlite3";
import type { AnswerSource, ModelState } from "../../observation/model-watch/model-state.ts";
import type {
  ModelDay,
  ModelStore,
  ModelUpdate,
  ModelVersion,
  StoredAlarm,
  VersionDay,
  VersionKind,
} from "../../observation/model-watch/model-store.ts";

interface DayRow {
  readonly model: string;
  readonly day: number;
  readonly source: AnswerSource;
  readonly answers: number;
  readonly refusals: number;
  readonly measured: number;
  readonly output_tokens: number;
  readonly log_tokens: number;
  readonly passed: number;
  readonly cost_nano_usd: number;
}

interface VersionRow {
  readonly model: string;
  readonly kind: VersionKind;
  readonly name: string;
  readonly day: number;
  readonly answers: number;
  readonly first_at_ms: number;
  readonly last_at_ms: number;
}

interface AlarmRow {
  readonly at_ms: number;
  readonly route: string;
  readonly model: string | null;
  readonly signal: string;
  readonly because: string;
}

const DAY_MS = 86_400_000;

export function modelStoreOver(database: Database.Database): ModelStore {
  const addDay = database.prepare(`
    insert into model_days (model, day, source, answers, refusals, measured, output_tokens, log_tokens, passed, cost_nano_usd)
    values (@model, @day, @source, @answers, @refusals, @measured, @outputTokens, @logTokens, @passed, @costNanoUsd)
    on conflict do update set answers = answers + excluded.answers, refusals = refusals + excluded.refusals,
      measured = measured + excluded.measured, output_tokens = output_tokens + excluded.output_tokens,
      log_tokens = log_tokens + excluded.log_tokens, passed = passed + excluded.passed,
      cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd`);
  const addVersion = database.prepare(`
    insert into model_versions (model, kind, name, day, answers, first_at_ms, last_at_ms)
    values (@model, @kind, @name, @day, @answers, @firstAtMs, @lastAtMs)
    on conflict do update set answers = answers + excluded.answers,
      first_at_ms = min(first_at_ms, excluded.first_at_ms), last_at_ms = max(last_at_ms, excluded.last_at_ms)`);
  const hasVersion = database.prepare<[string, string, string], { found: number }>(
    "select 1 as found from model_versions where model = ? and kind = ? and name = ? limit 1",
  );
  const selectState = database.prepare<[string], { state: string | null }>(
    "select state from model_watch where model = ?",
  );
  const putState = database.prepare(
    "insert into model_watch (model, state) values (?, ?) on conflict do update set state = excluded.state",
  );
  const selectModels = database.prepare<[], { model: string }>("select distinct model from model_days order by model");
  const selectDays = database.prepare<[string, number], DayRow>(
    "select * from model_days where model = ? and day >= ? order by day, source",
  );
  const selectVersionDays = database.prepare<[string, number], VersionRow>(
    "select * from model_versions where model = ? and day >= ? order by day, kind, name",
  );
  const selectVersions = database.prepare<[string], VersionRow>(`
    select model, kind, name, max(day) as day, sum(answers) as answers, min(first_at_ms) as first_at_ms,
      max(last_at_ms) as last_at_ms
    from model_versions where model = ? group by model, kind, name order by max(last_at_ms) desc, name`);
  const selectPrice = database.prepare<[string], { price: string | null }>(
    "select price from model_watch where model = ?",
  );
  const putPrice = database.prepare(
    "insert into model_watch (model, price) values (?, ?) on conflict do update set price = excluded.price",
  );
  const addModel = database.prepare("insert or ignore into model_watch (model) values (?)");
  const claim = database.prepare("update model_watch set canary_slot = ? where model = ? and canary_slot < ?");
  const selectSpent = database.prepare<[number], { cost: number | null }>(
    "select sum(cost_nano_usd) as cost from model_days where day = ? and source = 'canary'",
  );
  const insertAlarm = database.prepare(
    "insert into drift_alarms (at_ms, route, model, signal, because) values (?, ?, ?, ?, ?)",
  );
  const selectAlarms = database.prepare<[string | null, string | null, number], AlarmRow>(
    "select * from drift_alarms where (? is null or route = ?) order by at_ms desc, alarm_id desc limit ?",
  );
  const pruning = ["model_days", "model_versions"].map((table) =>
    database.prepare(`delete from ${table} where day < ?`),
  );
  const pruneAlarms = database.prepare("delete from drift_alarms where at_ms < ?");

  const stateOf = (model: string): ModelState | null => {
    const text = selectState.get(model)?.state;
    return text == null ? null : (JSON.parse(text) as ModelState); // only `update` writes it
  };
  const update = database.transaction(({ days, versions, step, models }: ModelUpdate): readonly VersionDay[] => {
    for (const day of days) addDay.run(day);
    const fresh = versions.filter(({ model, kind, name }) => hasVersion.get(model, kind, name) === undefined);
    for (const version of versions) addVersion.run(version);
    for (const model of models) putState.run(model, JSON.stringify(step(model, stateOf(model))));
    return fresh;
  });
  const exchangePrice = database.transaction((model: string, price: string): string | null => {
    const before = selectPrice.get(model)?.price ?? null;
    if (before !== price) putPrice.run(model, price);
    return before;
  });

  return {
    update: (changes) => update.immediate(changes),
    state: stateOf,
    models: () => selectModels.all().map(({ model }) => model),
    days: (model, sinceDay) => selectDays.all(model, sinceDay).map(dayFrom),
    versionDays: (model, sinceDay) =>
      selectVersionDays.all(model, sinceDay).map((row) => ({ ...versionFrom(row), day: row.day })),
    versions: (model) => selectVersions.all(model).map(versionFrom),
    putPrice: (model, price) => exchangePrice.immediate(model, price),
    claimSlot(model, slot) {
      addModel.run(model);
      return claim.run(slot, model, slot).changes === 1;
    },
    canaryNanoUsd: (day) => selectSpent.get(day)?.cost ?? 0,
    putAlarm: ({ atMs, route, model, signal, because }) => void insertAlarm.run(atMs, route, model, signal, because),
    alarms: (route, limit) => selectAlarms.all(route, route, limit).map(alarmFrom),
    prune(beforeDay) {
      for (const statement of pruning) statement.run(beforeDay);
      pruneAlarms.run(beforeDay * DAY_MS);
    },
  };
}

function dayFrom(row: DayRow): ModelDay {
  const { model, day, source, answers, refusals, measured, passed } = row;
  const [outputTokens, logTokens, costNanoUsd] = [row.output_tokens, row.log_tokens, row.cost_nano_usd];
  return { model, day, source, answers, refusals, measured, outputTokens, logTokens, passed, costNanoUsd };
}

function versionFrom({ model, kind, name, answers, first_at_ms, last_at_ms }: VersionRow): ModelVersion {
  return { model, kind, name, answers, firstAtMs: first_at_ms, lastAtMs: last_at_ms };
}

function alarmFrom({ at_ms, route, model, signal, because }: AlarmRow): StoredAlarm {
  return { atMs: at_ms, route, model, signal, because };
}
