import { isImplied } from "../config-references.ts";
import type { CandidateConfig, RouteSection, UpstreamConfig } from "../config-schema.ts";
import type { Problem } from "../errors.ts";
import type { GuardrailConfig } from "./guardrail-config.ts";

interface Entries {
  readonly upstreams: Readonly<Record<string, UpstreamConfig>>;
  readonly candidates: readonly CandidateConfig[];
  readonly routes: Readonly<Record<string, RouteSection>>;
}

/** Adds a problem for every name that is there twice or leads nowhere. What each check asks is known when it is loaded. */
export function checkGuardrails(
  guardrails: readonly GuardrailConfig[],
  { upstreams, candidates, routes }: Entries,
  problems: Problem[],
): void {
  const seen = new Set<string>();
  for (const [i, { name, action, on, routeTo, for: scope }] of guardrails.entries()) {
    const at = `guardrails.${i}`;
    const add = (path: string, message: string) => problems.push({ path: `${at}.${path}`, message });
    if (seen.has(name)) add("name", `"${name}" is there twice`);
    seen.add(name);
    if (action === "reroute" && routeTo === undefined) add("routeTo", "models are needed for the action reroute");
    if (action === "reroute" && on !== "input") add("on", "an answer cannot be sent elsewhere: reroute is for input");
    if (action !== "reroute" && routeTo !== undefined) add("routeTo", "is for the action reroute only");
    for (const [k, id] of (routeTo ?? []).entries()) {
      if (candidates.some((one) => one.id === id) || isImplied(id, upstreams)) continue;
      add(`routeTo.${k}`, `"${id}" is neither under candidates nor <upstream>/<model> of a configured upstream`);
    }
    for (const [k, route] of (scope.routes ?? []).entries())
      if (!Object.hasOwn(routes, route)) add(`for.routes.${k}`, `there is no route "${route}"`);
  }
}
