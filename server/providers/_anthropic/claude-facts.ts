/** What a Claude model takes and refuses, as far as a request must know it beforehand. */
export interface ClaudeFacts {
  readonly thinks: boolean;
  /** `thinking: {"type": "adaptive"}` with `output_config.effort`. */
  readonly thinksAdaptively: boolean;
  /** `thinking: {"type": "enabled", "budget_tokens": n}`. */
  readonly takesBudget: boolean;
  readonly canStopThinking: boolean;
  /** `temperature`, `top_p` and `top_k`. */
  readonly takesSampling: boolean;
  readonly takesTemperatureWithTopP: boolean;
  /** `output_config.format`. */
  readonly takesJsonSchema: boolean;
  /** `tool_choice` of `any` and `tool`. */
  readonly takesForcedTools: boolean;
  /** Longest answer in tokens; null when unknown. */
  readonly maxOutput: number | null;
}

/** Other models behind the Messages format: what every server of it has taken from the beginning. */
const UNKNOWN: ClaudeFacts = {
  thinks: true,
  thinksAdaptively: false,
  takesBudget: true,
  canStopThinking: true,
  takesSampling: true,
  takesTemperatureWithTopP: true,
  takesJsonSchema: false,
  takesForcedTools: true,
  maxOutput: null,
};

/**
 * Facts by a model's name, in whatever spelling a cloud gives it (`claude-sonnet-4-5-20250929`,
 * `eu.anthropic.claude-opus-4-1-v1:0`, `claude-haiku-4.5`). A name without a version counts as the newest.
 *
 * @source Anthropic's pages on extended and adaptive thinking, structured outputs and model migration, 2026-10
 */
export function claudeFacts(model: string): ClaudeFacts {
  if (!/claude/i.test(model)) return UNKNOWN;
  const { family, version } = nameOf(model);
  const isAlwaysThinking = family === "fable" || family === "mythos" || (family !== "haiku" && version >= 5.5);
  return {
    thinks: version >= 3.7,
    thinksAdaptively: version >= 4.6,
    takesBudget: version < 4.7,
    canStopThinking: !isAlwaysThinking,
    takesSampling: version < 4.7,
    takesTemperatureWithTopP: version < 4.1,
    takesJsonSchema: version >= 4.1,
    takesForcedTools: !(isAlwaysThinking && version > 5),
    maxOutput: maxOutputOf(family, version),
  };
}

function nameOf(model: string): { readonly family: string; readonly version: number } {
  const name = model.toLowerCase();
  const family = /opus|sonnet|haiku|fable|mythos|instant/.exec(name)?.[0] ?? "";
  const match = /claude-(?:[a-z]+-)?v?(\d{1,2})(?:[-.](\d{1,2})(?!\d))?(?!\d)/.exec(name);
  if (match === null) return { family, version: family === "instant" ? 1 : 5 };
  return { family, version: Number(match[1]) + Number(match[2] ?? 0) / 10 };
}

function maxOutputOf(family: string, version: number): number {
  if (version >= 4.6) return 128_000;
  if (version < 3.5) return 4096;
  if (version < 3.7) return 8192;
  return family === "opus" && version < 4.5 ? 32_000 : 64_000;
}
