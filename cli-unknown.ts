import type { Command } from "commander";
import { nearMatches } from "./server/gateway/model-name.ts";

/** Where things are that people look for under a name of their own. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  budget: "`weir keys create --budget-usd`; all others in weir.yaml (budgets) and POST /admin/budgets",
  limit: "`weir keys create --rpm`; all others in weir.yaml (limits)",
  usage: "`weir report`",
  cost: "`weir report`",
  log: "`weir report`, `weir replay`",
  request: "`weir report`; each by itself in the dashboard and GET /admin/requests",
  model: "`weir routers` for trained routers, `weir doctor` for what weir.yaml names",
  certificate: "`weir certify`",
  start: "`weir serve`",
  dashboard: "`weir serve`",
};

/** What is wrong with words that name no command; null where they name one. Also where help is asked for: it would hide that. */
export function unknownCommand(program: Command, words: readonly string[]): string | null {
  let at = program;
  for (const word of words.filter((each) => each !== "help")) {
    if (word.startsWith("-") || at.commands.length === 0) return null;
    const next = at.commands.find((command) => command.name() === word || command.aliases().includes(word));
    if (next === undefined) return at.registeredArguments.length > 0 ? null : messageOf(at, word);
    at = next;
  }
  return null;
}

function messageOf(at: Command, word: string): string {
  const known = at.commands.map((command) => command.name());
  const near = nearMatches(word, known);
  const elsewhere = at.parent === null ? ELSEWHERE[word.toLowerCase().replace(/s$/, "")] : undefined;
  const hint =
    elsewhere !== undefined
      ? `see ${elsewhere}`
      : near.length > 0
        ? `did you mean ${near.join(" or ")}?`
        : `known: ${known.join(", ")}`;
  return `unknown command '${word}' (${hint})`;
}
