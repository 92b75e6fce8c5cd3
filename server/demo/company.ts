/** How a feature's requests are made. */
export type DemoKind = "plain" | "json" | "tools" | "image";

export interface DemoFeature {
  readonly team: string;
  readonly feature: string;
  /** What its clients speak. */
  readonly dialect: "openai" | "anthropic" | "gemini" | "responses";
  readonly kind: DemoKind;
  readonly isStreaming: boolean;
  /** Conversations on a working day. */
  readonly perDay: number;
  /** Most turns of a conversation. */
  readonly turns: number;
  /** Asked at temperature 0, so that equal questions may be answered from the cache. */
  readonly isDeterministic: boolean;
  /** null: none is sent. */
  readonly system: string | null;
  /** Sentences with `{slot}`s; the more varied, the less alike two requests are. */
  readonly asks: readonly string[];
}

/** A made-up company: a chain of bicycle shops that sells, rents and repairs. */
export const COMPANY = "Saltmarsh Cycles";

export const TENANTS = ["coast", "valley", "islands"] as const;

export const FEATURES: readonly DemoFeature[] = [
  {
    team: "support",
    feature: "ticket-reply",
    dialect: "openai",
    kind: "plain",
    isStreaming: false,
    perDay: 26,
    turns: 3,
    isDeterministic: false,
    system: "You answer customers of a chain of bicycle shops. Be kind, short and exact.",
    asks: [
      "A customer writes: my {product} arrived with a {fault}. The order is {number}. What do I answer?",
      "Reply to {name} ({mail}, {phone}), who wants to return a {product} after {days} days.",
      "{name} asks whether the {product} fits a rider of {height} cm. Answer in two sentences.",
      "Apologise to {name} for the late delivery of order {number} and offer {percent} % off the next repair.",
      "The customer says the {part} of the {product} squeaks when it rains. Give three things to try, in order.",
    ],
  },
  {
    team: "support",
    feature: "ticket-triage",
    dialect: "openai",
    kind: "json",
    isStreaming: false,
    perDay: 42,
    turns: 1,
    isDeterministic: true,
    system: "Sort the ticket.",
    asks: [
      "Ticket: the {part} of my {product} has a {fault}.",
      "Ticket: where is order {number}? It was due {days} days ago.",
      "Ticket: I was charged twice for the {product}.",
      "Ticket: can I rent a {product} for {days} days in {place}?",
    ],
  },
  {
    team: "search",
    feature: "query-rewrite",
    dialect: "openai",
    kind: "plain",
    isStreaming: false,
    perDay: 56,
    turns: 1,
    isDeterministic: true,
    system: "Answer with the query alone.",
    asks: [
      "Rewrite the query for a product search: {product} {place}",
      "Rewrite the query for a product search: cheap {product}",
      "Rewrite the query for a product search: {part} for {product}",
      "Rewrite the query for a product search: {product} with {fault} repair cost",
    ],
  },
  {
    team: "search",
    feature: "site-answer",
    dialect: "gemini",
    kind: "plain",
    isStreaming: true,
    perDay: 26,
    turns: 2,
    isDeterministic: false,
    system: "Answer from the shop's pages in one short paragraph.",
    asks: [
      "Which {product} is best for {days} days of touring around {place}?",
      "How often should the {part} of a {product} be replaced?",
      "What does a repair of a {fault} cost in {place}, and how long does it take?",
      "Compare a {product} with a {product} for someone who rides {number} km a year.",
    ],
  },
  {
    team: "coding",
    feature: "code-review",
    dialect: "anthropic",
    kind: "plain",
    isStreaming: true,
    perDay: 20,
    turns: 2,
    isDeterministic: false,
    system: "You review TypeScript and SQL. Name the fault, the line and the fix.",
    asks: [
      "Review: `const {part} = orders.filter(o => o.days > {days}).map(o => o.total / o.count)`. Can it divide by zero?",
      "Prove that this terminates, or show an input for which it does not: `while (n !== 1) n = n % 2 ? 3 * n + {days} : n / 2`",
      "Find the race: two workers read stock of the {product}, subtract {days} and write it back. Give a safe SQL statement.",
      "Write a function that finds the shortest route through {days} shops, and state its complexity.",
      "Why does `SELECT place, avg(total) FROM repairs WHERE part = '{part}'` fail, and what did the author mean?",
    ],
  },
  {
    team: "coding",
    feature: "agent",
    dialect: "openai",
    kind: "tools",
    isStreaming: false,
    perDay: 11,
    turns: 2,
    isDeterministic: false,
    system: "You change code of a rental service. Use the tools.",
    asks: [
      "The test for {part} pricing fails after {days} days. Use read_file on pricing.ts and mend it.",
      "Add a column `{part}` to the repairs table. Use run_query to see what is there.",
    ],
  },
  {
    team: "analytics",
    feature: "report-summary",
    dialect: "responses",
    kind: "plain",
    isStreaming: false,
    perDay: 18,
    turns: 1,
    isDeterministic: false,
    system: "You summarise figures for managers in three sentences.",
    asks: [
      "Rentals in {place}: {number} last week, {number} this week, weather dry. Repairs of the {part} rose by {percent} %. Summarise.",
      "Summarise: {product} sold {number} at {percent} % margin, returns {days}; explain whether the margin covers the returns.",
      "If {percent} % of {number} riders rent for {days} days at 14.50 a day, and every tenth cancels, what is the revenue? Show the steps.",
    ],
  },
  {
    team: "analytics",
    feature: "chart-reader",
    dialect: "openai",
    kind: "image",
    isStreaming: false,
    perDay: 6,
    turns: 1,
    isDeterministic: false,
    system: "You read charts.",
    asks: ["What does this chart say about repairs of the {part} in {place}?", "Which month sold the most {product}s?"],
  },
];

export const SLOTS: Readonly<Record<string, readonly string[]>> = {
  product: ["touring bike", "cargo bike", "folding bike", "child seat", "trailer", "gravel bike", "e-bike", "helmet"],
  part: ["chain", "brake", "saddle", "derailleur", "battery", "rim", "bell", "hub"],
  fault: ["bent rim", "loose bolt", "flat battery", "scratch", "missing screw"],
  place: ["Northhaven", "Millbrook", "Easter Sound", "Old Ferry"],
  name: ["Mara Lindqvist", "Tomas Okafor", "Ines Marchetti", "Peter Vance", "Aiko Brandt"],
  mail: ["mara@example.com", "t.okafor@example.org", "ines.m@example.net"],
  phone: ["+49 30 901820", "+44 20 7946 0958", "(212) 555-0147"],
};
