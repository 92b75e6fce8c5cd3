import type { Candidate } from "../../engine/schema/candidate.ts";
import type { RouteConfig } from "../../engine/schema/route-config.ts";
import type { Binding } from "./certificate.ts";

export interface PresentBindingDeps {
  readonly router: { readonly name: string; readonly version: string };
  readonly candidates: readonly Candidate[];
  /** Version that the model's provider reports; null: it reports none. */
  readonly versionOf?: (candidateId: string) => string | null;
}

/** What an observation of this route, or a certificate for it, holds for as things stand now. */
export function presentBinding(
  name: string,
  route: Pick<RouteConfig, "incumbent" | "candidates" | "policy" | "rules">,
  { router, candidates, versionOf = () => null }: PresentBindingDeps,
): Binding {
  const models = [...new Set([route.incumbent, ...route.candidates])].sort();
  return {
    route: name,
    router: { name: router.name, version: router.version },
    // Rules decide before the policy does.
    policy: route.rules.length === 0 ? route.policy : { ...route.policy, rules: route.rules },
    incumbent: route.incumbent,
    models: models.map((model) => ({
      model,
      version: versionOf(model),
      price: candidates.find(({ candidateId }) => candidateId === model)?.price ?? null,
    })),
  };
}
