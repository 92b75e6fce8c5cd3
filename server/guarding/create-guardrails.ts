import { EngineError } from "../../engine/errors.ts";
import type { Guardrail, GuardrailDeps } from "../guardrail.ts";
import { createWard } from "./create-ward.ts";
import type { GuardrailConfig } from "./guardrail-config.ts";
import { openRail } from "./open-rail.ts";
import type { Rail } from "./rail.ts";
import type { Guardrails, WardScope } from "./ward.ts";

/** Guardrails of one configuration, whose options were checked when it was read. Checks are opened at once, aside. */
export function createGuardrails(
  configs: readonly GuardrailConfig[],
  plugins: ReadonlyMap<string, Guardrail>,
  deps: GuardrailDeps,
): Guardrails {
  const rails = configs.map((config): Rail => {
    const plugin = plugins.get(config.check);
    if (plugin === undefined) throw new EngineError("plugin_invalid", `there is no check "${config.check}"`);
    const rail = openRail(config, plugin, deps);
    void Promise.resolve()
      .then(rail.check)
      .catch(() => {}); // told by each request that asks it
    return rail;
  });
  return {
    ward(scope) {
      if (rails.length === 0) return null;
      const own = rails.filter(({ config }) => isFor(config, scope));
      return own.length === 0 ? null : createWard(own, scope.signal);
    },
  };
}

function isFor({ for: { routes, keys, tenants } }: GuardrailConfig, { route, caller, tenant }: WardScope): boolean {
  const keyId = caller?.keyId ?? null;
  return (
    (routes === undefined || (route !== null && routes.includes(route))) &&
    (keys === undefined || (keyId !== null && keys.includes(keyId))) &&
    (tenants === undefined || (tenant !== null && tenants.includes(tenant)))
  );
}
