import type { ChatRequest, ToolChoice } from "../../chat.ts";
import type { Encoded } from "../../provider.ts";
import { createDrops, type Drops, dropSampling, takeExtras } from "../_shared/drops.ts";
import { encodeContents } from "./contents.ts";
import { type GeminiFacts, geminiFacts } from "./gemini-facts.ts";
import { thinkingConfigOf } from "./thinking.ts";

/** The API refuses a conversation without a word in it. */
const NOTHING_SAID = { role: "user", parts: [{ text: "(continued)" }] };
const OWN_EXTRAS = new Set(["safetySettings", "cachedContent"]);
const MOST_STOPS = 5;

/** Where Google's two houses of Gemini differ. */
export interface GeminiHouse {
  readonly takesCallIds: boolean;
  readonly takesLogprobs: boolean;
}

/** Neutral request to the body of `generateContent` and `streamGenerateContent`. */
export function encodeGemini(
  request: ChatRequest,
  model: string,
  { takesCallIds, takesLogprobs }: GeminiHouse,
): Encoded {
  const drops = createDrops();
  const facts = geminiFacts(model);
  const extras = takeExtras(request, OWN_EXTRAS, drops);
  const penalties = ["presence_penalty", "frequency_penalty"] as const;
  dropSampling(
    request,
    ["logit_bias", ...(facts.takesPenalties ? [] : penalties), ...(takesLogprobs ? [] : (["logprobs"] as const))],
    drops,
  );
  const topLogprobs = takesLogprobs ? request.topLogprobs : null;
  if (request.parallelToolCalls === false && request.tools.length > 0) drops.add("parallel_tool_calls");
  if (request.serviceTier !== null && request.serviceTier !== "auto") drops.add("service_tier");
  if (request.user !== null) drops.add("user");
  if (request.metadata !== null) drops.add("metadata");
  const system = request.system.filter(({ text }) => text !== "").map(({ text }) => ({ text }));
  const contents = encodeContents(request.messages, { wantsSignatures: facts.wantsSignatures, takesCallIds }, drops);
  // Instructions alone are a prompt too.
  const isOnlySystem = contents.length === 0 && system.length > 0;
  const body = {
    ...extras,
    contents: isOnlySystem ? [{ role: "user", parts: system }] : contents.length === 0 ? [NOTHING_SAID] : contents,
    systemInstruction: system.length === 0 || isOnlySystem ? undefined : { parts: system },
    tools:
      request.tools.length === 0
        ? undefined
        : [
            {
              functionDeclarations: request.tools.map((tool) => ({
                name: tool.name,
                description: tool.description ?? undefined,
                parametersJsonSchema: tool.parameters ?? undefined,
              })),
            },
          ],
    toolConfig: encodeToolChoice(request.toolChoice, request.tools.length > 0),
    generationConfig: {
      maxOutputTokens: request.maxOutputTokens ?? undefined,
      temperature: request.temperature ?? undefined,
      topP: request.topP ?? undefined,
      topK: request.topK ?? undefined,
      candidateCount: request.count === 1 ? undefined : request.count,
      stopSequences: encodeStop(request, drops),
      seed: request.seed ?? undefined,
      presencePenalty: facts.takesPenalties ? (request.presencePenalty ?? undefined) : undefined,
      frequencyPenalty: facts.takesPenalties ? (request.frequencyPenalty ?? undefined) : undefined,
      responseLogprobs: topLogprobs === null ? undefined : true,
      logprobs: topLogprobs === null || topLogprobs === 0 ? undefined : topLogprobs,
      ...encodeOutput(request, facts, drops),
      thinkingConfig: thinkingConfigOf(request, facts, drops),
    },
  };
  return { body, dropped: drops.list() };
}

function encodeToolChoice(choice: ToolChoice | null, hasTools: boolean): object | undefined {
  if (choice === null || !hasTools) return undefined;
  if (choice.kind === "tool") {
    return { functionCallingConfig: { mode: "ANY", allowedFunctionNames: [choice.name] } };
  }
  return { functionCallingConfig: { mode: MODE_OF_CHOICE[choice.kind] } };
}

const MODE_OF_CHOICE = { auto: "AUTO", none: "NONE", required: "ANY" } as const;

function encodeOutput({ output, tools }: ChatRequest, facts: GeminiFacts, drops: Drops): object {
  if (output.kind === "text") return {};
  if (tools.length > 0 && !facts.takesJsonWithTools) {
    drops.add("response_format");
    return {};
  }
  if (output.kind === "json") return { responseMimeType: "application/json" };
  return { responseMimeType: "application/json", responseJsonSchema: output.schema };
}

function encodeStop({ stop }: ChatRequest, drops: Drops): readonly string[] | undefined {
  const kept = stop.filter((sequence) => sequence !== "").slice(0, MOST_STOPS);
  if (kept.length < stop.length) drops.add("stop");
  return kept.length === 0 ? undefined : kept;
}
