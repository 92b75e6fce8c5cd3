import type { Conversation, Turn } from "../../engine/conversation.ts";
import type { WireFormat } from "../provider.ts";

type Json = Readonly<Record<string, unknown>>;

/** Facts that lie beside the messages, and the messages, of one format. */
interface Gathered {
  readonly system: string[];
  readonly turns: Turn[];
  imageCount: number;
  toolCallCount: number;
}

/**
 * What the router reads of a body, without checking it: fields of the wrong kind are passed over, because saying what is
 * wrong with them is the upstream's part. null for a format that has no conversation.
 *
 * @param toolChars length of the tools' JSON
 */
export function conversationOfBody(body: Json, format: WireFormat, toolChars: number): Conversation | null {
  const read = READERS[format];
  if (read === undefined) return null;
  const gathered: Gathered = { system: [], turns: [], imageCount: 0, toolCallCount: 0 };
  const { tools, responseFormat, maxOutputTokens } = read(body, gathered);
  return {
    system: gathered.system.join("\n"),
    turns: gathered.turns,
    toolCount: tools,
    toolChars: tools === 0 ? 0 : toolChars,
    toolCallCount: gathered.toolCallCount,
    imageCount: gathered.imageCount,
    responseFormat,
    maxOutputTokens: typeof maxOutputTokens === "number" ? maxOutputTokens : null,
  };
}

interface Extras {
  readonly tools: number;
  readonly responseFormat: Conversation["responseFormat"];
  readonly maxOutputTokens: unknown;
}

const READERS: Partial<Record<WireFormat, (body: Json, into: Gathered) => Extras>> = {
  "openai-chat": (body, into) => {
    for (const message of objects(body["messages"])) readMessage(message, into);
    return {
      tools: objects(body["tools"] ?? body["functions"]).length,
      responseFormat: formatOf(object(body["response_format"])["type"]),
      maxOutputTokens: body["max_completion_tokens"] ?? body["max_tokens"],
    };
  },
  "anthropic-messages": (body, into) => {
    const system = textsOf(body["system"], into);
    if (system.length > 0) into.system.push(system.join("\n"));
    for (const message of objects(body["messages"])) readMessage(message, into);
    const format = object(object(body["output_config"])["format"] ?? body["output_format"]);
    return {
      tools: objects(body["tools"]).length,
      responseFormat: formatOf(format["type"]),
      maxOutputTokens: body["max_tokens"],
    };
  },
  "openai-responses": (body, into) => {
    if (typeof body["instructions"] === "string") into.system.push(body["instructions"]);
    const { input } = body;
    if (typeof input === "string") into.turns.push({ role: "user", text: input });
    for (const item of objects(input)) readItem(item, into);
    return {
      tools: objects(body["tools"]).length,
      responseFormat: formatOf(object(object(body["text"])["format"])["type"]),
      maxOutputTokens: body["max_output_tokens"],
    };
  },
  "openai-completions": (body, into) => {
    const { prompt } = body;
    const text = Array.isArray(prompt) ? prompt.filter((part) => typeof part === "string").join("\n") : prompt;
    if (typeof text === "string") into.turns.push({ role: "user", text });
    return { tools: 0, responseFormat: "text", maxOutputTokens: body["max_tokens"] };
  },
  gemini: (body, into) => {
    const instruction = object(body["systemInstruction"] ?? body["system_instruction"]);
    for (const part of objects(instruction["parts"]))
      if (typeof part["text"] === "string") into.system.push(part["text"]);
    for (const content of objects(body["contents"])) readContent(content, into);
    const config = object(body["generationConfig"] ?? body["generation_config"]);
    const declared = objects(body["tools"]).flatMap((tool) =>
      objects(tool["functionDeclarations"] ?? tool["function_declarations"]),
    );
    const hasSchema = (config["responseSchema"] ?? config["responseJsonSchema"]) != null;
    const isJson = config["responseMimeType"] === "application/json";
    return {
      tools: declared.length,
      responseFormat: hasSchema ? "json_schema" : isJson ? "json" : "text",
      maxOutputTokens: config["maxOutputTokens"],
    };
  },
};

