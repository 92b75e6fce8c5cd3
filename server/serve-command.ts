import { loadPolicies } from "../engine/index.ts";
import type { ConfigFlags } from "./config.ts";
import { serve } from "./main.ts";

/** `weir serve`: runs until a signal. Log lines go to stdout as JSON; a terminal gets a word on stderr. */
export async function serveCommand(flags: ConfigFlags): Promise<void> {
  const { service, address } = await serve(flags, await loadPolicies());
  if (!process.stderr.isTTY) return;
  const { mode } = service.settings;
  const note = mode === "demo" ? " (demo mode: upstreams are SIMULATED, no key is asked)" : "";
  process.stderr.write(`\nWeir listens on ${address}${note}\n  docs   ${address}/docs\n\n`);
}
