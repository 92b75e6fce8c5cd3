import { CHARACTER_FLAGS, LETTER, LOWER_CASE } from "./characters.ts";

export const TEMPLATE_BUCKETS = 16;
const PREFIX_LETTERS = 160;
const PREFIX_LIMIT = 512;

/**
 * Which of 16 buckets a system prompt's template falls in: a hash over the letters of its beginning, so that dates,
 * numbers, spacing and case inside a template do not change it. -1 when there is no letter.
 */
export function templateBucket(system: string): number {
  const end = Math.min(system.length, PREFIX_LIMIT);
  let hash = 0x811c9dc5 | 0;
  let letters = 0;
  for (let i = 0; i < end && letters < PREFIX_LETTERS; i++) {
    const code = system.charCodeAt(i);
    if ((CHARACTER_FLAGS[code]! & LETTER) === 0) continue;
    letters++;
    hash = Math.imul(hash ^ LOWER_CASE[code]!, 0x01000193);
  }
  if (letters === 0) return -1;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) & (TEMPLATE_BUCKETS - 1);
}
