/** Characters a token of English answers, where a source kept the text but not the count. */
const CHARS_PER_TOKEN = 4;

/** Rough count, 10 to 25 % off; only for sources that give none. */
export function estimateTokens(text: string): number {
  return Math.max(1, Math.round(text.length / CHARS_PER_TOKEN));
}
