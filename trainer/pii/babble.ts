import type { Rng } from "../../engine/rng.ts";

/** The commonest words of a language first, as it writes them in the middle of a sentence. */
export interface CommonWords {
  readonly language: string;
  readonly words: readonly string[];
}

/** Draws common words more often than rare ones. */
const COMMONNESS = 2.5;
const SLOTS = ["{p}", "{p}", "{f}", "{f}", "{l}", "{c}", "{c}", "{o}", "{a}", "{n}", "{d}"];
const NAMED_SHARE = 0.6;

export function drawWord({ words }: CommonWords, rng: Rng): string {
  return words[Math.floor(words.length * rng.next() ** COMMONNESS)]!;
}

/**
 * Words of one language in no order, with a slot for a name among them or none: what is common is no name wherever it stands,
 * and what is a name is one without the usual words around it.
 */
export function babble(language: CommonWords, rng: Rng): string {
  const words = Array.from({ length: 2 + Math.floor(rng.next() * 10) }, () => drawWord(language, rng));
  const isSentence = rng.next() < 0.7;
  if (rng.next() < NAMED_SHARE) {
    const count = rng.next() < 0.25 ? 2 : 1;
    for (let i = 0; i < count; i++) {
      const at = Math.floor(rng.next() * (words.length + 1));
      const slot = SLOTS[Math.floor(rng.next() * SLOTS.length)]!;
      words.splice(at, 0, rng.next() < 0.15 ? `${slot},` : slot);
    }
  }
  const text = words.join(" ");
  if (!isSentence) return text;
  const first = text.startsWith("{") ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return first + [".", ".", "?", "!", ":", ""][Math.floor(rng.next() * 6)]!;
}
