import type Database from "better-sqlite3";
import type { ActivationStore, Period, StoredCertificate } from "../../activation/activation-store.ts";
import type { Certificate } from "../../observation/certificate.ts";
import { auditFrom, observedFrom, type Row } from "./audit-rows.ts";

interface CertificateRow {
  readonly observation_id: string;
  readonly body: string;
  readonly alarms: string;
}

interface ActivationRow {
  readonly version: number;
  readonly state: string | null;
  readonly killed_at_ms: number | null;
  readonly killed_because: string | null;
}

interface PeriodRow {
  readonly period: number;
  readonly salt: string;
  readonly holdout: number;
  readonly started_at_ms: number;
}

interface StratumRow {
  readonly stratum: string;
  readonly requests: number;
}

export function activationStoreOver(database: Database.Database): ActivationStore {
  const selectCertificates = database.prepare<[string, number], CertificateRow>(
    "select * from certificates where route = ? order by issued_at_ms desc, digest limit ?",
  );
  const insertCertificate = database.prepare(
    "insert or ignore into certificates (digest, route, observation_id, issued_at_ms, body, alarms) values (?, ?, ?, ?, ?, '[]')",
  );
  const insertEvidence = database.prepare("insert or ignore into certificate_evidence (digest, lines) values (?, ?)");
  const selectEvidence = database.prepare<[string], { lines: Buffer }>(
    "select lines from certificate_evidence where digest = ?",
  );
  const selectAlarms = database.prepare<[string], { alarms: string }>(
    "select alarms from certificates where digest = ?",
  );
  const updateAlarms = database.prepare("update certificates set alarms = ? where digest = ?");
  const selectTests = database.prepare<[string], { terms: string }>(
    "select terms from certificate_tests where observation_id = ? order by test",
  );
  const insertTest = database.prepare(
    "insert into certificate_tests (observation_id, test, at_ms, terms) values (?, ?, ?, ?)",
  );
  const selectActivation = database.prepare<[string], ActivationRow>("select * from activations where route = ?");
  const insertActivation = database.prepare("insert or ignore into activations (route, version) values (?, 0)");
  const updateState = database.prepare(
    "update activations set state = ?, version = version + 1 where route = ? and version = ?",
  );
  const updateKill = database.prepare("update activations set killed_at_ms = ?, killed_because = ? where route = ?");
  const selectPeriod = database.prepare<[string], PeriodRow>(
    "select period, salt, holdout, started_at_ms from activation_periods where route = ? order by period desc limit 1",
  );
  const insertPeriod = database.prepare(
    "insert or ignore into activation_periods (route, period, salt, holdout, started_at_ms) values (?, ?, ?, ?, ?)",
  );
  const selectFinished = database.prepare<[string, number], Row>(`
    select a.* from audits a
    where a.route = ? and a.finished_at_ms is not null and a.state in ('done', 'unjudged', 'lost')
      and not exists (select 1 from counted_audits c where c.request_id = a.request_id)
    order by a.finished_at_ms, a.request_id limit ?`);
  const selectObserved = database.prepare<[string, string], Row>(
    "select * from observed_requests where observation_id = ? and request_id = ?",
  );
  const countStrata = database.prepare<[string], StratumRow>(
    "select stratum, count(*) as requests from observed_requests where observation_id = ? group by stratum",
  );
  const countRecent = database.prepare<[string, number], StratumRow>(`
    select stratum, count(*) as requests from observed_requests
    where observation_id = (select observation_id from observations where route = ? and ended_at_ms is null)
      and at_ms >= ? group by stratum`);
  const insertCounted = database.prepare("insert or ignore into counted_audits (request_id) values (?)");

  const period = (route: string): Period | null => {
    const row = selectPeriod.get(route);
    if (row === undefined) return null;
    return { period: row.period, salt: row.salt, holdout: row.holdout, startedAtMs: row.started_at_ms };
  };
  const putCertificate = database.transaction(
    (certificate: Certificate, observationId: string, evidence: Uint8Array) => {
      const { digest, binding, issued_at } = certificate;
      insertCertificate.run(digest, binding.route, observationId, Date.parse(issued_at), JSON.stringify(certificate));
      insertEvidence.run(digest, evidence);
    },
  );
  const putAlarm = database.transaction((digest: string, alarm: string) => {
    const row = selectAlarms.get(digest);
    if (row === undefined) return;
    const alarms = JSON.parse(row.alarms) as string[];
    if (!alarms.includes(alarm)) updateAlarms.run(JSON.stringify([...alarms, alarm]), digest);
  });
  const noteTest = database.transaction((observationId: string, terms: string, atMs: number): readonly string[] => {
    const tested = selectTests.all(observationId).map((row) => row.terms);
    const known = tested.indexOf(terms);
    if (known >= 0) return tested.slice(0, known);
    insertTest.run(observationId, tested.length + 1, atMs, terms);
    return tested;
  });
  const markCounted = database.transaction((requestIds: readonly string[]) => {
    for (const requestId of requestIds) insertCounted.run(requestId);
  });

  return {
    certificates: (route, limit) => selectCertificates.all(route, limit).map(storedFrom),
    putCertificate: (certificate, observationId, evidence) =>
      putCertificate.immediate(certificate, observationId, evidence),
    evidence: (digest) => selectEvidence.get(digest)?.lines ?? null,
    putAlarm: (digest, alarm) => putAlarm.immediate(digest, alarm),
    noteTest: (observationId, terms, atMs) => noteTest.immediate(observationId, terms, atMs),
    read(route) {
      const row = selectActivation.get(route);
      if (row === undefined) return { version: 0, state: null, killed: null };
      const { version, state, killed_at_ms: atMs, killed_because: because } = row;
      return { version, state, killed: atMs === null ? null : { atMs, because: because ?? "" } };
    },
    putState(route, version, state) {
      insertActivation.run(route);
      return updateState.run(state, route, version).changes === 1;
    },
    putKill(route, kill) {
      insertActivation.run(route);
      updateKill.run(kill?.atMs ?? null, kill?.because ?? null, route);
    },
    period,
    beginPeriod(route, next) {
      insertPeriod.run(route, next.period, next.salt, next.holdout, next.startedAtMs);
      return period(route) ?? next;
    },
    strata(of) {
      const rows = "route" in of ? countRecent.all(of.route, of.sinceMs) : countStrata.all(of.observationId);
      return Object.fromEntries(rows.map(({ stratum, requests }) => [stratum, requests]));
    },
    uncounted: (route, limit) =>
      selectFinished.all(route, limit).flatMap((row) => {
        const audit = auditFrom(row);
        const observed = selectObserved.get(audit.observationId, audit.requestId);
        return observed === undefined ? [] : [{ audit, row: observedFrom(observed) }];
      }),
    markCounted: (requestIds) => markCounted.immediate(requestIds),
  };
}

/** Only `putCertificate` above writes bodies. */
function storedFrom({ observation_id, body, alarms }: CertificateRow): StoredCertificate {
  return {
    certificate: JSON.parse(body) as Certificate,
    observationId: observation_id,
    alarms: JSON.parse(alarms) as string[],
  };
}
