import { usdFromNano } from "../../../engine/cost.ts";
import { commitmentOf } from "../audit-design.ts";
import type { StratumFinding } from "../certify/certify.ts";
import type { Estimate } from "../estimators/estimate.ts";
import type { ProjectedPoint } from "../estimators/projection.ts";
import { MOST_LOST } from "../observation-file.ts";
import type { AuditState, Observation } from "./audit-store.ts";
import type { ObservationReport } from "./observation-report.ts";

/** Answer of GET /admin/observation. Shares and differences are fractions; money is USD. */
export function reportBody(report: ObservationReport) {
  const { observation, section, day, isOver, figures, counts, promise } = report;
  const { days } = observation;
  const requests = counts.reduce((sum, count) => sum + count.requests, 0);
  const costNanoUsd = counts.reduce((sum, count) => sum + count.costNanoUsd, 0);
  const eligible = counts.filter(({ reason }) => reason === "").reduce((sum, count) => sum + count.requests, 0);
  const excluded = excludedOf(report, requests);
  return {
    ...headOf(observation),
    at: new Date(report.atMs).toISOString(),
    // The day that runs, from 1.
    day: days === null ? day + 1 : Math.min(day + 1, Math.ceil(days)),
    days,
    state: observation.endedAtMs !== null ? "ended" : isOver ? "complete" : "running",
    // Shown once nothing more is drawn with it.
    salt: isOver ? observation.salt : null,
    // What the intervals hold for: all days together while it runs, all thresholds and groups at once when it has ended.
    bands: report.isFinal ? "simultaneous" : "anytime",
    binding: JSON.parse(observation.binding) as unknown,
    traffic: {
      requests,
      cost_usd: usdFromNano(costNanoUsd),
      eligible,
      incumbent_usd: incumbentUsd(figures, eligible),
      observed: figures.requests,
      excluded_share: excluded.reduce((sum, { share }) => sum + share, 0),
      excluded,
    },
    audits: auditsOf(report),
    envelope: figures.envelope,
    promise: { max_quality_loss: promise.maxQualityLoss, confidence: promise.confidence },
    projected: figures.projected === null ? null : pointBody(figures.projected),
    thresholds: figures.points.map(pointBody),
    by: Object.fromEntries(
      Object.entries(figures.by).map(([kind, groups]) => [
        kind,
        groups.map(({ name, requests: count, ...point }) => ({ name, requests: count, ...pointBody(point) })),
      ]),
    ),
    noise_floor:
      figures.noise === null
        ? null
        : {
            audits: figures.noise.audits,
            discordant_share: figures.noise.discordantShare,
            quality_difference: estimateBody(figures.noise.difference),
          },
    judged_by: figures.judgedBy,
    labels: { people: figures.labels, share: section.goldShare },
    certifiable: certifiableOf(report),
    calibration: figures.calibration.map(({ realised, ...bin }) => ({ ...bin, realised: estimateBody(realised) })),
    tighter: { audits_to_halve: figures.auditsToHalve, audits_to_show: figures.auditsToShow },
    history: report.days.flatMap(({ day: of, figures: text }) =>
      text === null ? [] : [{ day: of + 1, ...(JSON.parse(text) as object) }],
    ),
    previous: report.previous.map(headOf),
  };
}

/** What eligible requests cost at the incumbent, or would have; where figures are of a share of them, as that share says. */
function incumbentUsd({ requests, incumbentNanoUsd }: ObservationReport["figures"], eligible: number): number {
  return requests === 0 ? 0 : usdFromNano(Math.round((incumbentNanoUsd * eligible) / requests));
}

function headOf({ observationId, route, kind, startedAtMs, endedAtMs, endReason, salt }: Observation) {
  return {
    observation: observationId,
    route,
    kind,
    started_at: new Date(startedAtMs).toISOString(),
    ended_at: endedAtMs === null ? null : new Date(endedAtMs).toISOString(),
    end_reason: endReason,
    commitment: commitmentOf(salt),
  };
}

function excludedOf({ counts }: ObservationReport, requests: number) {
  const sums = new Map<string, number>();
  for (const { reason, requests: count } of counts)
    if (reason !== "") sums.set(reason, (sums.get(reason) ?? 0) + count);
  return [...sums]
    .sort((a, b) => b[1] - a[1])
    .map(([reason, count]) => ({ reason, requests: count, share: count / requests }));
}

function auditsOf({ audits, figures, section, spentTodayNanoUsd, observation }: ObservationReport) {
  const count = (...states: AuditState[]) =>
    audits.filter(({ state }) => states.includes(state)).reduce((sum, one) => sum + one.audits, 0);
  const sum = (field: "replayNanoUsd" | "judgeNanoUsd") => audits.reduce((total, one) => total + one[field], 0);
  const rate = observation.kind === "observe" ? section.auditRate : section.activeAuditRate;
  return {
    drawn: count("queued", "running", "done", "unjudged", "lost"),
    queued: count("queued", "running"),
    done: count("done"),
    unjudged: count("unjudged"),
    lost: count("lost"),
    unjudged_share: figures.unjudgedShare,
    lost_share: figures.lostShare,
    replay_usd: usdFromNano(sum("replayNanoUsd")),
    judge_usd: usdFromNano(sum("judgeNanoUsd")),
    spent_today_usd: usdFromNano(spentTodayNanoUsd),
    daily_usd: section.dailyUsd,
    rate,
    note: rate === 0 || section.dailyUsd === 0 ? "no audits, nothing can be certified" : null,
  };
}

/** Findings, or why nothing can be certified at all. */
function certifiableOf({ figures }: ObservationReport) {
  const { certifiable, lostShare } = figures;
  const refusal =
    lostShare > MOST_LOST ? "too_many_lost" : certifiable === null ? "no_audits" : (null as string | null);
  return {
    refusal,
    loss: "harm",
    overall: certifiable === null ? null : findingBody(certifiable.overall),
    strata: certifiable?.strata.map(findingBody) ?? [],
  };
}

function findingBody({ stratum, threshold, n, sessions, routedShare, observedLoss, missing }: StratumFinding) {
  return {
    stratum,
    threshold,
    audits: n,
    sessions,
    share: routedShare ?? 0,
    observed_loss: observedLoss,
    // null: none, or no number would do at the loss seen.
    samples_missing: missing !== null && Number.isFinite(missing) ? missing : null,
    is_possible: missing === null || Number.isFinite(missing),
  };
}

function pointBody({ threshold, audited, movedShare, qualityDifference, saving }: ProjectedPoint) {
  return {
    threshold,
    audits: audited,
    moved_share: movedShare,
    saving: estimateBody(saving),
    quality_difference: estimateBody(qualityDifference),
  };
}

/** A bound that does not exist is null: JSON knows no infinity. */
function estimateBody({ value, low, high, method, n }: Estimate) {
  const finite = (figure: number) => (Number.isFinite(figure) ? figure : null);
  return { value: finite(value), low: finite(low), high: finite(high), method, n };
}
