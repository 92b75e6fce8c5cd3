import type { PromptRow } from "./quality-table.ts";

/** All that the user said, turn by turn; the system prompt is shared by many requests and left out. */
export function textOfPrompt({ conversation }: Pick<PromptRow, "conversation">): string {
  const user = conversation.turns.filter(({ role }) => role === "user");
  const turns = user.length > 0 ? user : conversation.turns;
  return turns.map(({ text }) => text).join("\n");
}
