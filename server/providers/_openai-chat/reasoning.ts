import type { ChatRequest, ReasoningEffort } from "../../chat.ts";
import type { Drops } from "../_shared/drops.ts";
import { effortFor, openAiFacts } from "./openai-facts.ts";

/** Fields of a body that carry the client's wish for reasoning. */
type ReasoningFields = Readonly<Record<string, unknown>>;

/** How a vendor of the chat format wants the wish for reasoning said. */
export type ReasoningStyle = (request: ChatRequest, model: string, drops: Drops) => ReasoningFields;

/** A thinking budget in tokens becomes the nearest effort; null when the client said nothing. */
export function effortOf({ reasoning }: ChatRequest): ReasoningEffort | null {
  const { effort, budgetTokens } = reasoning;
  if (effort !== null) return effort;
  if (budgetTokens === null) return null;
  if (budgetTokens === 0) return "none";
  if (budgetTokens <= 2048) return "low";
  return budgetTokens <= 12_288 ? "medium" : "high";
}

/** No way to ask for more reasoning or less. */
export const noReasoning: ReasoningStyle = (request, _model, drops) => {
  const effort = effortOf(request);
  if (effort !== null && effort !== "none") drops.add("reasoning");
  return {};
};

/** `reasoning_effort` with the words that most servers know. */
export const plainEffort: ReasoningStyle = (request) => {
  const effort = effortOf(request);
  return effort === null ? {} : { reasoning_effort: effort === "max" ? "high" : effort };
};

/** `reasoning_effort` with the words that this one of OpenAI's models knows. */
export const openAiEffort: ReasoningStyle = (request, model, drops) => {
  const effort = effortOf(request);
  if (effort === null) return {};
  const facts = openAiFacts(model);
  const word = effortFor(effort, facts);
  if (word !== undefined && facts.reasons !== false) return { reasoning_effort: word };
  if (effort !== "none") drops.add("reasoning");
  return {};
};

/** `thinking` switches, `reasoning_effort` knows low, high and max. */
export const deepSeekThinking: ReasoningStyle = (request, _model, drops) => {
  const effort = effortOf(request);
  // In thinking mode every earlier tool call must come with its reasoning, or the request is refused.
  const isBlocked =
    request.tools.length > 0 &&
    request.messages.some(
      ({ role, parts }) =>
        role === "assistant" &&
        parts.some(({ kind }) => kind === "tool_call") &&
        !parts.some((part) => part.kind === "reasoning" && part.text !== ""),
    );
  if (isBlocked) {
    if (effort !== null && effort !== "none") drops.add("reasoning");
    return { thinking: { type: "disabled" } };
  }
  if (effort === null) return {};
  if (effort === "none") return { thinking: { type: "disabled" } };
  const word = effort === "max" ? "max" : effort === "low" || effort === "minimal" ? "low" : "high";
  return { thinking: { type: "enabled" }, reasoning_effort: word };
};

/** One object for every model behind the broker. */
export const openRouterReasoning: ReasoningStyle = (request) => {
  const { budgetTokens, includeText } = request.reasoning;
  const effort = effortOf(request);
  if (effort === null && includeText === null) return {};
  const exclude = includeText === false ? true : undefined;
  if (effort === "none") return { reasoning: { effort: "none" } };
  if (budgetTokens !== null) return { reasoning: { max_tokens: budgetTokens, exclude } };
  return { reasoning: { effort: effort === "max" ? "xhigh" : (effort ?? undefined), exclude } };
};

/** Some models take an effort, some a switch, and those that think aloud are told to keep it apart from the answer. */
export const groqReasoning: ReasoningStyle = (request, model, drops) => {
  const effort = effortOf(request);
  if (model.includes("gpt-oss")) {
    if (effort === null) return {};
    return { reasoning_effort: effort === "none" || effort === "minimal" ? "low" : effort === "max" ? "high" : effort };
  }
  if (/qwen-?3|deepseek-r1|qwq/i.test(model)) {
    const takesSwitch = /qwen-?3/i.test(model);
    if (effort === "none" && takesSwitch) return { reasoning_effort: "none" };
    return { reasoning_format: request.reasoning.includeText === false ? "hidden" : "parsed" };
  }
  return noReasoning(request, model, drops);
};

/** Only the small third model lets itself be told. */
export const xaiReasoning: ReasoningStyle = (request, model, drops) => {
  const effort = effortOf(request);
  if (effort === null) return {};
  if (!/grok-3-mini/.test(model)) return noReasoning(request, model, drops);
  if (effort === "none") return {};
  return { reasoning_effort: effort === "minimal" || effort === "low" ? "low" : "high" };
};
