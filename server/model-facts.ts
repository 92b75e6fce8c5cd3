import type { Abilities } from "../engine/schema/candidate.ts";

/** What the price list does not tell of a model family. */
export interface ModelFacts {
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly abilities?: Partial<Abilities>;
}

/**
 * First match wins, on the model's name without its vendor. From the vendors' public model pages; a candidate's own
 * entries in weir.yaml win over these. A model that no line matches keeps the defaults: tools and JSON, no vision.
 */
const FACTS: readonly (readonly [pattern: RegExp, facts: ModelFacts])[] = [
  [/^gpt-5/, { contextTokens: 400_000, maxOutputTokens: 128_000, abilities: { vision: true, reasoning: true } }],
  [/^gpt-4\.1/, { contextTokens: 1_047_576, maxOutputTokens: 32_768, abilities: { vision: true } }],
  [/^(gpt-4o|chatgpt-4o)/, { contextTokens: 128_000, maxOutputTokens: 16_384, abilities: { vision: true } }],
  [/^gpt-4-turbo/, { contextTokens: 128_000, maxOutputTokens: 4_096, abilities: { vision: true, jsonSchema: false } }],
  [/^gpt-4-32k/, { contextTokens: 32_768, abilities: { jsonSchema: false } }],
  [/^gpt-4($|-)/, { contextTokens: 8_192, maxOutputTokens: 8_192, abilities: { jsonSchema: false } }],
  [/^gpt-3\.5/, { contextTokens: 16_385, maxOutputTokens: 4_096, abilities: { jsonSchema: false } }],
  [/^o1-mini/, { contextTokens: 128_000, maxOutputTokens: 65_536, abilities: { tools: false, reasoning: true } }],
  [/^o[134]/, { contextTokens: 200_000, maxOutputTokens: 100_000, abilities: { vision: true, reasoning: true } }],
  [/^claude-(opus|sonnet|haiku)-[4-9]/, { contextTokens: 200_000, abilities: { vision: true, reasoning: true } }],
  [/^claude-3[-.]7/, { contextTokens: 200_000, abilities: { vision: true, reasoning: true } }],
  [/^claude-3/, { contextTokens: 200_000, abilities: { vision: true } }],
  [/^claude-(2|instant)/, { contextTokens: 100_000, abilities: { tools: false, jsonSchema: false } }],
  [
    /^gemini-(2\.5|3)/,
    { contextTokens: 1_048_576, maxOutputTokens: 65_536, abilities: { vision: true, reasoning: true } },
  ],
  [/^gemini-(1\.5|2)/, { contextTokens: 1_048_576, maxOutputTokens: 8_192, abilities: { vision: true } }],
  [/^grok-4/, { contextTokens: 256_000, abilities: { vision: true, reasoning: true } }],
  [/^(deepseek-reasoner|deepseek-r1)/, { contextTokens: 64_000, abilities: { tools: false, reasoning: true } }],
  [/^(pixtral|llama-4|llama-3\.2-(11|90)b)/, { contextTokens: 128_000, abilities: { vision: true } }],
  [/^(meta-)?llama-?3\.[1-3]/, { contextTokens: 128_000 }],
  [/^mistral-(large|small|medium)/, { contextTokens: 128_000 }],
];

export function modelFacts(model: string): ModelFacts {
  const bare = model.slice(model.lastIndexOf("/") + 1).toLowerCase();
  return FACTS.find(([pattern]) => pattern.test(bare))?.[1] ?? {};
}
