import { crossFit, foldsOf } from "../estimators/cross-fit.ts";
import type { ObservedTraffic } from "../estimators/projection.ts";
import { STAYS } from "../leave-score.ts";
import type { Audit, ObservedData, ObservedRequest } from "./audit-store.ts";

/** Observed traffic as columns, row by row with the requests that they came from. */
export interface ObservedColumns {
  readonly rows: readonly ObservedRequest[];
  readonly traffic: ObservedTraffic & { readonly cluster: readonly string[] };
  /** Audits that people labelled. */
  readonly labels: number;
}

const FOLDS = 5;
const LEAST_LABELS = 20;
/** Audits that an expectation of its own weighs as much as what was expected before. */
const PRIOR_AUDITS = 20;

/**
 * Requests that could have been audited, with what their audits found. An audit that has not ended yet, was lost or could not
 * be judged is one that was not drawn: its day's chances are lowered by the share of the day's audits that did end.
 */
export function observedColumns({ rows: all, audits }: ObservedData, goldShare: number): ObservedColumns {
  const done = new Map(
    audits
      .filter(({ state, routedQuality }) => state === "done" && routedQuality !== null)
      .map((a) => [a.requestId, a]),
  );
  const endedShare = endedShares(all, done);
  const rows = all.filter(({ inclusion, day }) => inclusion > 0 && endedShare.get(day) !== 0);
  const auditOf = rows.map(({ requestId }) => done.get(requestId));
  const cluster = rows.map(({ session, requestId }) => session ?? requestId);
  const inclusion = Float64Array.from(rows, (row) =>
    row.score === STAYS ? row.inclusion : row.inclusion * (endedShare.get(row.day) ?? 1),
  );
  const isAudited = Uint8Array.from(auditOf, (audit) => Number(audit !== undefined));
  const judged = Float64Array.from(auditOf, (audit) => (audit === undefined ? 0 : differenceOf(audit)));
  const auditedCost = Float64Array.from(rows, (row, i) => auditOf[i]?.routedNanoUsd ?? row.routedNanoUsd);
  const gold = goldOf(auditOf, goldShare);
  return {
    rows,
    labels: gold.labels,
    traffic: {
      score: Float64Array.from(rows, ({ score }) => score),
      difference: {
        prediction: expectedDifference(rows, { cluster, inclusion, isAudited, judged }),
        inclusion,
        isAudited,
        judged,
        ...(gold.labels < LEAST_LABELS ? {} : { gold: gold.rows }),
      },
      incumbentCost: Float64Array.from(rows, ({ incumbentNanoUsd }) => incumbentNanoUsd),
      expectedCost: expectedCost(rows, { cluster, inclusion, isAudited, auditedCost }),
      auditedCost,
      cluster,
    },
  };
}

/** The rows of a group alone. */
export function columnsWhere({ rows, traffic }: ObservedColumns, isOf: (row: ObservedRequest) => boolean) {
  const kept = [...rows.keys()].filter((row) => isOf(rows[row]!));
  const pick = (column: Float64Array) => Float64Array.from(kept, (row) => column[row]!);
  const flags = (column: Uint8Array) => Uint8Array.from(kept, (row) => column[row]!);
  const { difference } = traffic;
  const { gold } = difference;
  return {
    score: pick(traffic.score),
    difference: {
      prediction: pick(difference.prediction),
      inclusion: pick(difference.inclusion),
      isAudited: flags(difference.isAudited),
      judged: pick(difference.judged),
      ...(gold === undefined
        ? {}
        : {
            gold: {
              inclusion: pick(gold.inclusion),
              isLabelled: flags(gold.isLabelled),
              value: pick(gold.value),
            },
          }),
    },
    incumbentCost: pick(traffic.incumbentCost),
    expectedCost: pick(traffic.expectedCost),
    auditedCost: pick(traffic.auditedCost),
    cluster: kept.map((row) => traffic.cluster[row]!),
  };
}

export function differenceOf({ routedQuality, incumbentQuality }: Audit): number {
  return (routedQuality ?? 0) - (incumbentQuality ?? 0);
}

