import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { GuardrailConfig } from "../guarding/guardrail-config.ts";
import type { OpenedGuardrails } from "../guarding/open-guardrails.ts";
import type { GuardrailOutcome } from "../guarding/outcome.ts";
import type { Guardrail } from "../guardrail.ts";
import { EVERY_ENTRY } from "../log/log-store.ts";
import type { RequestLog } from "../log/request-log.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";
import type { Settings } from "../settings.ts";

const MOST_COUNTED = 1_000;
const MOST_TRIED_CHARS = 100_000;
/** A variable of the environment, or a secret that was masked. */
const HIDDEN = /\$\{|\*\*\*/;

const Phase = z.enum(["input", "output"]);
const Checks = z.strictObject({
  checks: z.array(
    z.strictObject({
      check: z.string(),
      description: z.string(),
      phases: z.array(Phase),
      redacts: z.boolean().meta({ description: "what it finds has places, so that it can be replaced" }),
      needs_whole: z.boolean().meta({ description: "a stream is held back until it ends" }),
      is_remote: z.boolean().meta({ description: "somebody is asked over the network" }),
      timeout_ms: z.number(),
      options: z.looseObject({}).meta({ description: "JSON schema of its options" }),
    }),
  ),
});
const Outcomes = z.strictObject({
  requests: z.number().meta({ description: "the newest that were looked at" }),
  guardrails: z.array(
    z.strictObject({
      name: z.string(),
      looked: z.number().meta({ description: "requests or answers that it looked at" }),
      outcomes: z.record(z.string(), z.number()),
    }),
  ),
});
const TryBody = z.strictObject({
  guardrail: z
    .union([z.string(), GuardrailConfig])
    .meta({ description: "the name of one in effect, or a whole one as it would be written" }),
  phase: Phase.default("input"),
  text: z.string().max(MOST_TRIED_CHARS),
});
const Tried = z.strictObject({
  outcome: z.string().meta({ description: "as it would be logged" }),
  found: z.record(z.string(), z.number()),
  findings: z.array(z.strictObject({ label: z.string(), start: z.number().nullable(), end: z.number().nullable() })),
  text: z.string().nullable().meta({ description: "what would go on in its place; null: nothing is replaced" }),
  ms: z.number(),
});

const checks: Operation = {
  summary: "The checks that guardrails can make, with their options",
  access: "admin",
  answers: { 200: { description: "Installed checks", schema: Checks } },
};
const outcomes: Operation = {
  summary: "What guardrails did of late",
  description: `Counted over the newest ${MOST_COUNTED.toLocaleString("en-US")} requests of the log.`,
  access: "admin",
  answers: { 200: { description: "By guardrail", schema: Outcomes } },
  errors: ["not_ready"],
};
const tryOne: Operation = {
  summary: "Try a guardrail on a text",
  description:
    "Nobody is served, and neither the text nor what was found is logged. A guardrail that asks somebody over the network, or " +
    "whose options hold a variable of the environment, is tried as it is in effect: by its name.",
  access: "admin",
  body: TryBody,
  answers: { 200: { description: "What it would do", schema: Tried } },
  errors: ["invalid_request"],
};

export interface AdminGuardrailsDeps {
  readonly guardrails: OpenedGuardrails;
  readonly settings: () => Settings;
  readonly requestLog: Pick<RequestLog, "page">;
}

export const adminGuardrailsRoute: FastifyPluginAsync<AdminGuardrailsDeps> = async (
  app,
  { guardrails, settings, requestLog },
) => {
  app.get("/admin/guardrails/checks", { config: { operation: checks } }, async () => ({
    checks: [...guardrails.checks].map(([name, plugin]) => checkBody(name, plugin)),
  }));

  app.get("/admin/guardrails/outcomes", { config: { operation: outcomes } }, async () => {
    const page = { sort: "time", cursor: null, limit: MOST_COUNTED, withContent: false } as const;
    const { entries } = await requestLog.page({ ...EVERY_ENTRY, ...page });
    // Written by ourselves, as they ended.
    const said = entries.flatMap((entry) => (entry.guardrails ?? []) as readonly GuardrailOutcome[]);
    return { requests: entries.length, guardrails: counted(said) };
  });

  app.post("/admin/guardrails/try", { config: { operation: tryOne } }, async (request, reply) => {
    const { guardrail, phase, text } = readInput(TryBody, request.body);
    const config = typeof guardrail === "string" ? configured(guardrail) : await checked(guardrail);
    if (guardrails.checks.get(config.check)?.abilities.phases.includes(phase) !== true)
      throw new ApiError("invalid_request", `the check "${config.check}" does not look at ${phase}`, {
        place: "phase",
      });
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    const trial = await guardrails.try(config, phase, text, gone.signal);
    const { outcome, found, ms } = trial.outcome;
    return { outcome, found, findings: trial.findings, text: trial.text, ms };
  });

  function configured(name: string): GuardrailConfig {
    const known = settings().guardrails.find((one) => one.name === name);
    if (known !== undefined) return known;
    throw new ApiError("invalid_request", `there is no guardrail "${name}"`, { place: "guardrail" });
  }

  async function checked(config: GuardrailConfig): Promise<GuardrailConfig> {
    const [problem] = await guardrails.problems([config]);
    if (problem !== undefined) {
      const place = problem.path.replace("guardrails.0", "guardrail");
      throw new ApiError("invalid_request", `${place}: ${problem.message}`, { place });
    }
    const isRemote = guardrails.checks.get(config.check)?.abilities.isRemote === true;
    if (!isRemote && !HIDDEN.test(JSON.stringify(config.options))) return config;
    throw new ApiError("invalid_request", `"${config.name}" is tried as it is in effect: save it first`, {
      place: "guardrail",
    });
  }
};

function checkBody(check: string, { options, abilities }: Guardrail) {
  const { description = "", ...schema } = z.toJSONSchema(options, { io: "input", unrepresentable: "any" });
  const { phases, redacts, needsWhole, isRemote, timeoutMs } = abilities;
  const flags = { redacts, needs_whole: needsWhole, is_remote: isRemote, timeout_ms: timeoutMs };
  return { check, description, phases, ...flags, options: schema };
}

function counted(said: readonly GuardrailOutcome[]) {
  const byName = new Map<string, Map<string, number>>();
  for (const { name, outcome } of said) {
    const own = byName.get(name) ?? new Map<string, number>();
    own.set(outcome, (own.get(outcome) ?? 0) + 1);
    byName.set(name, own);
  }
  return [...byName].map(([name, own]) => ({
    name,
    looked: [...own.values()].reduce((sum, times) => sum + times, 0),
    outcomes: Object.fromEntries(own),
  }));
}
