import { AppError } from "../../engine/errors.ts";
import type { StopSignal } from "../gateway/stop-signal.ts";
import type { Finding, Subject, Verdict } from "../guardrail.ts";
import type { GuardrailOutcome } from "./outcome.ts";
import type { Rail } from "./rail.ts";

/** What a guardrail says of a subject, or that it could not say anything in its time. */
export type Ruling =
  | { readonly kind: "ruled"; readonly rail: Rail; readonly verdict: Verdict; readonly ms: number }
  | { readonly kind: "failed"; readonly rail: Rail; readonly ms: number };

/** Asks one check, within its time. Never throws but for the client's own leaving. */
export async function runRail(rail: Rail, subject: Subject, client: StopSignal): Promise<Ruling> {
  const began = performance.now();
  const stop = new AbortController();
  const leave = () => stop.abort(client.reason);
  client.addEventListener("abort", leave, { once: true });
  let timer: NodeJS.Timeout | undefined;
  const ms = () => performance.now() - began;
  try {
    const opened = rail.check();
    const said =
      opened instanceof Promise
        ? opened.then((check) => check.inspect(subject, stop.signal))
        : opened.inspect(subject, stop.signal);
    // Most checks answer at once, and need no timer.
    if (!(said instanceof Promise)) return { kind: "ruled", rail, verdict: said, ms: ms() };
    const late = new Promise<never>((_, reject) => {
      stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true });
      timer = setTimeout(() => stop.abort(new RailLate(rail)), rail.timeoutMs);
    });
    return { kind: "ruled", rail, verdict: await Promise.race([said, late]), ms: ms() };
  } catch {
    if (client.aborted) throw client.reason;
    return { kind: "failed", rail, ms: ms() };
  } finally {
    clearTimeout(timer);
    client.removeEventListener("abort", leave);
  }
}

class RailLate extends AppError<"guardrail_late"> {
  constructor({ config, timeoutMs }: Rail) {
    super("guardrail_late", `the guardrail "${config.name}" was not done within ${timeoutMs} ms`);
  }
}

/** The outcome as it is logged. */
export function outcomeOf(
  { rail: { config }, ms }: Ruling,
  phase: Subject["phase"],
  outcome: GuardrailOutcome["outcome"],
  findings: readonly Finding[],
): GuardrailOutcome {
  const found: Record<string, number> = {};
  for (const { label } of findings) found[label] = (found[label] ?? 0) + 1;
  return { name: config.name, check: config.check, phase, outcome, found, ms: Math.round(ms * 1000) / 1000 };
}
