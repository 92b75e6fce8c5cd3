import type Database from "better-sqlite3";
import type {
  Audit,
  AuditChange,
  AuditCounts,
  AuditStore,
  ObservationCount,
  ObservationDay,
  Sighting,
} from "../../observation/observe/audit-store.ts";
import {
  auditCells,
  auditFrom,
  columnOf,
  insertAudit,
  insertObserved,
  observationFrom,
  observedCells,
  observedFrom,
  type Row,
} from "./audit-rows.ts";

const CHANGED = [
  "judgedBy",
  "incumbentQuality",
  "routedQuality",
  "noise",
  "goldIncumbent",
  "goldRouted",
  "routedNanoUsd",
  "reason",
  "finishedAtMs",
  "nextAtMs",
] as const;

export function auditStoreOver(database: Database.Database): AuditStore {
  const row = (text: string) => database.prepare<unknown[], Row>(text);
  const selectCurrent = row("select * from observations where route = ? and ended_at_ms is null");
  const selectObservation = row("select * from observations where observation_id = ?");
  const listObservations = row(
    "select * from observations where route = ? order by started_at_ms desc, observation_id desc limit ?",
  );
  const insertObservation = database.prepare(`
    insert or ignore into observations
      (observation_id, route, kind, started_at_ms, days, ended_at_ms, end_reason, salt, binding, thresholds)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const endObservation = database.prepare(
    "update observations set ended_at_ms = ?, end_reason = ? where observation_id = ? and ended_at_ms is null",
  );
  const setThresholds = database.prepare(
    "update observations set thresholds = ? where observation_id = ? and thresholds is null",
  );
  const setDesign = database.prepare(`
    insert into observation_days (observation_id, day, design, figures) values (?, ?, ?, null)
    on conflict (observation_id, day) do update set design = excluded.design where design is null`);
  const setFigures = database.prepare(`
    insert into observation_days (observation_id, day, design, figures) values (?, ?, null, ?)
    on conflict (observation_id, day) do update set figures = excluded.figures`);
  const selectDays = row("select day, design, figures from observation_days where observation_id = ? order by day");
  const insertRow = database.prepare(insertObserved);
  const insertDrawn = database.prepare(insertAudit);
  const insertText = database.prepare("insert or replace into audit_texts (request_id, content) values (?, ?)");
  const deleteText = database.prepare("delete from audit_texts where request_id = ?");
  const selectText = row("select content from audit_texts where request_id = ?");
  const addCount = database.prepare(`
    insert into observation_counts (observation_id, day, reason, requests, cost_nano_usd)
    values (@observationId, @day, @reason, @requests, @costNanoUsd)
    on conflict (observation_id, day, reason) do update
      set requests = requests + excluded.requests, cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd`);
  const selectDue = row(`
    select * from audits
    where state = 'queued' and next_at_ms <= @nowMs and (is_in_memory = 0 or holder = @holder)
      and route in (select value from json_each(@routes))
    order by at_ms, request_id limit @limit`);
  const markRunning = database.prepare(
    "update audits set state = 'running', holder = ?, tries = tries + 1 where request_id = ?",
  );
  const selectAudit = row("select * from audits where request_id = ?");
  const insertLesson = database.prepare(
    "insert or replace into audit_lessons (request_id, route, at_ms, lesson) values (?, ?, ?, ?)",
  );
  const selectLessons = row("select lesson from audit_lessons where route = ? order by at_ms desc limit ?");
  const deleteLessons = database.prepare(
    "delete from audit_lessons where request_id in (select request_id from audit_lessons where at_ms < ? limit ?)",
  );
  const selectHolders = row(
    "select distinct holder from audits where state in ('queued', 'running') and holder is not null",
  );
  const lose = database.prepare(`
    update audits set state = 'lost', reason = 'process_ended', finished_at_ms = ?, holder = null
    where holder = ? and is_in_memory = 1 and state in ('queued', 'running')`);
  const requeue = database.prepare(
    "update audits set state = 'queued', holder = null where holder = ? and is_in_memory = 0 and state = 'running'",
  );
  const selectUnlabelled = row(`
    select a.* from audits a join audit_texts t using (request_id)
    where a.route = ? and a.is_gold = 1 and a.gold_routed is null and a.state in ('done', 'unjudged')
    order by a.at_ms limit ?`);
  const countStates = row(`
    select state, count(*) as audits, sum(replay_nano_usd) as replay, sum(judge_nano_usd) as judge
    from audits where observation_id = ? group by state`);
  const sumSpent = row(
    "select coalesce(sum(replay_nano_usd + judge_nano_usd), 0) as spent from audits where route = ? and finished_at_ms >= ?",
  );
  const countRows = row("select count(*) as rows from observed_requests where observation_id = ? and day <= ?");
  const selectRows = row(
    "select * from observed_requests where observation_id = ? and day <= ? and lot < ? order by request_id",
  );
  const selectAudits = row("select * from audits where observation_id = ? order by request_id");
  const selectCounts = row("select * from observation_counts where observation_id = ? and day <= ?");
  const selectOld = row("select observation_id from observations where ended_at_ms < ?");
  const deleteRows = database.prepare(`
    delete from observed_requests where observation_id = ? and request_id in (
      select request_id from observed_requests where observation_id = ? limit ?)`);
  const deleteOldTexts = database.prepare(
    "delete from audit_texts where request_id in (select request_id from audits where observation_id = ?)",
  );

  const append = database.transaction(({ rows, audits, counts }: Sighting) => {
    for (const request of rows) insertRow.run(...observedCells(request));
    for (const { audit, text } of audits) {
      const { changes } = insertDrawn.run(...auditCells(audit));
      if (changes > 0 && text !== null) insertText.run(audit.requestId, text);
    }
    for (const count of counts) addCount.run(count);
  });
  const take = database.transaction(
    (options: { routes: string; holder: string; nowMs: number; limit: number }): Audit[] => {
      const due = selectDue.all(options).map(auditFrom);
      for (const { requestId } of due) markRunning.run(options.holder, requestId);
      return due.map((audit) => ({ ...audit, state: "running", holder: options.holder, tries: audit.tries + 1 }));
    },
  );
  const change = database.transaction((requestId: string, changed: AuditChange) => {
    const given = CHANGED.filter((field) => changed[field] !== undefined);
    const sets = given.map((field) => `${columnOf(field)} = ?`);
    const isWaiting = changed.state === "queued";
    database
      .prepare(
        `update audits set state = ?, replay_nano_usd = replay_nano_usd + ?, judge_nano_usd = judge_nano_usd + ?,
           holder = case when ? and is_in_memory = 1 then holder end${sets.map((set) => `, ${set}`).join("")}
         where request_id = ?`,
      )
      .run(
        changed.state,
        changed.replayNanoUsd,
        changed.judgeNanoUsd,
        Number(isWaiting),
        ...given.map((field) => changed[field]),
        requestId,
      );
    const audit = selectAudit.get(requestId);
    const waitsForPeople = audit !== undefined && audit["is_gold"] === 1 && audit["gold_routed"] === null;
    if (!isWaiting && (changed.state === "lost" || !waitsForPeople)) deleteText.run(requestId);
  });
  const release = database.transaction((holder: string, nowMs: number) => ({
    lost: lose.run(nowMs, holder).changes,
    requeued: requeue.run(holder).changes,
  }));
  const prune = database.transaction((beforeMs: number, limit: number) => {
    let left = limit - deleteLessons.run(beforeMs, limit).changes;
    for (const { observation_id: id } of selectOld.all(beforeMs)) {
      deleteOldTexts.run(id);
      if (left > 0) left -= deleteRows.run(id, id, left).changes;
    }
    return limit - left;
  });
  const one = (found: Row | undefined) => (found === undefined ? null : observationFrom(found));

  return {
    current: async (route) => one(selectCurrent.get(route)),
    find: async (id) => one(selectObservation.get(id)),
    list: async (route, limit) => listObservations.all(route, limit).map(observationFrom),
    async begin(observation) {
      const { observationId, route, kind, startedAtMs, days, endedAtMs, endReason, salt, binding, thresholds } =
        observation;
      insertObservation.run(
        observationId,
        route,
        kind,
        startedAtMs,
        days,
        endedAtMs,
        endReason,
        salt,
        binding,
        thresholds === null ? null : JSON.stringify(thresholds),
      );
      return one(selectCurrent.get(route)) ?? observation;
    },
    async end(id, atMs, reason) {
      endObservation.run(atMs, reason, id);
    },
    async putThresholdsOnce(id, thresholds) {
      setThresholds.run(JSON.stringify(thresholds), id);
      return one(selectObservation.get(id))?.thresholds ?? thresholds;
    },
    async putDesignOnce(id, day, design) {
      setDesign.run(id, day, design);
      const found = selectDays.all(id).find((entry) => entry["day"] === day);
      return String(found?.["design"] ?? design);
    },
    async putFigures(id, day, figures) {
      setFigures.run(id, day, figures);
    },
    days: async (id) => selectDays.all(id) as unknown as ObservationDay[], // three columns of those names
    append: (sighting) => append.immediate(sighting),
    take: async ({ routes, ...rest }) => take.immediate({ ...rest, routes: JSON.stringify(routes) }),
    async textOf(requestId) {
      const found = selectText.get(requestId);
      return found === undefined ? null : String(found["content"]);
    },
    async putText(requestId, content) {
      insertText.run(requestId, content);
    },
    async putLesson({ requestId, route, atMs, lesson }) {
      insertLesson.run(requestId, route, atMs, lesson);
    },
    lessons: async (route, limit) => selectLessons.all(route, limit).map(({ lesson }) => String(lesson)),
    change: async (requestId, changed) => change.immediate(requestId, changed),
    holders: async () => selectHolders.all().map(({ holder }) => String(holder)),
    release: async (holder, nowMs) => release.immediate(holder, nowMs),
    async findAudit(requestId) {
      const found = selectAudit.get(requestId);
      return found === undefined ? null : auditFrom(found);
    },
    unlabelled: async (route, limit) => selectUnlabelled.all(route, limit).map(auditFrom),
    countAudits: async (id) =>
      countStates.all(id).map(
        ({ state, audits, replay, judge }): AuditCounts => ({
          state: state as AuditCounts["state"],
          audits: Number(audits),
          replayNanoUsd: Number(replay),
          judgeNanoUsd: Number(judge),
        }),
      ),
    spentSince: async (route, sinceMs) => Number(sumSpent.get(route, sinceMs)!["spent"]),
    async read(id, { toDay, mostRows }) {
      const rows = Number(countRows.get(id, toDay)!["rows"]);
      const share = rows <= mostRows ? 1 : mostRows / rows;
      return {
        rows: selectRows.all(id, toDay, share).map(observedFrom),
        audits: selectAudits.all(id).map(auditFrom),
        counts: selectCounts.all(id, toDay).map(
          (count): ObservationCount => ({
            observationId: id,
            day: Number(count["day"]),
            reason: String(count["reason"]),
            requests: Number(count["requests"]),
            costNanoUsd: Number(count["cost_nano_usd"]),
          }),
        ),
      };
    },
    prune: async (beforeMs, limit) => prune.immediate(beforeMs, limit),
  };
}
