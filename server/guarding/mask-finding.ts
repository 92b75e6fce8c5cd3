import type { Voice } from "../guardrail.ts";

/** What stands in an answer for something that the model said and that must not go out: `[EMAIL_ADDRESS]`. */
export function maskFinding(label: string, text: string, start: number, end: number, voice: Voice): string {
  const mask = `[${label.replace(/[^A-Za-z0-9_-]+/g, "_").slice(0, 48)}]`;
  // A number in a call's arguments would leave no valid JSON behind.
  const isBare =
    voice === "arguments" && /^[\s\d.+-]+$/.test(text.slice(start, end)) && /[:[,\s]$/.test(text.slice(0, start));
  return isBare && !isInString(text, start) ? `"${mask}"` : mask;
}

/** Whether a place in JSON text lies within a string, told by the quotes before it. */
function isInString(text: string, at: number): boolean {
  let isIn = false;
  for (let i = 0; i < at; i++) {
    if (text[i] === "\\" && isIn) i++;
    else if (text[i] === '"') isIn = !isIn;
  }
  return isIn;
}
