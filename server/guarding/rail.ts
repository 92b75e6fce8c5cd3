import type { Check, Guardrail, Phase } from "../guardrail.ts";
import type { GuardrailConfig } from "./guardrail-config.ts";

/** A configured guardrail, ready to look at requests. */
export interface Rail {
  readonly config: GuardrailConfig;
  readonly abilities: Guardrail["abilities"];
  readonly timeoutMs: number;
  /** It may have an answer mended. */
  readonly mayRepair: boolean;
  /** Opened at first use; a check that cannot be opened fails each time it is asked. */
  readonly check: () => Check | Promise<Check>;
}

export function isOn({ config, abilities }: Rail, phase: Phase): boolean {
  return (config.on === "both" || config.on === phase) && abilities.phases.includes(phase);
}
