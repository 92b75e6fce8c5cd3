import type { WireFormat } from "../provider.ts";

/**
 * A request that is nothing but words and the usual numbers, in a form that is the same in every dialect. What is not
 * understood to the last field is not plain, so that two plain requests that are equal ask the same.
 */
export interface PlainRequest {
  readonly system: string;
  readonly turns: readonly { readonly role: "user" | "assistant"; readonly text: string }[];
  /** What else changes the answer: sampling and limits, in a fixed order. */
  readonly settings: readonly (number | string | readonly string[] | null)[];
}

type Json = Readonly<Record<string, unknown>>;
type Turn = PlainRequest["turns"][number];

class NotPlain extends Error {}

/** null for a request that holds more than words. */
export function plainRequest(body: Json, format: WireFormat): PlainRequest | null {
  const reader = READERS[format];
  if (reader === undefined) return null;
  try {
    return reader(body);
  } catch (error) {
    if (error instanceof NotPlain) return null;
    throw error;
  }
}

/** Names that cannot change what is answered, in any dialect. */
export const UNHEARD: ReadonlySet<string> = new Set([
  "model",
  "stream",
  "stream_options",
  "user",
  "metadata",
  "labels",
  "store",
  "safety_identifier",
  "prompt_cache_key",
  "prompt_cache_retention",
  "service_tier",
]);

const READERS: Partial<Record<WireFormat, (body: Json) => PlainRequest>> = {
  "openai-chat": (body) => {
    const { messages, temperature, top_p, max_tokens, max_completion_tokens, stop, seed, n, ...rest } = body;
    const { frequency_penalty = 0, presence_penalty = 0, response_format, ...others } = rest;
    only(others, UNHEARD);
    if ((n ?? 1) !== 1 || (frequency_penalty ?? 0) !== 0 || (presence_penalty ?? 0) !== 0) throw new NotPlain();
    if (response_format !== undefined) only({ ...(response_format as Json), type: undefined }, NONE);
    if (response_format !== undefined && (response_format as Json)["type"] !== "text") throw new NotPlain();
    if (max_tokens !== undefined && max_completion_tokens !== undefined) throw new NotPlain();
    const system: string[] = [];
    const turns: Turn[] = [];
    for (const message of objects(messages)) {
      const { role, content, ...more } = message;
      only(more, NONE);
      const text = textOf(content, NONE);
      if (role === "user" || role === "assistant") turns.push({ role, text });
      else if ((role === "system" || role === "developer") && turns.length === 0) system.push(text);
      else throw new NotPlain();
    }
    return plain(system, turns, {
      temperature,
      topP: top_p,
      maxTokens: max_completion_tokens ?? max_tokens,
      stop: typeof stop === "string" ? [stop] : stop,
      seed,
    });
  },
  "anthropic-messages": (body) => {
    const { messages, system, temperature, top_p, top_k, max_tokens, stop_sequences, ...others } = body;
    only(others, UNHEARD);
    const turns = objects(messages).map(({ role, content, ...more }): Turn => {
      only(more, NONE);
      if (role !== "user" && role !== "assistant") throw new NotPlain();
      return { role, text: textOf(content, CACHE_MARK) };
    });
    return plain(system === undefined ? [] : [textOf(system, CACHE_MARK)], turns, {
      temperature,
      topP: top_p,
      topK: top_k,
      maxTokens: max_tokens,
      stop: stop_sequences,
    });
  },
  "openai-responses": (body) => {
    const { input, instructions, temperature, top_p, max_output_tokens, ...others } = body;
    only(others, UNHEARD);
    const system = instructions === undefined || instructions === null ? [] : [text(instructions)];
    const turns: Turn[] = [];
    if (typeof input === "string") turns.push({ role: "user", text: input });
    else
      for (const { role, content, type, ...more } of objects(input)) {
        only(more, NONE);
        if (type !== undefined && type !== "message") throw new NotPlain();
        if (role !== "user" && role !== "assistant" && role !== "system" && role !== "developer") throw new NotPlain();
        const said = textOf(content, NONE);
        if (role === "user" || role === "assistant") turns.push({ role, text: said });
        else if (turns.length === 0) system.push(said);
        else throw new NotPlain();
      }
    return plain(system, turns, { temperature, topP: top_p, maxTokens: max_output_tokens });
  },
  gemini: (body) => {
    const { contents, systemInstruction, system_instruction, generationConfig, generation_config, ...others } = body;
    only(others, UNHEARD);
    if (systemInstruction !== undefined && system_instruction !== undefined) throw new NotPlain();
    if (generationConfig !== undefined && generation_config !== undefined) throw new NotPlain();
    const instruction = systemInstruction ?? system_instruction;
    const config = object(generationConfig ?? generation_config ?? {});
    const { temperature, topP, topK, maxOutputTokens, stopSequences, seed, candidateCount = 1, ...more } = config;
    only(more, NONE);
    if (candidateCount !== 1) throw new NotPlain();
    const turns = objects(contents).map(({ role = "user", parts, ...extra }): Turn => {
      only(extra, NONE);
      if (role !== "user" && role !== "model") throw new NotPlain();
      return { role: role === "user" ? "user" : "assistant", text: textOf(parts, NONE) };
    });
    const system = instruction === undefined ? [] : [textOf(object(instruction)["parts"], NONE)];
    return plain(system, turns, { temperature, topP, topK, maxTokens: maxOutputTokens, stop: stopSequences, seed });
  },
};

interface PlainSettings {
  readonly temperature: unknown;
  readonly topP: unknown;
  readonly topK?: unknown;
  readonly maxTokens: unknown;
  readonly stop?: unknown;
  readonly seed?: unknown;
}

const NONE: ReadonlySet<string> = new Set();
/** Asks the vendor to keep a prompt's beginning, which does not change what it answers. */
const CACHE_MARK: ReadonlySet<string> = new Set(["cache_control"]);

function plain(system: readonly string[], turns: readonly Turn[], settings: PlainSettings): PlainRequest {
  if (turns.length === 0) throw new NotPlain();
  const { temperature, topP, topK, maxTokens, stop, seed } = settings;
  const stops = stop === undefined || stop === null ? [] : stop;
  if (!Array.isArray(stops) || stops.some((one) => typeof one !== "string")) throw new NotPlain();
  return {
    system: system.join("\n"),
    turns,
    settings: [number(temperature), number(topP), number(topK), number(maxTokens), stops as string[], number(seed)],
  };
}

function number(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new NotPlain();
}

function only(fields: Json, known: ReadonlySet<string>): void {
  for (const name in fields) if (fields[name] !== undefined && !known.has(name)) throw new NotPlain();
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new NotPlain();
  return value;
}

const TEXT_TYPES: ReadonlySet<unknown> = new Set([undefined, "text", "input_text", "output_text"]);

/** Several parts are not the same as their text in one, so only a single part is. */
function textOf(content: unknown, known: ReadonlySet<string>): string {
  if (typeof content === "string") return content;
  const [part, ...more] = objects(content);
  if (part === undefined || more.length > 0) throw new NotPlain();
  const { type, text: said, ...others } = part;
  only(others, known);
  if (!TEXT_TYPES.has(type)) throw new NotPlain();
  return text(said);
}

function object(value: unknown): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new NotPlain();
  return value as Json;
}

function objects(value: unknown): readonly Json[] {
  if (!Array.isArray(value)) throw new NotPlain();
  return value.map(object);
}