/** A message in OpenAI's or Anthropic's form. */
function readMessage(message: Json, into: Gathered): void {
  const { role, content } = message;
  into.toolCallCount += objects(message["tool_calls"]).length + (message["function_call"] == null ? 0 : 1);
  if (role === "user" && Array.isArray(content) && content.some(isToolResult)) {
    readToolResults(objects(content), into);
    return;
  }
  const text = textsOf(content, into).join("\n");
  if (role === "system" || role === "developer") into.system.push(text);
  else into.turns.push({ role: roleOf(role), text });
}

/** Anthropic's results stand in the user's message; each is a turn of the tool, what the user adds another of his own. */
function readToolResults(parts: readonly Json[], into: Gathered): void {
  const own: string[] = [];
  for (const part of parts) {
    if (isToolResult(part)) into.turns.push({ role: "tool", text: textsOf(part["content"], into).join("\n") });
    else own.push(...textsOf([part], into));
  }
  if (own.length > 0) into.turns.push({ role: "user", text: own.join("\n") });
}

/** One item of the Responses API. */
function readItem(item: Json, into: Gathered): void {
  const { type, role } = item;
  if (type === "function_call") {
    into.toolCallCount++;
    // Calls without words are a turn all the same, one for all that stand together.
    if (into.turns.at(-1)?.role !== "assistant") into.turns.push({ role: "assistant", text: "" });
  } else if (type === "function_call_output") {
    into.turns.push({ role: "tool", text: textsOf(item["output"], into).join("\n") });
  } else if (role !== undefined) readMessage(item, into);
}

/** One content of Gemini's form. */
function readContent(content: Json, into: Gathered): void {
  const texts: string[] = [];
  let hasCall = false;
  for (const part of objects(content["parts"])) {
    if (part["functionResponse"] != null) {
      const response = object(object(part["functionResponse"])["response"]);
      into.turns.push({ role: "tool", text: textOfResponse(response) });
    } else if (part["functionCall"] != null) {
      into.toolCallCount++;
      hasCall = true;
    } else if (part["inlineData"] != null || part["fileData"] != null) {
      const media = object(part["inlineData"] ?? part["fileData"])["mimeType"];
      if (typeof media !== "string" || media.startsWith("image/")) into.imageCount++;
    } else if (typeof part["text"] === "string" && part["thought"] !== true) texts.push(part["text"]);
  }
  if (texts.length > 0 || hasCall)
    into.turns.push({ role: content["role"] === "model" ? "assistant" : "user", text: texts.join("\n") });
}

function textOfResponse(response: Json): string {
  const plain = response["output"] ?? response["result"] ?? response["content"];
  return typeof plain === "string" ? plain : JSON.stringify(response);
}

/** Texts of a content, whatever its form; counts the images and calls among its parts. */
function textsOf(content: unknown, into: Gathered): string[] {
  if (typeof content === "string") return [content];
  const texts: string[] = [];
  for (const part of objects(content)) {
    const { type } = part;
    if (type === "image_url" || type === "image" || type === "input_image") into.imageCount++;
    else if (type === "tool_use") into.toolCallCount++;
    else if (type !== "thinking" && type !== "reasoning" && typeof part["text"] === "string") texts.push(part["text"]);
  }
  return texts;
}

function roleOf(role: unknown): Turn["role"] {
  if (role === "assistant" || role === "model") return "assistant";
  return role === "tool" || role === "function" ? "tool" : "user";
}

function formatOf(type: unknown): Conversation["responseFormat"] {
  if (type === "json_schema") return "json_schema";
  return type === "json_object" ? "json" : "text";
}

function isToolResult(part: unknown): boolean {
  return object(part)["type"] === "tool_result";
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function objects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "object" && item !== null) : [];
}
