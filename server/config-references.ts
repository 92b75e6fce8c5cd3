import type { z } from "zod";
import type { CandidateConfig, PoolSection, RouteSection } from "./config-schema.ts";
import type { Problem } from "./errors.ts";
import { knownNames } from "./known-names.ts";
import { problemsOf } from "./problems.ts";

interface Entries {
  /** All that the file names, faulty ones too: what they are used for is not wrong as well. */
  readonly upstreams: Readonly<Record<string, unknown>>;
  readonly candidates: readonly CandidateConfig[];
  readonly routes: Readonly<Record<string, RouteSection>>;
  readonly pools: Readonly<Record<string, PoolSection>>;
}

/** Adds a problem for every name that leads nowhere and every policy whose options are wrong. */
export function checkReferences(
  { upstreams, candidates, routes, pools }: Entries,
  policies: ReadonlyMap<string, { readonly options: z.ZodType }> | null,
  problems: Problem[],
): void {
  const seen = new Set<string>();
  for (const [i, candidate] of candidates.entries()) {
    if (seen.has(candidate.id))
      problems.push({ path: `candidates.${i}.id`, message: `"${candidate.id}" is there twice` });
    seen.add(candidate.id);
    if (!Object.hasOwn(upstreams, candidate.upstream)) {
      problems.push({ path: `candidates.${i}.upstream`, message: unknownUpstream(candidate.upstream, upstreams) });
    }
  }
  for (const [name, route] of Object.entries(routes)) checkRoute(name, route, seen, upstreams, policies, problems);
  checkPools(pools, seen, upstreams, problems);
}

/** A member belongs to one pool, so that its equals are known. */
function checkPools(
  pools: Entries["pools"],
  declared: ReadonlySet<string>,
  upstreams: Entries["upstreams"],
  problems: Problem[],
): void {
  const poolOf = new Map<string, string>();
  for (const [name, { members }] of Object.entries(pools)) {
    for (const [i, { use }] of members.entries()) {
      const path = `pools.${name}.members.${i}`;
      if (!declared.has(use) && !isImplied(use, upstreams)) problems.push({ path, message: unknownCandidate(use) });
      const other = poolOf.get(use);
      if (other !== undefined) problems.push({ path, message: `"${use}" is in pool "${other}" already` });
      poolOf.set(use, name);
    }
  }
}

function checkRoute(
  name: string,
  route: RouteSection,
  declared: ReadonlySet<string>,
  upstreams: Entries["upstreams"],
  policies: ReadonlyMap<string, { readonly options: z.ZodType }> | null,
  problems: Problem[],
): void {
  const at = `routes.${name}`;
  function known(id: string, path: string): void {
    if (declared.has(id) || isImplied(id, upstreams)) return;
    problems.push({ path, message: unknownCandidate(id) });
  }
  known(route.incumbent, `${at}.incumbent`);
  for (const [i, id] of route.candidates.entries()) {
    known(id, `${at}.candidates.${i}`);
    if (route.candidates.indexOf(id) !== i)
      problems.push({ path: `${at}.candidates.${i}`, message: `"${id}" is there twice` });
  }
  for (const [i, id] of route.fallbacks.entries()) known(id, `${at}.fallbacks.${i}`);
  for (const [i, rule] of route.rules.entries()) known(rule.use, `${at}.rules.${i}.use`);
  if (policies === null) return;
  const { name: policyName, ...options } = route.policy;
  const policy = policies.get(policyName);
  if (policy === undefined) {
    const message = `"${policyName}" is not a policy (known: ${[...policies.keys()].join(", ")})`;
    problems.push({ path: `${at}.policy.name`, message });
    return;
  }
  const result = policy.options.safeParse(options);
  if (!result.success) problems.push(...problemsOf(result.error, `${at}.policy`));
}

/** `openai/gpt-4o` needs no entry of its own when an upstream is called `openai`. */
export function isImplied(id: string, upstreams: Readonly<Record<string, unknown>>): boolean {
  const slash = id.indexOf("/");
  return slash > 0 && slash < id.length - 1 && Object.hasOwn(upstreams, id.slice(0, slash));
}

function unknownCandidate(id: string): string {
  return `"${id}" is neither under candidates nor <upstream>/<model> of a configured upstream`;
}

function unknownUpstream(name: string, upstreams: Readonly<Record<string, unknown>>): string {
  return `"${name}" is not under upstreams (${knownNames(name, Object.keys(upstreams))})`;
}
