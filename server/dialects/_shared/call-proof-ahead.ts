import type { ChatEvent } from "../../chat.ts";

/**
 * Proof of the tool call that starts at `at`, when the same batch of events also ends it: vendors that sign calls send
 * them whole. null otherwise.
 */
export function callProofAhead(events: readonly ChatEvent[], at: number): string | null {
  const start = events[at];
  if (start?.type !== "part_start") return null;
  for (let i = at + 1; i < events.length; i++) {
    const event = events[i]!;
    if (event.type === "part_end" && event.choice === start.choice && event.part === start.part) return event.signature;
  }
  return null;
}
