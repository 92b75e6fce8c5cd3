/** One kind of request that every target is given. */
export interface Scenario {
  readonly name: string;
  readonly connections: number;
  readonly body: object;
  /** Only Weir can answer it: it routes, or keeps answers. */
  readonly isOurs?: boolean;
  /** Further lines of the request's head. */
  readonly headers?: string;
}

const QUESTION = "Please summarise the following paragraph about gateways and routing. ";
const NAMED = "openai/gpt-4o-mini";
const ROUTED = "weir/auto";

const chat = (model: string, promptBytes: number, extra: object = {}) => ({
  model,
  messages: [
    { role: "system", content: "You are helpful." },
    { role: "user", content: QUESTION.repeat(Math.ceil(promptBytes / QUESTION.length)) },
  ],
  temperature: 0.2,
  max_tokens: 64,
  ...extra,
});

/** A long agent session: many turns, nothing that one long string would hide. */
const agent = (model: string, promptBytes: number) => ({
  ...chat(model, 500),
  messages: [
    { role: "system", content: "You are a coding agent. ".repeat(200) },
    ...Array.from({ length: Math.ceil(promptBytes / 2_000) }, (_, i) => ({
      role: i % 2 === 0 ? "user" : "assistant",
      content: `${i}: ${'const x = compute("a\\n");\n'.repeat(70)}`,
    })),
    { role: "user", content: "Now fix the failing test." },
  ],
});

const KEPT = { temperature: 0 };

export const SCENARIOS: readonly Scenario[] = [
  { name: "named, 0.8 kB", connections: 1, body: chat(NAMED, 800) },
  { name: "named, 0.8 kB", connections: 16, body: chat(NAMED, 800) },
  { name: "routed, 0.8 kB", connections: 16, body: chat(ROUTED, 800), isOurs: true },
  { name: "named, stream of 50", connections: 1, body: chat(NAMED, 800, { stream: true }) },
  { name: "named, stream of 50", connections: 16, body: chat(NAMED, 800, { stream: true }) },
  { name: "named, 200 kB", connections: 16, body: chat(NAMED, 200_000) },
  { name: "routed, 200 kB", connections: 16, body: chat(ROUTED, 200_000), isOurs: true },
  { name: "routed, 200 kB of turns", connections: 16, body: agent(ROUTED, 200_000), isOurs: true },
  {
    name: "cache: bought and kept",
    connections: 16,
    body: chat(NAMED, 800, KEPT),
    isOurs: true,
    headers: "x-weir-cache: no-cache\r\n",
  },
  { name: "cache: hit, 0.8 kB", connections: 16, body: chat(NAMED, 800, KEPT), isOurs: true },
  { name: "cache: hit, 200 kB", connections: 16, body: chat(NAMED, 200_000, KEPT), isOurs: true },
  {
    name: "cache: hit, stream of 50",
    connections: 16,
    body: chat(NAMED, 800, { ...KEPT, stream: true }),
    isOurs: true,
  },
];

/** A stream whose upstream pauses between its chunks. */
export const PACED = chat(NAMED, 800, { stream: true, user: "gap=2", stream_options: { include_usage: true } });
/** One that goes on until somebody hangs up. */
export const ENDLESS = chat(NAMED, 800, { stream: true, user: "gap=5 endless" });
