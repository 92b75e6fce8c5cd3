import { ANTHROPIC } from "./anthropic.ts";
import { BEDROCK } from "./bedrock.ts";
import { COHERE } from "./cohere.ts";
import type { Documented } from "./documented.ts";
import { GEMINI } from "./gemini.ts";
import { OPENAI_CHAT } from "./openai-chat.ts";
import { RESPONSES } from "./openai-responses.ts";

/** Answers that vendors document and that nobody recorded for us. */
export const DOCUMENTED: readonly Documented[] = [
  ...OPENAI_CHAT,
  ...RESPONSES,
  ...ANTHROPIC,
  ...GEMINI,
  ...BEDROCK,
  ...COHERE,
];
