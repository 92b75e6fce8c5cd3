import { ApiError, type Problem } from "../errors.ts";
import type { Guardrail, GuardrailDeps, Phase } from "../guardrail.ts";
import { loadGuardrails } from "../load-guardrails.ts";
import { problemsOf } from "../problems.ts";
import { createGuardrails } from "./create-guardrails.ts";
import type { GuardrailConfig } from "./guardrail-config.ts";
import { openRail } from "./open-rail.ts";
import { type Trial, tryRail } from "./try-rail.ts";
import type { Guardrails } from "./ward.ts";

/** What guardrails of any configuration are made of. */
export interface OpenedGuardrails {
  /** Everything that is wrong with the checks' own settings. */
  problems(configs: readonly GuardrailConfig[]): Promise<Problem[]>;
  open(configs: readonly GuardrailConfig[]): Guardrails;
  /** The checks that are installed, by name. */
  readonly checks: ReadonlyMap<string, Guardrail>;
  /** What one guardrail says of one text, and what would follow. Nobody is served, nothing is logged. */
  try(config: GuardrailConfig, phase: Phase, text: string, signal: AbortSignal): Promise<Trial>;
}

export async function openGuardrails(deps: GuardrailDeps): Promise<OpenedGuardrails> {
  const plugins = await loadGuardrails();
  return {
    async problems(configs) {
      const problems: Problem[] = [];
      for (const [i, config] of configs.entries())
        problems.push(...(await problemsWith(config, `guardrails.${i}`, plugins)));
      return problems;
    },
    open: (configs) => createGuardrails(configs, plugins, deps),
    checks: plugins,
    try: (config, phase, text, signal) => {
      const plugin = plugins.get(config.check);
      if (plugin === undefined) throw new ApiError("invalid_request", `there is no check "${config.check}"`);
      return tryRail(openRail(config, plugin, deps), phase, text, signal);
    },
  };
}

async function problemsWith(
  { check, on, action, options }: GuardrailConfig,
  at: string,
  plugins: ReadonlyMap<string, Guardrail>,
): Promise<Problem[]> {
  const plugin = plugins.get(check);
  if (plugin === undefined) {
    const known = [...plugins.keys()].join(", ");
    return [{ path: `${at}.check`, message: `"${check}" is no check (known: ${known})` }];
  }
  const { phases, redacts } = plugin.abilities;
  const problems: Problem[] = [];
  const wanted: readonly Phase[] = on === "both" ? ["input", "output"] : [on];
  for (const phase of wanted)
    if (!phases.includes(phase))
      problems.push({ path: `${at}.on`, message: `the check "${check}" does not look at ${phase}` });
  if (action === "redact" && !redacts)
    problems.push({ path: `${at}.action`, message: `the check "${check}" finds no places that could be redacted` });
  const parsed = await plugin.options.safeParseAsync(options);
  if (!parsed.success) problems.push(...problemsOf(parsed.error, `${at}.options`));
  return problems;
}
