import type { FaultKind } from "../../chat.ts";
import type { DialectFault } from "../../dialect.ts";
import { kindOfStatus } from "../../upstream-fault.ts";

/**
 * Status of a fault in a dialect: the upstream's own where it says no more and no less than the kind does (422 for an
 * invalid request, 502 for a server's error), else what the vendor answers to this kind.
 *
 * @param taken statuses that the dialect's clients know
 */
export function faultStatus(
  { kind, status }: DialectFault,
  usual: Readonly<Record<FaultKind, number>>,
  taken: ReadonlySet<number>,
): number {
  const agrees =
    status !== null &&
    taken.has(status) &&
    kindOfStatus(status) === kind &&
    Math.floor(status / 100) === Math.floor(usual[kind] / 100);
  return agrees ? status : usual[kind];
}
