import { z } from "zod";
import { sizeOfCall } from "./conversation-of-call.ts";
import { fieldOf, type ReadCall } from "./read-call.ts";
import type { AskedTokens } from "./stage.ts";

/** What a call may use at most, as far as its body says. */
export function askedTokens(call: ReadCall, inputTokens: number | null): AskedTokens {
  const size = sizeOfCall(call);
  const count = fieldOf(call.raw, "n");
  const tier = fieldOf(call.raw, "service_tier");
  const webSearches = webSearchesOf(call);
  return {
    input: inputTokens ?? size.inputTokens,
    maxOutput: size.maxOutputTokens,
    answers: typeof count === "number" && count >= 1 ? Math.floor(count) : 1,
    serviceTier: typeof tier === "string" ? tier : null,
    ...(webSearches === 0 ? {} : { webSearches }),
  };
}

/** A vendor decides for itself how often it searches, where the client sets no bound: seldom more than a few times. */
const UNBOUND_SEARCHES = 10;

const SearchTool = z.looseObject({ type: z.string().optional(), max_uses: z.number().nonnegative().optional() });

/** Searches of the web that the body lets the vendor make. */
function webSearchesOf({ raw }: Pick<ReadCall, "raw">): number {
  if (fieldOf(raw, "web_search_options") != null) return UNBOUND_SEARCHES;
  const tools = raw.bytes.includes("earch") ? fieldOf(raw, "tools") : null;
  const calls = fieldOf(raw, "max_tool_calls");
  const most = typeof calls === "number" && calls >= 0 ? calls : UNBOUND_SEARCHES;
  let sum = 0;
  for (const tool of Array.isArray(tools) ? tools : []) {
    const { success, data } = SearchTool.safeParse(tool);
    if (!success) continue;
    const isSearch = data.type?.startsWith("web_search") === true;
    if (isSearch || "googleSearch" in data || "google_search" in data) sum += data.max_uses ?? most;
  }
  return sum;
}
