/** Fields of the chat and Responses formats that sampling is set by. */
const SAMPLING = [
  "temperature",
  "top_p",
  "presence_penalty",
  "frequency_penalty",
  "logprobs",
  "top_logprobs",
  "logit_bias",
] as const;

/** What one of OpenAI's models takes, by its name. */
export interface OpenAiFacts {
  /** null: a name we do not know (a deployment, a new model), which gets whatever the client says. */
  readonly reasons: boolean | null;
  /** Efforts it knows, from the least; empty when it takes none. */
  readonly efforts: readonly string[];
}

/** @source OpenAI's guide on reasoning and its model pages, 2026-10 */
export function openAiFacts(model: string): OpenAiFacts {
  const name = model.replace(/^(openai\/|ft:)/, "");
  if (/^(gpt-3|gpt-4|chatgpt|davinci|babbage)/.test(name) || /^gpt-5[\d.]*-chat/.test(name)) {
    return { reasons: false, efforts: [] };
  }
  if (/^o1-(mini|preview)/.test(name)) return { reasons: true, efforts: [] };
  if (/^o\d/.test(name) || name.startsWith("gpt-oss")) return { reasons: true, efforts: ["low", "medium", "high"] };
  const match = /^gpt-(\d+)(?:\.(\d+))?/.exec(name);
  if (match === null) {
    return name.startsWith("codex")
      ? { reasons: true, efforts: ["low", "medium", "high"] }
      : { reasons: null, efforts: [] };
  }
  const version = Number(match[1]) + Number(match[2] ?? 0) / 10;
  if (/-pro\b/.test(name) && version < 5.2) return { reasons: true, efforts: ["high"] };
  if (version < 5.1) return { reasons: true, efforts: ["minimal", "low", "medium", "high"] };
  const highest = version >= 5.2 || name.includes("codex-max") ? ["xhigh"] : [];
  const least = name.includes("codex") ? [] : ["none"];
  return { reasons: true, efforts: [...least, "low", "medium", "high", ...highest] };
}

/** The wished effort in the model's words: the nearest that it knows. */
export function effortFor(effort: string, { efforts, reasons }: OpenAiFacts): string | undefined {
  const wanted = effort === "max" ? "xhigh" : effort;
  if (reasons === null) return wanted === "xhigh" ? "high" : wanted;
  if (efforts.includes(wanted)) return wanted;
  const order = ["none", "minimal", "low", "medium", "high", "xhigh"];
  const place = order.indexOf(wanted);
  const below = efforts.filter((each) => order.indexOf(each) <= place).at(-1);
  return below ?? efforts[0];
}

/** Fields of a body that OpenAI's reasoning models refuse. */
export function refusedBy(model: string, body: Readonly<Record<string, unknown>>): readonly string[] {
  const facts = openAiFacts(model);
  if (facts.reasons !== true) return [];
  // With reasoning switched off, sampling is free; `body` is of either format.
  const reasoning = body["reasoning"] as { effort?: unknown } | undefined;
  if ((body["reasoning_effort"] ?? reasoning?.effort) === "none") return [];
  return SAMPLING.filter((field) => !((field === "temperature" || field === "top_p") && body[field] === 1));
}