/** [day] share of its audits that ended, each weighed by what it stands for; requests that stay need no audit. */
function endedShares(rows: readonly ObservedRequest[], done: ReadonlyMap<string, Audit>): ReadonlyMap<number, number> {
  const sums = new Map<number, { drawn: number; ended: number }>();
  for (const { day, requestId, inclusion, isAudited, score } of rows) {
    if (!isAudited || score === STAYS || inclusion === 0) continue;
    const sum = sums.get(day) ?? { drawn: 0, ended: 0 };
    sum.drawn += 1 / inclusion;
    if (done.has(requestId)) sum.ended += 1 / inclusion;
    sums.set(day, sum);
  }
  return new Map([...sums].map(([day, { drawn, ended }]) => [day, ended / drawn]));
}

interface Seen {
  readonly cluster: readonly string[];
  readonly inclusion: Float64Array;
  readonly isAudited: Uint8Array;
}

/**
 * Quality difference expected of each request by the audits of other sessions: its task's mean, drawn to the mean of all, as
 * far as there are audits; before that what the router expected.
 */
function expectedDifference(
  rows: readonly ObservedRequest[],
  { cluster, inclusion, isAudited, judged }: Seen & { readonly judged: Float64Array },
): Float64Array {
  return crossFit(foldsOf(cluster, FOLDS), FOLDS, (others) => {
    const all = meanOf([...others]);
    const byStratum = new Map<string, number[]>();
    for (const row of others) {
      const { stratum } = rows[row]!;
      const known = byStratum.get(stratum);
      if (known === undefined) byStratum.set(stratum, [row]);
      else known.push(row);
    }
    const means = new Map([...byStratum].map(([stratum, some]) => [stratum, meanOf(some)]));
    return (row) => {
      const { score, prediction, stratum } = rows[row]!;
      if (score === STAYS) return 0;
      const overall = drawn(all, prediction);
      return drawn(means.get(stratum) ?? { mean: 0, n: 0 }, overall);
    };
  });

  function meanOf(some: readonly number[]): { readonly mean: number; readonly n: number } {
    let [sum, weight, n] = [0, 0, 0];
    for (const row of some) {
      if (isAudited[row] === 0 || rows[row]!.score === STAYS) continue;
      sum += judged[row]! / inclusion[row]!;
      weight += 1 / inclusion[row]!;
      n++;
    }
    return { mean: n === 0 ? 0 : sum / weight, n };
  }
}

function drawn({ mean, n }: { readonly mean: number; readonly n: number }, before: number): number {
  return (n * mean + PRIOR_AUDITS * before) / (n + PRIOR_AUDITS);
}

/** What the router expected a request to cost, times how far it was off for audits of other sessions. */
function expectedCost(
  rows: readonly ObservedRequest[],
  { cluster, inclusion, isAudited, auditedCost }: Seen & { readonly auditedCost: Float64Array },
): Float64Array {
  return crossFit(foldsOf(cluster, FOLDS), FOLDS, (others) => {
    let [seen, expected, n] = [0, 0, 0];
    for (const row of others) {
      if (isAudited[row] === 0 || rows[row]!.score === STAYS) continue;
      seen += auditedCost[row]! / inclusion[row]!;
      expected += rows[row]!.routedNanoUsd / inclusion[row]!;
      n++;
    }
    const factor = n < PRIOR_AUDITS || expected === 0 ? 1 : seen / expected;
    return (row) => rows[row]!.routedNanoUsd * (rows[row]!.score === STAYS ? 1 : factor);
  });
}

function goldOf(audits: readonly (Audit | undefined)[], goldShare: number) {
  const drawnForPeople = audits.filter((audit) => audit?.isGold === true).length;
  const isLabelled = Uint8Array.from(audits, (audit) => Number(audit?.isGold === true && audit.goldRouted !== null));
  const labels = isLabelled.reduce((sum, flag) => sum + flag, 0);
  const chance = drawnForPeople === 0 ? goldShare : (goldShare * labels) / drawnForPeople;
  return {
    labels,
    rows: {
      inclusion: new Float64Array(audits.length).fill(chance),
      isLabelled,
      value: Float64Array.from(audits, (audit) => (audit?.goldRouted ?? 0) - (audit?.goldIncumbent ?? 0)),
    },
  };
}
