import type { Conversation } from "../conversation.ts";

/**
 * At most so many UTF-16 units of a conversation are read for its text statistics, so that a 200 kB agent prompt costs
 * no more than a 16 kB one. Lengths and counts of turns are always those of the whole.
 */
export const READ_LIMIT = 16_384;
const SYSTEM_LIMIT = 4096;
const OTHERS_LEAST = 4096;

/** Index of the question: the last user turn, else the last turn; -1 when there are no turns. */
export function questionIndex(conversation: Conversation): number {
  const { turns } = conversation;
  for (let i = turns.length - 1; i >= 0; i--) if (turns[i]!.role === "user") return i;
  return turns.length - 1;
}

/**
 * Shares `READ_LIMIT` out: the head of the system prompt, the head and the tail of the question, and the newest of the
 * other turns.
 */
export interface Reading {
  system: number;
  questionHead: number;
  questionTail: number;
  others: number;
}

export function shareOut(reading: Reading, systemLength: number, questionLength: number, othersLength: number): void {
  if (systemLength + questionLength + othersLength <= READ_LIMIT) {
    reading.system = systemLength;
    reading.questionHead = questionLength;
    reading.questionTail = 0;
    reading.others = othersLength;
    return;
  }
  reading.system = Math.min(systemLength, SYSTEM_LIMIT);
  const forQuestion = READ_LIMIT - reading.system - Math.min(othersLength, OTHERS_LEAST);
  if (questionLength <= forQuestion) {
    reading.questionHead = questionLength;
    reading.questionTail = 0;
  } else {
    reading.questionTail = forQuestion >> 2;
    reading.questionHead = forQuestion - reading.questionTail;
  }
  reading.others = Math.min(othersLength, READ_LIMIT - reading.system - reading.questionHead - reading.questionTail);
}
