import type Database from "better-sqlite3";
import { Comparison } from "../../retrain/comparison.ts";
import type { RetrainRun, RetrainStore, RunState } from "../../retrain/retrain-store.ts";

interface RunRow {
  readonly run_id: string;
  readonly route: string;
  readonly router: string;
  readonly serving: string;
  readonly trigger_kind: string;
  readonly due_at_ms: number | null;
  readonly state: string;
  readonly stage: string;
  readonly started_at_ms: number;
  readonly ended_at_ms: number | null;
  readonly since_ms: number;
  readonly holder: string;
  readonly candidate: string | null;
  readonly because: string | null;
  readonly comparison: string | null;
  readonly dismissed_at_ms: number | null;
}

export function retrainStoreOver(database: Database.Database): RetrainStore {
  const insert = database.prepare(`
    insert or ignore into retrain_runs (run_id, route, router, serving, trigger_kind, due_at_ms, state, stage,
      started_at_ms, ended_at_ms, since_ms, holder, candidate, because, comparison, dismissed_at_ms)
    values (?, ?, ?, ?, ?, ?, 'running', ?, ?, null, ?, ?, null, null, null, null)`);
  const selectInTheWay = database.prepare<unknown[], RunRow>(`
    select * from retrain_runs where (router = ? and state = 'running') or (route = ? and due_at_ms = ?)
    order by state = 'running' desc limit 1`);
  const setHolder = database.prepare("update retrain_runs set holder = ? where run_id = ? and state = 'running'");
  const setStage = database.prepare("update retrain_runs set stage = ? where run_id = ? and state = 'running'");
  const setEnd = database.prepare(`
    update retrain_runs set state = ?, ended_at_ms = ?, candidate = ?, because = ?, comparison = ?
    where run_id = ? and state = 'running'`);
  const selectRun = database.prepare<unknown[], RunRow>("select * from retrain_runs where run_id = ?");
  const selectRuns = database.prepare<unknown[], RunRow>(`
    select * from retrain_runs where @route is null or route = @route
    order by started_at_ms desc, run_id desc limit @limit`);
  const selectRunning = database.prepare<unknown[], RunRow>("select * from retrain_runs where state = 'running'");
  const selectLastScheduled = database.prepare<unknown[], { at: number | null }>(
    "select max(started_at_ms) as at from retrain_runs where route = ? and due_at_ms is not null",
  );
  const setDismissed = database.prepare(
    "update retrain_runs set dismissed_at_ms = coalesce(dismissed_at_ms, ?) where run_id = ? and state = 'proposed'",
  );
  const countRuns = database.prepare<unknown[], { route: string; state: string; runs: number }>(
    "select route, state, count(*) as runs from retrain_runs group by route, state",
  );

  const begin = database.transaction((run: RetrainRun): RetrainRun | null => {
    const { changes } = insert.run(
      run.runId,
      run.route,
      run.router,
      run.serving,
      run.trigger,
      run.dueAtMs,
      run.stage,
      run.startedAtMs,
      run.sinceMs,
      run.holder,
    );
    if (changes > 0) return null;
    const other = selectInTheWay.get(run.router, run.route, run.dueAtMs);
    return other === undefined ? null : runFrom(other);
  });
  const one = (row: RunRow | undefined) => (row === undefined ? null : runFrom(row));

  return {
    begin: async (run) => begin.immediate(run),
    async hold(runId, holder) {
      setHolder.run(holder, runId);
    },
    async stage(runId, stage) {
      setStage.run(stage, runId);
    },
    async end(runId, { state, endedAtMs, candidate, because, comparison }) {
      const body = comparison === null ? null : JSON.stringify(comparison);
      return setEnd.run(state, endedAtMs, candidate, because, body, runId).changes > 0;
    },
    find: async (runId) => one(selectRun.get(runId)),
    list: async (route, limit) => selectRuns.all({ route, limit }).map(runFrom),
    running: async () => selectRunning.all().map(runFrom),
    lastScheduled: async (route) => selectLastScheduled.get(route)?.at ?? null,
    dismiss: async (runId, atMs) => setDismissed.run(atMs, runId).changes > 0,
    // The only writer of the column is this file.
    counts: async () => countRuns.all().map((row) => ({ ...row, state: row.state as RunState })),
  };
}

function runFrom(row: RunRow): RetrainRun {
  return {
    runId: row.run_id,
    route: row.route,
    router: row.router,
    serving: row.serving,
    // Both words were written by this file from the same type.
    trigger: row.trigger_kind as RetrainRun["trigger"],
    dueAtMs: row.due_at_ms,
    state: row.state as RunState,
    stage: row.stage,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
    sinceMs: row.since_ms,
    holder: row.holder,
    candidate: row.candidate,
    because: row.because,
    comparison: row.comparison === null ? null : Comparison.parse(JSON.parse(row.comparison)),
    dismissedAtMs: row.dismissed_at_ms,
  };
}
