import { discover } from "../engine/discover.ts";
import type { Guardrail } from "./guardrail.ts";

/** What may be checked, one file each. */
export function loadGuardrails(): Promise<ReadonlyMap<string, Guardrail>> {
  return discover<Guardrail>(new URL("./guardrails/", import.meta.url));
}
