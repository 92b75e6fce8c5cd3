/** What a vendor's double has understood of a request, in no vendor's words. */
export interface Situation {
  readonly model: string;
  readonly lastText: string;
  readonly tools: readonly string[];
  /** The tool that the client insists on; "any" for whichever. */
  readonly forcedTool: string | null;
  /** Results that the last turn brought. */
  readonly toolResults: readonly string[];
  readonly wantsJson: boolean;
  readonly hasImage: boolean;
}

export interface ScriptedCall {
  readonly name: string;
  readonly input: { readonly city: string; readonly celsius?: number };
}

/** What it answers, for every vendor the same. */
export type Scripted =
  | { readonly kind: "fault"; readonly status: number }
  | {
      readonly kind: "answer";
      readonly reasoning: string | null;
      readonly pieces: readonly string[];
      readonly calls: readonly ScriptedCall[];
      readonly finish: "stop" | "length" | "calls" | "filtered";
      /** The stream ends in the vendor's own error after the first pieces. */
      readonly breaks: boolean;
    };

/** Tokens that every answer claims. */
export const SCRIPTED_USAGE = { input: 25, cached: 5, output: 9 } as const;

const CITIES = /Paris|Oslo|Rome/g;

/** The model's name asks for faults, the last words for everything else; the same request has the same answer. */
export function scriptFor(vendor: string, situation: Situation): Scripted {
  const { model, lastText, tools, forcedTool, toolResults, wantsJson, hasImage } = situation;
  const status = /^fail-(\d{3})/.exec(model)?.[1];
  if (status !== undefined) return { kind: "fault", status: Number(status) };
  const answer = { kind: "answer", reasoning: null, calls: [], finish: "stop", breaks: false } as const;
  if (model.startsWith("break-stream")) return { ...answer, pieces: ["Hel", "lo"], breaks: true };
  if (toolResults.length > 0) return { ...answer, pieces: ["The tools said: ", toolResults.join("; "), "."] };
  if (forcedTool !== null || (tools.length > 0 && /weather/i.test(lastText))) {
    const name = forcedTool === null || forcedTool === "any" ? tools[0]! : forcedTool;
    const cities = lastText.match(CITIES) ?? ["Paris"];
    return {
      ...answer,
      pieces: [],
      calls: cities.map((city) => ({ name, input: inputOf(name, city) })),
      finish: "calls",
    };
  }
  if (wantsJson) return { ...answer, pieces: ['{"city":"Pa', 'ris","celsius":21}'] };
  if (hasImage) return { ...answer, pieces: ["I see", " a picture."] };
  if (/think/i.test(lastText))
    return { ...answer, reasoning: "First this, then that.", pieces: ["Thought", " through."] };
  if (/long/i.test(lastText)) return { ...answer, pieces: ["It never", " ends"], finish: "length" };
  if (/forbidden/i.test(lastText)) return { ...answer, pieces: [], finish: "filtered" };
  return { ...answer, pieces: ["Hel", "lo from ", `${vendor}.`] };
}

/** Vercel's Anthropic provider asks for JSON by a tool of this name. */
function inputOf(name: string, city: string): ScriptedCall["input"] {
  return name === "json" ? { city, celsius: 21 } : { city };
}
