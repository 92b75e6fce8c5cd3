import { createHash } from "node:crypto";

/** How long an id of a tool call may be, where OpenAI counts. */
const LONGEST = 40;

/** The same id for a call and its result, short enough for OpenAI's own limit. */
export function shortCallId(id: string): string {
  return id.length <= LONGEST ? id : `call_${digestOf(id).slice(0, 32)}`;
}

/** Mistral takes nine letters and digits, neither more nor less. */
export function nineLetterCallId(id: string): string {
  return /^[a-zA-Z0-9]{9}$/.test(id) ? id : digestOf(id).slice(0, 9);
}

function digestOf(id: string): string {
  return createHash("sha256").update(id).digest("hex");
}
