import { isUtf8 } from "node:buffer";
import { randomInt } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { renderDecision } from "../engine/decision.ts";
import { loadPolicies } from "../engine/index.ts";
import { requestFromBody } from "../engine/request.ts";
import { seededRng } from "../engine/rng.ts";
import { type CandidateReport, type RouteDecision, RouteRequest } from "../engine/schema/decision.ts";
import { type ConfigFlags, processEnvironment, readSettings } from "./config.ts";
import { ApiError } from "./errors.ts";
import { createIds } from "./ids.ts";
import { knownNames } from "./known-names.ts";
import { readInput } from "./read-input.ts";
import { createRouterService } from "./router-service.ts";

export interface RouteFlags extends ConfigFlags {
  readonly route: string;
  readonly quality?: string;
  readonly maxCostUsd?: string;
  readonly candidates?: string;
  readonly policy?: string;
  readonly maxOutputTokens?: string;
  readonly system?: string;
  readonly metadata?: readonly string[];
  readonly explain?: boolean;
  readonly json?: boolean;
}

/** One decision of a process that has just started: nobody waits behind it. */
const PATIENCE_MS = 5_000;

/** `weir route`: the decision of POST /route, made here and not stored. */
export async function routeCommand(prompt: string, flags: RouteFlags): Promise<void> {
  const body = await bodyOf(prompt, flags);
  const policies = await loadPolicies();
  const read = readSettings(flags, processEnvironment(), policies);
  const settings = { ...read, router: { ...read.router, timeoutMs: PATIENCE_MS } };
  if (!Object.hasOwn(settings.routes, body.route)) {
    const known = knownNames(body.route, Object.keys(settings.routes));
    throw new ApiError("unknown_route", `there is no route "${body.route}" (${known})`, { place: "--route" });
  }
  const warn = (_: object, message: string) => void process.stderr.write(`weir: ${message}\n`);
  const routers = await createRouterService(settings, {
    policies,
    clock: Date.now,
    rng: seededRng(randomInt(2 ** 32)),
    newDecisionId: createIds("dec", { clock: Date.now }),
    log: { warn, error: warn },
  });
  try {
    // A server goes on with its incumbents; whoever names a folder here wants to know what its router says.
    if (routers.degraded !== null && flags.models !== undefined) {
      throw new ApiError("invalid_request", routers.degraded, { place: `--models ${flags.models}` });
    }
    if (routers.degraded !== null) process.stderr.write(`weir: ${routers.degraded}\n`);
    const decision = await routers.decide(requestFromBody(body));
    const answer = renderDecision(decision, { explain: body.explain });
    process.stdout.write(flags.json === true ? `${JSON.stringify(answer)}\n` : await table(answer));
  } finally {
    await routers.close();
  }
}

async function bodyOf(prompt: string, flags: RouteFlags): Promise<RouteRequest> {
  return readInput(RouteRequest, {
    prompt: prompt === "-" ? await fromStdin() : prompt,
    route: flags.route,
    ...given("quality", numberOf(flags.quality, "--quality")),
    ...given("max_cost_usd", numberOf(flags.maxCostUsd, "--max-cost-usd")),
    ...given("max_output_tokens", numberOf(flags.maxOutputTokens, "--max-output-tokens")),
    ...given(
      "candidates",
      flags.candidates?.split(",").map((id) => id.trim()),
    ),
    ...given("policy", flags.policy),
    ...given("system", flags.system),
    ...given("metadata", flags.metadata === undefined ? undefined : Object.fromEntries(flags.metadata.map(pair))),
    // A table without its candidates would say little.
    explain: flags.explain === true || flags.json !== true,
  });
}

async function fromStdin(): Promise<string> {
  const bytes = await buffer(process.stdin);
  if (!isUtf8(bytes)) throw new ApiError("invalid_utf8", "the prompt is not valid UTF-8", { place: "stdin" });
  return bytes.toString("utf8");
}

function given(name: string, value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [name]: value };
}

function numberOf(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) {
    throw new ApiError("invalid_request", `${flag} needs a number, not "${text}"`, { place: flag });
  }
  return value;
}

function pair(text: string): [string, string | number | boolean] {
  const at = text.indexOf("=");
  if (at < 1)
    throw new ApiError("invalid_request", `--metadata needs name=value, not "${text}"`, { place: "--metadata" });
  const value = text.slice(at + 1);
  if (value === "true" || value === "false") return [text.slice(0, at), value === "true"];
  return [text.slice(0, at), value !== "" && !Number.isNaN(Number(value)) ? Number(value) : value];
}

async function table(answer: RouteDecision): Promise<string> {
  const { terminalTable } = await import("../engine/terminal-table.ts");
  const facts = [
    ["model", answer.model],
    ["reason", answer.reason],
    ["policy", answer.policy],
    ["router", `${answer.router.name} ${answer.router.version}`],
    ["complexity", number(answer.complexity, 2)],
    ["task", answer.task ?? "-"],
    ["expected quality", number(answer.quality, 3)],
    ["expected cost", usd(answer.cost_usd)],
    ["incumbent", answer.incumbent === null ? "-" : `${answer.incumbent.model}, ${usd(answer.incumbent.cost_usd)}`],
    ["saving", usd(answer.saving_usd)],
    ["far from training", answer.out_of_distribution ? "yes" : "no"],
    ["time", `${number(answer.timing_ms.featurize + answer.timing_ms.score + answer.timing_ms.decide, 2)} ms`],
  ];
  const head = ["candidate", "quality", "lower bound", "cost", "tokens in", "tokens out", "left out because"];
  const candidates = (answer.candidates ?? []).map((candidate) => row(candidate, candidate.model === answer.model));
  return `${terminalTable(null, facts)}\n${terminalTable(head, candidates)}\n`;
}

function row(candidate: CandidateReport, isChosen: boolean): string[] {
  return [
    `${isChosen ? "> " : "  "}${candidate.model}`,
    number(candidate.quality, 3),
    number(candidate.quality_low, 3),
    usd(candidate.cost_usd),
    String(Math.round(candidate.input_tokens)),
    candidate.output_tokens === null ? "-" : String(Math.round(candidate.output_tokens)),
    candidate.excluded_because ?? "",
  ];
}

function number(value: number | null, digits: number): string {
  return value === null ? "-" : value.toFixed(digits);
}

function usd(value: number | null): string {
  return value === null ? "-" : `$${value.toFixed(6)}`;
}
