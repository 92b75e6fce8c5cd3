import type { Candidate } from "../../engine/schema/candidate.ts";
import { ApiError } from "../errors.ts";
import { isAllowed } from "../keys/name-pattern.ts";
import type { GatewayState } from "./gateway-state.ts";
import { nearMatches } from "./model-name.ts";

/** A name that clients may send as `model`. */
interface ListedModel {
  readonly id: string;
  readonly owner: string;
  /** null for names that stand for several. */
  readonly candidate: Candidate | null;
}

/** The form in which a vendor's client reads models. */
export type ModelsForm = "openai" | "anthropic" | "gemini";

/** What a key may ask for; null lists stand for everything. */
export interface ModelGrants {
  readonly routes: readonly string[] | null;
  readonly models: readonly string[] | null;
}

const DEFAULT_ROUTE = "default";

/** What there is to ask for and the key allows: `weir/auto`, every route, every pool, every candidate. */
function listed({ routes, pools, routers }: GatewayState, grants: ModelGrants | null): ListedModel[] {
  const { candidates } = routers.catalogue;
  const isOpen = (id: string) => {
    const candidate = candidates.find(({ candidateId }) => candidateId === id);
    // A key for certain routes alone does not open every model beside them.
    const models = grants === null ? null : (grants.models ?? (grants.routes === null ? null : []));
    return candidate !== undefined && isAllowed(models, id, candidate.model);
  };
  const names = ["auto", ...Object.keys(routes).filter((name) => name !== "auto")].filter((name) => {
    const route = name === "auto" ? DEFAULT_ROUTE : name;
    if (grants === null) return true;
    const opens = grants.models === null || (routes[route]?.candidates.some(isOpen) ?? false);
    return opens && isAllowed(grants.routes, route);
  });
  return [
    ...names.map((name) => ({ id: `weir/${name}`, owner: "weir", candidate: null })),
    ...Object.entries(pools)
      .filter(([, { members }]) => members.some(({ use }) => isOpen(use)))
      .map(([id]) => ({ id, owner: "weir", candidate: null })),
    ...candidates
      .filter(({ candidateId }) => isOpen(candidateId))
      .map((candidate) => ({ id: candidate.candidateId, owner: candidate.upstreamId, candidate })),
  ];
}

/** @param atMs when the list began to hold; models have no better birthday */
export function renderModels(state: GatewayState, form: ModelsForm, atMs: number, grants: ModelGrants | null): unknown {
  const all = listed(state, grants);
  const models = all.map((model) => renderModel(model, form, atMs));
  if (form === "openai") return { object: "list", data: models };
  if (form === "gemini") return { models };
  return { data: models, has_more: false, first_id: all[0]?.id ?? null, last_id: all.at(-1)?.id ?? null };
}

/**
 * @param id as the client names it; a plain model name finds its candidate
 * @throws ApiError `not_found` naming near matches
 */
export function renderNamedModel(
  state: GatewayState,
  id: string,
  form: ModelsForm,
  atMs: number,
  grants: ModelGrants | null,
): unknown {
  const all = listed(state, grants);
  const found = all.find((model) => model.id === id) ?? all.find(({ candidate }) => candidate?.model === id);
  if (found !== undefined) return renderModel(found, form, atMs);
  const near = nearMatches(
    id,
    all.map((model) => model.id),
  );
  const hint = near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`;
  throw new ApiError("not_found", `the model "${id}" does not exist${hint}`, { place: "model" });
}

function renderModel({ id, owner, candidate }: ListedModel, form: ModelsForm, atMs: number): unknown {
  switch (form) {
    case "openai":
      return { id, object: "model", created: Math.floor(atMs / 1000), owned_by: owner };
    case "anthropic":
      return { type: "model", id, display_name: id, created_at: new Date(atMs).toISOString() };
    case "gemini":
      return {
        name: `models/${id}`,
        displayName: id,
        version: "1",
        ...(candidate?.contextTokens == null ? {} : { inputTokenLimit: candidate.contextTokens }),
        ...(candidate?.maxOutputTokens == null ? {} : { outputTokenLimit: candidate.maxOutputTokens }),
        supportedGenerationMethods: ["generateContent", "streamGenerateContent", "countTokens"],
      };
  }
}
