import { AppError } from "../../engine/errors.ts";
import type { StopSignal } from "../gateway/stop-signal.ts";
import type { Finding, Subject, Verdict } from "../guardrail.ts";
import type { GuardrailOutcome } from "./outcome.ts";
import type { Rail } from "./rail.ts";

/** What a guardrail says of a subject, or that it could not say anything in its time. */
export type Ruling =
  | { readonly kind: "ruled"; readonly rail: Rail; readonly verdict: Verdict; readonly ms: number }
  | { readonly kind: "failed"; readonly rail: Rail; readonly ms: number };

/** What a check reads from disk when it is opened is not its answer's time; this bounds it, for the requests that come first. */
const OPENING_MS = 15_000;

/** Asks one check, within its time. Never throws but for the client's own leaving. */
export async function runRail(rail: Rail, subject: Subject, client: StopSignal): Promise<Ruling> {
  const began = performance.now();
  const stop = new AbortController();
  const leave = () => stop.abort(client.reason);
  client.addEventListener("abort", leave, { once: true });
  const ms = () => performance.now() - began;
  try {
    const opened = rail.check();
    const check = opened instanceof Promise ? await within(opened, OPENING_MS, rail, stop) : opened;
    const said = check.inspect(subject, stop.signal);
    // Most checks answer at once, and need no timer.
    const verdict = said instanceof Promise ? await within(said, rail.timeoutMs, rail, stop) : said;
    return { kind: "ruled", rail, verdict, ms: ms() };
  } catch {
    if (client.aborted) throw client.reason;
    return { kind: "failed", rail, ms: ms() };
  } finally {
    client.removeEventListener("abort", leave);
  }
}

/** What is pending, unless it is late or the client leaves: then everybody is told to stop. */
async function within<T>(pending: Promise<T>, limitMs: number, rail: Rail, stop: AbortController): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let leave = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    leave = () => reject(stop.signal.reason);
    stop.signal.addEventListener("abort", leave, { once: true });
    timer = setTimeout(() => stop.abort(new RailLate(rail, limitMs)), limitMs);
  });
  try {
    return await Promise.race([pending, stopped]);
  } finally {
    clearTimeout(timer);
    stop.signal.removeEventListener("abort", leave);
  }
}

class RailLate extends AppError<"guardrail_late"> {
  constructor({ config }: Rail, limitMs: number) {
    super("guardrail_late", `the guardrail "${config.name}" was not done within ${limitMs} ms`);
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
