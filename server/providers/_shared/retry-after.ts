import { retryAfterMs } from "../../upstream-fault.ts";

/** How long an upstream asks to wait. A date counts against `nowMs`, else against the answer's own `date`, else not at all. */
export function retryAfterOf(headers: Readonly<Record<string, string>>, nowMs: number | undefined): number | null {
  const now = nowMs ?? Date.parse(headers["date"] ?? "");
  const wait = retryAfterMs(headers, now);
  return wait === null || Number.isNaN(wait) ? null : wait;
}
