import type { ChatEvent } from "../../chat.ts";

/** What breaks the order that chat.ts promises; null when nothing does. An unfinished stream passes as far as it goes. */
export function brokenOrder(events: readonly ChatEvent[]): string | null {
  const choices = new Map<number, { parts: number; open: boolean; finished: boolean }>();
  let isStarted = false;
  let isEnded = false;
  for (const event of events) {
    if (isEnded) return `${event.type} after the end`;
    if (event.type === "start") {
      if (isStarted) return "a second start";
      isStarted = true;
      continue;
    }
    if (event.type === "error" || event.type === "end") {
      isEnded = true;
      const unfinished = [...choices.values()].some(({ finished }) => !finished);
      if (event.type === "end" && (!isStarted || choices.size === 0 || unfinished)) return "an end before the answer's";
      continue;
    }
    if (event.type === "usage") continue;
    if (!isStarted) return `${event.type} before the start`;
    const choice = choices.get(event.choice) ?? { parts: 0, open: false, finished: false };
    choices.set(event.choice, choice);
    if (choice.finished) return `${event.type} after the choice's finish`;
    if (event.type === "part_start") {
      if (choice.open) return "a part within a part";
      if (event.part !== choice.parts) return `part ${event.part} where ${choice.parts} was due`;
      choice.parts++;
      choice.open = true;
    } else if (event.type === "delta" || event.type === "citation" || event.type === "part_end") {
      if (!choice.open || event.part !== choice.parts - 1) return `${event.type} of a part that is not open`;
      if (event.type === "part_end") choice.open = false;
    } else if (event.type === "finish") {
      if (choice.open) return "a finish within a part";
      choice.finished = true;
    }
  }
  return null;
}
