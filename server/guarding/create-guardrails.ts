import { EngineError } from "../../engine/errors.ts";
import type { Check, Guardrail, GuardrailDeps } from "../guardrail.ts";
import { createWard } from "./create-ward.ts";
import type { GuardrailConfig } from "./guardrail-config.ts";
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
    let opened: Check | Promise<Check> | null = null;
    const check = () => {
      if (opened !== null) return opened;
      const opening = plugin.options.parseAsync(config.options).then((options) => plugin.open(options, deps));
      opened = opening;
      opening.then(
        (done) => {
          opened = done;
        },
        () => {
          opened = null; // the next request tries again
        },
      );
      return opened;
    };
    void Promise.resolve()
      .then(check)
      .catch(() => {}); // told by each request that asks it
    return {
      config,
      abilities: plugin.abilities,
      timeoutMs: config.timeoutMs ?? plugin.abilities.timeoutMs,
      mayRepair: config.action !== "flag" && plugin.mayRepair?.(config.options) === true,
      check,
    };
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
