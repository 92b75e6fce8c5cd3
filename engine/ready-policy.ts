import { z } from "zod";
import { EngineError } from "./errors.ts";
import type { PolicyFacts, PolicyPlugin, ReadyPolicy, RouteCalibration } from "./policy.ts";
import type { PolicyConfig } from "./schema/route-config.ts";

export type Policies = ReadonlyMap<string, PolicyPlugin>;

/**
 * A policy from its config: options checked, trade-off solved on the route's calibration rows.
 *
 * @param previous facts of the same policy before a swap, for policies that carry state
 * @throws EngineError `unknown_policy`, or `invalid_request` with the option's place
 */
export function readyPolicy(
  policies: Policies,
  config: PolicyConfig,
  calibration: RouteCalibration | null,
  previous: PolicyFacts | null = null,
): ReadyPolicy {
  const { plugin, options } = parsePolicy(policies, config);
  return plugin.ready(options, calibration, {
    make: (inner) => readyPolicy(policies, inner, calibration, previous),
    previous,
  });
}

/** A policy as it was when it had these facts. */
export function restorePolicy(policies: Policies, config: PolicyConfig, facts: PolicyFacts): ReadyPolicy {
  const { plugin, options } = parsePolicy(policies, config);
  const context = { make: (inner: PolicyConfig) => restorePolicy(policies, inner, facts), previous: facts };
  return plugin.restore === undefined ? plugin.ready(options, null, context) : plugin.restore(options, facts, context);
}

export function policyPlugin(policies: Policies, name: string): PolicyPlugin {
  const plugin = policies.get(name);
  if (plugin !== undefined) return plugin;
  const known = [...policies.keys()].join(", ");
  throw new EngineError("unknown_policy", `no policy is called ${name}; known are ${known}`, { place: "policy" });
}

function parsePolicy(policies: Policies, config: PolicyConfig): { plugin: PolicyPlugin; options: unknown } {
  const plugin = policyPlugin(policies, config.name);
  const { name, ...given } = config;
  const parsed = plugin.options.safeParse(given);
  if (parsed.success) return { plugin, options: parsed.data };
  const problems = z.prettifyError(parsed.error).replaceAll("\n", " ");
  throw new EngineError("invalid_request", `options of policy ${name}: ${problems}`, { place: "policy" });
}
