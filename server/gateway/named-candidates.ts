import { EngineError } from "../../engine/errors.ts";
import type { Candidate } from "../../engine/schema/candidate.ts";
import type { PoolSection } from "../config-schema.ts";
import type { Draw } from "./balancer.ts";
import type { GatewayState } from "./gateway-state.ts";
import { nearMatches } from "./model-name.ts";

export type NamingDeps = Pick<GatewayState, "routers" | "routes" | "pools" | "upstreamIds" | "balancer">;

/**
 * Who a model's name means, in the order in which they are asked. A candidate's own id means it, and its pool's other
 * members behind it; a pool's name its members; a plain model name every candidate that serves a model of this name;
 * `<upstream>/<model>` a model of a configured upstream that the catalogue does not know.
 *
 * @throws EngineError `unknown_model` naming near matches
 */
export function namedCandidates(name: string, deps: NamingDeps, draw: Draw, warm: string | null): readonly Candidate[] {
  const { candidates, implied } = deps.routers.catalogue;
  const exact = candidates.find(({ candidateId }) => candidateId === name);
  if (exact !== undefined) return [exact, ...withEquals(name, deps, draw, null).filter((one) => one !== exact)];
  const pool = Object.hasOwn(deps.pools, name) ? deps.pools[name] : undefined;
  if (pool !== undefined) return orderedPool(name, pool, deps, draw, warm);
  const plain = candidates.filter(({ model }) => model === name);
  if (plain.length > 0) {
    // Where they are equals by configuration, the pool's order holds.
    const [first] = plain;
    return [
      ...new Set([
        ...(poolOf(first!, deps) === null ? [] : withEquals(first!.candidateId, deps, draw, warm)),
        ...plain,
      ]),
    ];
  }
  const slash = name.indexOf("/");
  if (slash > 0 && slash < name.length - 1 && deps.upstreamIds.includes(name.slice(0, slash))) return [implied(name)];
  throw unknownModel(name, deps);
}

/** A candidate with the other members of its pool, in the pool's order; the one that is warm first. */
export function withEquals(id: string, deps: NamingDeps, draw: Draw, warm: string | null): readonly Candidate[] {
  const candidate = deps.routers.catalogue.candidates.find(({ candidateId }) => candidateId === id);
  if (candidate === undefined) return [];
  const pool = poolOf(candidate, deps);
  return pool === null ? [candidate] : orderedPool(...pool, deps, draw, warm);
}

function poolOf({ candidateId }: Candidate, { pools }: NamingDeps): [string, PoolSection] | null {
  return Object.entries(pools).find(([, { members }]) => members.some(({ use }) => use === candidateId)) ?? null;
}

function orderedPool(
  name: string,
  pool: PoolSection,
  { routers, balancer }: NamingDeps,
  draw: Draw,
  warm: string | null,
): readonly Candidate[] {
  const members = pool.members.flatMap(
    ({ use }) => routers.catalogue.candidates.find(({ candidateId }) => candidateId === use) ?? [],
  );
  const ordered = balancer.order(name, pool, members, draw);
  const first = ordered.find(({ candidateId }) => candidateId === warm);
  return first === undefined ? ordered : [first, ...ordered.filter((one) => one !== first)];
}

function unknownModel(name: string, { routers, routes, pools }: NamingDeps): EngineError {
  const known = [
    ...routers.catalogue.candidates.flatMap(({ candidateId, model }) => [candidateId, model]),
    ...Object.keys(pools),
    ...Object.keys(routes).map((route) => `weir/${route}`),
  ];
  const near = nearMatches(name, [...new Set(known)]);
  const hint = near.length === 0 ? "GET /v1/models lists what there is" : `did you mean ${near.join(" or ")}?`;
  return new EngineError("unknown_model", `the model "${name}" does not exist; ${hint}`, { place: "model" });
}
