import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { LabelDesk } from "../observation/observe/label-desk.ts";
import type { LessonDesk } from "../observation/observe/lesson-desk.ts";
import type { Reports } from "../observation/observe/observation-report.ts";
import type { Observer } from "../observation/observe/observer.ts";
import { reportBody } from "../observation/observe/report-body.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";

const Route = z.string().min(1).default("default");
const Query = z.strictObject({
  route: Route,
  /** One of `previous`; by default the one that runs. */
  observation: z.string().min(1).optional(),
});
const RestartBody = z.strictObject({ route: Route });
const TasksQuery = z.strictObject({ route: Route, limit: z.coerce.number().int().min(1).max(100).default(20) });
const LabelsBody = z.strictObject({
  labels: z
    .array(z.strictObject({ request: z.string().min(1), better: z.enum(["a", "b", "tie"]) }))
    .min(1)
    .max(1_000),
});
const Figure = z.strictObject({
  value: z.number().nullable(),
  low: z.number().nullable().meta({ description: "null: no bound" }),
  high: z.number().nullable(),
  method: z.string(),
  n: z.number().meta({ description: "sessions behind it" }),
});
const Point = z.looseObject({
  threshold: z.number().meta({ description: "from this predicted worth on requests would leave the incumbent" }),
  audits: z.number(),
  moved_share: z.number(),
  saving: Figure,
  quality_difference: Figure,
});
const Report = z.looseObject({
  observation: z.string(),
  route: z.string(),
  kind: z.enum(["observe", "active"]),
  day: z.number(),
  days: z.number().nullable(),
  state: z.enum(["running", "complete", "ended"]),
  commitment: z.string().meta({ description: "SHA-256 of the salt that requests are drawn with" }),
  salt: z.string().nullable().meta({ description: "shown once nothing more is drawn with it" }),
  projected: Point.nullable(),
  thresholds: z.array(Point),
  calibration: z
    .array(
      z.strictObject({
        from: z.number(),
        to: z.number(),
        promised: z
          .number()
          .meta({ description: "quality difference to the incumbent that the router expected, mean" }),
        requests: z.number(),
        audits: z.number(),
        realised: Figure.meta({
          description: "quality difference that audits found; the intervals of all bins hold together",
        }),
      }),
    )
    .meta({ description: "requests that would move, by the quality difference promised for them, lowest first" }),
});

const show: Operation = {
  summary: "What routing would have saved, and at what quality, by the audits so far",
  description:
    "Intervals hold on all days together, so the page may be looked at every day. Below 100 audits of requests that would " +
    "move only bounds that need no audit are given (`no_audit_bound`). `envelope` is what prices alone say. Figures are at most a few seconds old.",
  access: "admin",
  query: Query,
  answers: { 200: { description: "The observation", schema: Report } },
  errors: ["invalid_request", "unknown_route", "not_found"],
};
const restart: Operation = {
  summary: "Begin a route's observation anew; the one that ran is kept",
  access: "admin",
  body: RestartBody,
  answers: { 200: { description: "The new observation", schema: Report } },
  errors: ["invalid_request", "unknown_route", "not_found"],
};
const tasks: Operation = {
  summary: "Audits that wait for a label by people: two answers each, without their models",
  access: "admin",
  query: TasksQuery,
  answers: {
    200: {
      description: "Oldest first",
      schema: z.strictObject({
        tasks: z.array(z.strictObject({ request: z.string(), question: z.string(), a: z.string(), b: z.string() })),
      }),
    },
  },
  errors: ["invalid_request"],
};
const label: Operation = {
  summary: "Say which of two answers is better",
  access: "admin",
  body: LabelsBody,
  answers: { 200: { description: "Taken", schema: z.strictObject({ labelled: z.number() }) } },
  errors: ["invalid_request", "not_found"],
};

const LessonsQuery = z.strictObject({
  route: Route,
  limit: z.coerce.number().int().min(1).max(50_000).default(5_000),
});
const taught: Operation = {
  summary: "What a route's audits showed of two models' answers to the same requests: plans are learned from it",
  description:
    "One line of JSON an audit, newest first: what was expected of both models, what their answers show of themselves (counts " +
    "and a short final answer, no text), how good they were found. `weir train cascade --artifact <folder> --records <file>` reads it.",
  access: "admin",
  query: LessonsQuery,
  answers: { 200: { description: "JSONL", mediaType: "application/x-ndjson" } },
  errors: ["invalid_request"],
};

export interface AdminObservationDeps {
  readonly observer: Pick<Observer, "restart">;
  readonly reports: Reports;
  readonly labels: LabelDesk;
  readonly lessons: LessonDesk;
}

export const adminObservationRoute: FastifyPluginAsync<AdminObservationDeps> = async (
  app,
  { observer, reports, labels, lessons },
) => {
  app.get("/admin/observation", { config: { operation: show } }, async (request) => {
    const { route, observation } = readInput(Query, request.query);
    return reportBody(await reports.report(route, observation));
  });

  app.post("/admin/observation/restart", { config: { operation: restart } }, async (request) => {
    const { route } = readInput(RestartBody, request.body);
    await observer.restart(route);
    reports.forget();
    return reportBody(await reports.report(route));
  });

  app.get("/admin/observation/lessons", { config: { operation: taught } }, async (request, reply) => {
    const { route, limit } = readInput(LessonsQuery, request.query);
    const found = await lessons.lessons(route, limit);
    reply.type("application/x-ndjson");
    return found.map((lesson) => `${JSON.stringify(lesson)}\n`).join("");
  });

  app.get("/admin/observation/labels", { config: { operation: tasks } }, async (request) => {
    const { route, limit } = readInput(TasksQuery, request.query);
    return { tasks: await labels.tasks(route, limit) };
  });

  app.post("/admin/observation/labels", { config: { operation: label } }, async (request) => {
    const { labels: given } = readInput(LabelsBody, request.body);
    for (const one of given) await labels.label(one);
    return { labelled: given.length };
  });
};
