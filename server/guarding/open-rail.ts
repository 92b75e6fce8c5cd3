import type { Check, Guardrail, GuardrailDeps } from "../guardrail.ts";
import type { GuardrailConfig } from "./guardrail-config.ts";
import type { Rail } from "./rail.ts";

/** A guardrail whose options were checked before. Its check is opened when it is first asked; a failed opening is tried again. */
export function openRail(config: GuardrailConfig, plugin: Guardrail, deps: GuardrailDeps): Rail {
  let opened: Check | Promise<Check> | null = null;
  return {
    config,
    abilities: plugin.abilities,
    timeoutMs: config.timeoutMs ?? plugin.abilities.timeoutMs,
    mayRepair: config.action !== "flag" && plugin.mayRepair?.(config.options) === true,
    check() {
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
    },
  };
}
