import type { Conversation } from "../conversation.ts";
import { questionIndex } from "./reading.ts";

/** UTF-16 units that an embedder is given at most: 128 tokens of the shipped encoder cover some 700. */
export const ENCODER_TEXT_LIMIT = 2000;

/**
 * What an embedder reads of a conversation: the last user turn and, when that leaves room, the earlier turns, newest
 * first; the system prompt only where nothing else is said, since under it the same ask is to read the same. Encoders
 * read the beginning only, so the question stands first. A plain prompt is its own text. Surrogate pairs are never cut
 * in two.
 */
export function encoderText(conversation: Conversation): string {
  const { system, turns } = conversation;
  const asked = questionIndex(conversation);
  let text = asked < 0 ? "" : turns[asked]!.text;
  for (let i = turns.length - 1; i >= 0 && text.length < ENCODER_TEXT_LIMIT; i--) {
    if (i !== asked && turns[i]!.text !== "") text += `\n${turns[i]!.text}`;
  }
  if (text === "") text = system;
  return cutText(text, ENCODER_TEXT_LIMIT);
}

/** The first `limit` units of a text, one less when a surrogate pair would be cut. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? limit - 1 : limit);
}
