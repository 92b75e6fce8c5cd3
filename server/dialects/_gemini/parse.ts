import type { ChatRequest, OutputFormat, ReasoningEffort, TextPart, ToolChoice, ToolDefinition } from "../../chat.ts";
import { ApiError } from "../../errors.ts";
import { invalidBody } from "../../invalid-body.ts";
import { createExtras, type Extras } from "../_shared/extras.ts";
import { textPart } from "../_shared/text-part.ts";
import { unknownFields } from "../_shared/unknown-fields.ts";
import { camelCase } from "./camel-case.ts";
import { jsonSchemaOf } from "./json-schema.ts";
import { messagesOf } from "./parse-contents.ts";
import { type GenerationConfig, WireGenerateRequest } from "./schema.ts";

/**
 * @param path model and streaming stand in the URL of this API
 * @throws ApiError `invalid_request` naming the first field at fault
 */
export function parseGemini(
  body: unknown,
  path: { readonly model: string | null; readonly stream: boolean | null },
): ChatRequest {
  const parsed = WireGenerateRequest.safeParse(body);
  if (!parsed.success) throw invalidBody(parsed.error);
  const wire = parsed.data;
  const model = (path.model ?? wire.model ?? "").replace(/^models\//, "");
  if (model === "") throw new ApiError("invalid_request", "model: a model name is needed", { place: "model" });
  const extras = createExtras();
  const { messages, system } = messagesOf(wire.contents, extras);
  const config: GenerationConfig = wire.generationConfig ?? {};
  return {
    model,
    system: [...systemOf(wire.systemInstruction), ...system],
    messages,
    tools: toolsOf(wire.tools, extras),
    toolChoice: toolChoiceOf(wire.toolConfig, extras),
    parallelToolCalls: null,
    output: outputOf(config, extras),
    maxOutputTokens: config.maxOutputTokens ?? null,
    temperature: config.temperature ?? null,
    topP: config.topP ?? null,
    topK: config.topK == null ? null : Math.round(config.topK),
    stop: config.stopSequences ?? [],
    seed: config.seed ?? null,
    presencePenalty: config.presencePenalty ?? null,
    frequencyPenalty: config.frequencyPenalty ?? null,
    logitBias: null,
    topLogprobs: config.responseLogprobs === true ? (config.logprobs ?? 0) : null,
    count: config.candidateCount ?? 1,
    reasoning: reasoningOf(config, extras),
    stream: path.stream === true,
    streamUsage: true,
    user: null,
    promptCacheKey: null,
    serviceTier: null,
    metadata: null,
    extras: extras.with(unknownFields(body, wire, camelCase)),
  };
}

function systemOf(instruction: WireGenerateRequest["systemInstruction"]): TextPart[] {
  return (instruction?.parts ?? []).flatMap(({ text }) => (text ? [textPart(text)] : []));
}

/** Tools that Google runs itself go along by their name. */
function toolsOf(wire: WireGenerateRequest["tools"], extras: Extras): ToolDefinition[] {
  const tools: ToolDefinition[] = [];
  for (const { functionDeclarations, ...others } of wire ?? []) {
    for (const [name, value] of Object.entries(others)) extras.add(`tools.${name}`, value);
    for (const declaration of functionDeclarations ?? []) {
      const parameters = declaration.parametersJsonSchema ?? jsonSchemaOf(declaration.parameters);
      tools.push({
        name: declaration.name,
        description: declaration.description ?? null,
        parameters: parameters ?? { type: "object", properties: {} },
        strict: null,
        cacheControl: null,
      });
    }
  }
  return tools;
}

function toolChoiceOf(wire: WireGenerateRequest["toolConfig"], extras: Extras): ToolChoice | null {
  const config = wire?.functionCallingConfig;
  const allowed = config?.allowedFunctionNames ?? [];
  if (config?.mode === "ANY" && allowed.length === 1) return { kind: "tool", name: allowed[0]! };
  if (allowed.length > 0) extras.add("toolConfig.functionCallingConfig.allowedFunctionNames", allowed);
  switch (config?.mode) {
    case "ANY":
      return { kind: "required" };
    case "NONE":
      return { kind: "none" };
    case "AUTO":
      return { kind: "auto" };
    case undefined:
    case null:
    case "MODE_UNSPECIFIED":
      return null;
    default:
      extras.add("toolConfig.functionCallingConfig.mode", config!.mode);
      return { kind: "auto" };
  }
}

/** Google's schemas have no name; vendors that want one get this. */
function outputOf(config: GenerationConfig, extras: Extras): OutputFormat {
  const schema = config.responseJsonSchema ?? jsonSchemaOf(config.responseSchema) ?? null;
  const type = config.responseMimeType ?? (schema === null ? "text/plain" : "application/json");
  if (type === "application/json") {
    if (schema === null) return { kind: "json" };
    return { kind: "json_schema", name: "output", description: null, schema, strict: null };
  }
  if (type !== "text/plain") extras.add("generationConfig.responseMimeType", type);
  if (schema !== null) extras.add("generationConfig.responseSchema", schema);
  return { kind: "text" };
}

const EFFORT: Readonly<Record<string, ReasoningEffort>> = {
  MINIMAL: "minimal",
  LOW: "low",
  MEDIUM: "medium",
  HIGH: "high",
};

function reasoningOf({ thinkingConfig }: GenerationConfig, extras: Extras): ChatRequest["reasoning"] {
  const budget = thinkingConfig?.thinkingBudget ?? null;
  const level = thinkingConfig?.thinkingLevel ?? null;
  const effort = level === null ? null : (EFFORT[level] ?? null);
  if (level !== null && effort === null && level !== "THINKING_LEVEL_UNSPECIFIED") {
    extras.add("generationConfig.thinkingConfig.thinkingLevel", level);
  }
  return {
    effort,
    // -1 leaves it to the model, which is what saying nothing does.
    budgetTokens: budget === -1 ? null : budget,
    includeText: thinkingConfig?.includeThoughts ?? null,
  };
}
