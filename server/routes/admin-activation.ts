import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { Activation } from "../activation/activation.ts";
import type { ActiveRoute } from "../activation/active-route.ts";
import { signalsOf } from "../activation/ramp.ts";
import type { Alarm } from "../activation/send-alarm.ts";
import { commitmentOf } from "../observation/audit-design.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";

const VoidBecause = z.array(z.strictObject({ code: z.string(), message: z.string() }));
const Route = z.strictObject({
  route: z.string(),
  standing: z.string(),
  override: z.string().nullable(),
  share: z.number().meta({ description: "of the treated sessions that are routed now" }),
  killed: z.strictObject({ at: z.string().nullable(), because: z.string() }).nullable(),
  certificate: z
    .strictObject({
      digest: z.string(),
      issued_at: z.string(),
      expires_at: z.string(),
      valid: z.boolean(),
      void_because: VoidBecause,
    })
    .nullable(),
  holdout: z
    .strictObject({ share: z.number(), period: z.number(), salt_commitment: z.string(), since: z.string() })
    .nullable(),
  ramp: z
    .strictObject({
      stage: z.number(),
      stages: z.array(z.number()),
      since: z.string(),
      routed_requests: z.number(),
      held: z.string().nullable(),
      rolled_back: z.strictObject({ at: z.string(), signal: z.string(), because: z.string() }).nullable(),
      next: z.strictObject({ not_before: z.string(), requests_missing: z.number() }).nullable(),
    })
    .nullable(),
  signals: z.array(
    z.strictObject({
      signal: z.string(),
      stratum: z.string().nullable(),
      looks: z.number(),
      evidence: z.number(),
      alarm_from: z.number(),
      recent_mean: z.number().nullable(),
      allowed: z.number(),
    }),
  ),
});
const Routes = z.strictObject({
  routes: z.array(Route),
  alarms: z.array(z.strictObject({ route: z.string(), signal: z.string(), at: z.string(), because: z.string() })),
});
const Name = z.string().min(1).max(200);
const KillBody = z.strictObject({ route: Name, because: z.string().trim().min(1).max(500).default("admin") });
const ResumeBody = z.strictObject({ route: Name });

const list: Operation = {
  summary: "What active routes may do now, under which certificate or override, and how far their ramps are",
  access: "admin",
  answers: { 200: { description: "Active routes and the latest alarms", schema: Routes } },
};
const kill: Operation = {
  summary: "Keep every request of a route on its incumbent, at once and until it is resumed",
  description: "Every process that shares the storage follows within a second. It outlasts restarts.",
  access: "admin",
  body: KillBody,
  answers: { 200: { description: "Killed", schema: Route } },
  errors: ["invalid_request", "unknown_route"],
};
const resume: Operation = {
  summary: "Take back a kill, and begin the ramp anew after a roll-back",
  access: "admin",
  body: ResumeBody,
  answers: { 200: { description: "As it stands now", schema: Route } },
  errors: ["invalid_request", "unknown_route"],
};

export const adminActivationRoute: FastifyPluginAsync<{ activation: Activation }> = async (app, { activation }) => {
  app.get("/admin/activation", { config: { operation: list } }, async () => ({
    routes: activation.routes().map(routeBody),
    alarms: activation.alarms.map(alarmBody),
  }));
  app.post("/admin/activation/kill", { config: { operation: kill } }, async (request) => {
    const { route, because } = readInput(KillBody, request.body);
    activation.kill(route, because);
    return routeBody(activation.find(route));
  });
  app.post("/admin/activation/resume", { config: { operation: resume } }, async (request) => {
    const { route } = readInput(ResumeBody, request.body);
    activation.resume(route);
    return routeBody(activation.find(route));
  });
};

const HOUR_MS = 3_600_000;

function routeBody(active: ActiveRoute) {
  const { name, stopped, override, share, killed, certificate, voids, period, ramp, terms } = active;
  const valid = certificate !== null && voids.length === 0;
  return {
    route: name,
    standing: stopped ?? (valid ? "certified" : "override"),
    override,
    share,
    killed: killed === null ? null : { at: killed.atMs === null ? null : moment(killed.atMs), because: killed.because },
    certificate:
      certificate === null
        ? null
        : {
            digest: certificate.certificate.digest,
            issued_at: certificate.certificate.issued_at,
            expires_at: certificate.certificate.expires_at,
            valid,
            void_because: voids.map(({ code, message }) => ({ code, message })),
          },
    holdout:
      period === null
        ? null
        : {
            share: period.holdout,
            period: period.period,
            salt_commitment: commitmentOf(period.salt),
            since: moment(period.startedAtMs),
          },
    ramp: ramp === null ? null : rampBody(ramp, terms),
    signals: ramp === null ? [] : signalsOf(ramp, terms).map(signalBody),
  };
}

function rampBody(
  { stage, sinceMs, routed, held, rolledBack }: NonNullable<ActiveRoute["ramp"]>,
  { stages, hours, requests }: ActiveRoute["terms"],
) {
  const isLast = stage >= stages.length - 1 || rolledBack !== null;
  return {
    stage: Math.min(stage, stages.length - 1),
    stages: [...stages],
    since: moment(sinceMs),
    routed_requests: routed,
    held,
    rolled_back:
      rolledBack === null
        ? null
        : { at: moment(rolledBack.atMs), signal: rolledBack.signal, because: rolledBack.because },
    next: isLast
      ? null
      : { not_before: moment(sinceMs + hours * HOUR_MS), requests_missing: Math.max(0, requests - routed) },
  };
}

function signalBody({ signal, stratum, monitor, options }: ReturnType<typeof signalsOf>[number]) {
  return {
    signal,
    stratum: stratum === "" ? null : stratum,
    looks: monitor.count,
    evidence: monitor.highest,
    alarm_from: 1 / options.delta,
    recent_mean: monitor.count === 0 ? null : monitor.mean,
    allowed: options.alpha,
  };
}

function alarmBody({ route, signal, atMs, because }: Alarm) {
  return { route, signal, at: moment(atMs), because };
}

function moment(ms: number): string {
  return new Date(ms).toISOString();
}
