/** What a Gemini model takes, as far as a request must know it beforehand. */
export interface GeminiFacts {
  readonly thinking: "none" | "budget" | "level";
  /** Whether a thinking budget of 0 is allowed. */
  readonly canStopThinking: boolean;
  readonly leastLevel: "minimal" | "low";
  /** Function calls must carry a thought signature when they go back. */
  readonly wantsSignatures: boolean;
  readonly takesPenalties: boolean;
  /** JSON output together with function declarations. */
  readonly takesJsonWithTools: boolean;
}

/** @source Google's pages on thinking, thought signatures and structured output, 2026-10 */
export function geminiFacts(model: string): GeminiFacts {
  const match = /gemini-(\d+)(?:\.(\d+))?/.exec(model);
  const version = match === null ? 3 : Number(match[1]) + Number(match[2] ?? 0) / 10;
  const isGemini = /gemini/.test(model);
  const isPro = model.includes("pro");
  if (!isGemini || version < 2.5) {
    return {
      thinking: "none",
      canStopThinking: true,
      leastLevel: "low",
      wantsSignatures: false,
      takesPenalties: true,
      takesJsonWithTools: false,
    };
  }
  const isThird = version >= 3;
  return {
    thinking: isThird ? "level" : "budget",
    canStopThinking: !isThird && !isPro,
    leastLevel: isPro ? "low" : "minimal",
    wantsSignatures: isThird,
    takesPenalties: false,
    takesJsonWithTools: isThird,
  };
}
