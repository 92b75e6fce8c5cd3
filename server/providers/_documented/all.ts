import { ANTHROPIC } from "./anthropic.ts";
import { BEDROCK } from "./bedrock.ts";
import { CHAT_VENDORS } from "./chat-vendors.ts";
import { COHERE } from "./cohere.ts";
import type { Documented } from "./documented.ts";
import { GEMINI } from "./gemini.ts";
import { OPENAI_CHAT } from "./openai-chat.ts";
import { RESPONSES } from "./openai-responses.ts";

/** Answers that vendors document and that nobody recorded for us. */
export const DOCUMENTED: readonly Documented[] = [
  ...OPENAI_CHAT,
  ...CHAT_VENDORS,
  ...RESPONSES,
  ...ANTHROPIC,
  ...GEMINI,
  ...BEDROCK,
  ...COHERE,
];
