import type { ChatRequest, FinishReason, ToolDefinition } from "../../chat.ts";
import { valueOfSchema } from "./json-value.ts";
import type { SimulatedOptions } from "./options.ts";
import { promptOf, rngOf, seedText } from "./request-facts.ts";
import { answerPieces, piecesOf } from "./words.ts";

/** What a simulated model will say, decided before it says anything. */
export interface AnswerPlan {
  readonly reasoning: readonly string[];
  readonly text: readonly string[];
  readonly calls: readonly { readonly id: string; readonly name: string; readonly json: readonly string[] }[];
  readonly finish: FinishReason;
  readonly stopSequence: string | null;
}

const REASONING_TOKENS = { none: 0, minimal: 8, low: 24, medium: 64, high: 160, max: 320 } as const;
const DEFAULT_QUALITY = 0.8;
const DEFAULT_ANSWER_TOKENS = 120;
const LABEL = "[simulated]";

/** The same request, model and settings give the same plan; each of several wanted answers has its own. */
export function planAnswer(request: ChatRequest, model: string, options: SimulatedOptions, choice: number): AnswerPlan {
  const rng = rngOf("answer", model, seedText(request), String(choice));
  const { effort, budgetTokens } = request.reasoning;
  const thinkingTokens = effort !== null ? REASONING_TOKENS[effort] : Math.min(budgetTokens ?? 0, REASONING_TOKENS.max);
  const reasoning = thinkingTokens === 0 ? [] : [`${LABEL} `, ...answerPieces(thinkingTokens, rng)];
  const wanted = toolsToCall(request);
  if (wanted.length > 0) {
    const calls = wanted.map((tool, index) => ({
      id: `call_sim_${Math.floor(rng.next() * 0xffffffff)
        .toString(16)
        .padStart(8, "0")}${index}`,
      name: tool.name,
      json: piecesOf(JSON.stringify(valueOfSchema(tool.parameters, rng))),
    }));
    return { reasoning, text: [], calls, finish: "tool_calls", stopSequence: null };
  }
  return cut({ reasoning, calls: [], text: textOf(request, model, options, choice) }, request);
}

function textOf(request: ChatRequest, model: string, options: SimulatedOptions, choice: number): string[] {
  const rng = rngOf("text", model, seedText(request), String(choice));
  if (options.answer !== undefined) return piecesOf(options.answer);
  if (request.output.kind === "json_schema") return piecesOf(JSON.stringify(valueOfSchema(request.output.schema, rng)));
  if (request.output.kind === "json") return piecesOf(JSON.stringify({ simulated: true, model, value: "answer" }));
  const isGood = isAnsweredWell(request, model, options);
  const mean = options.answerTokens ?? DEFAULT_ANSWER_TOKENS;
  const count = Math.max(1, Math.round(mean * (0.5 + rng.next())));
  const verdict = isGood ? "a good answer" : "a poor answer";
  return [...piecesOf(`${LABEL} ${model}: ${verdict}. `), ...answerPieces(count, rng)];
}

/** How hard a prompt is lies in the prompt alone, so a better model succeeds wherever a lesser one does. */
function isAnsweredWell(request: ChatRequest, model: string, { quality }: SimulatedOptions): boolean {
  const share = typeof quality === "object" ? quality[model] : quality;
  return rngOf("difficulty", promptOf(request)).next() < (share ?? DEFAULT_QUALITY);
}

/**
 * Tools are called in answer to the user, never in answer to a result, so that an agent's loop ends: the one that is
 * asked for, else those that the prompt names, else the first.
 */
function toolsToCall({ tools, toolChoice, messages, parallelToolCalls }: ChatRequest): readonly ToolDefinition[] {
  if (tools.length === 0 || toolChoice?.kind === "none") return [];
  if (toolChoice?.kind === "tool") return tools.filter(({ name }) => name === toolChoice.name).slice(0, 1);
  if (toolChoice?.kind !== "required" && messages.at(-1)?.role !== "user") return [];
  const prompt = messages
    .at(-1)!
    .parts.flatMap((part) => (part.kind === "text" ? [part.text] : []))
    .join("\n");
  const named = tools.filter(({ name }) => prompt.includes(name));
  const chosen = named.length > 0 ? named : tools.slice(0, 1);
  return parallelToolCalls === false ? chosen.slice(0, 1) : chosen;
}

/** Stop sequences and the limit end the text where a model would. */
function cut(
  plan: Pick<AnswerPlan, "reasoning" | "text" | "calls">,
  { stop, maxOutputTokens }: ChatRequest,
): AnswerPlan {
  let text = [...plan.text];
  let finish: FinishReason = "stop";
  let stopSequence: string | null = null;
  const whole = text.join("");
  const hits = stop
    .filter((sequence) => sequence !== "" && whole.includes(sequence))
    .sort((a, b) => whole.indexOf(a) - whole.indexOf(b));
  const first = hits[0];
  if (first !== undefined) {
    text = piecesOf(whole.slice(0, whole.indexOf(first)));
    finish = "stop_sequence";
    stopSequence = first;
  }
  if (maxOutputTokens === null || plan.reasoning.length + text.length <= maxOutputTokens) {
    return { ...plan, text, finish, stopSequence };
  }
  const reasoning = plan.reasoning.slice(0, maxOutputTokens);
  return {
    ...plan,
    reasoning,
    text: text.slice(0, maxOutputTokens - reasoning.length),
    finish: "length",
    stopSequence: null,
  };
}
