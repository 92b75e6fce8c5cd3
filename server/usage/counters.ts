/** What is added up, in this order, in roll-ups and answers. Whole numbers. */
export const COUNTERS = [
  "requests",
  "errors",
  "inputTokens",
  "cacheReadTokens",
  "cacheWriteTokens",
  "outputTokens",
  "reasoningTokens",
  "costNanoUsd",
  /** Requests whose cost is not known: `costNanoUsd` is without them. */
  "unpriced",
  "savedNanoUsd",
  /** Requests whose tokens we counted because the provider did not. */
  "estimated",
  "cacheHits",
  "durationMs",
  /** Answers that streamed, and the sum of their times to the first token. */
  "streamed",
  "firstTokenMs",
] as const;
export type CounterName = (typeof COUNTERS)[number];
export type Counters = Record<CounterName, number>;

export function noCounters(): Counters {
  return countersFrom(COUNTERS.map(() => 0));
}

export function countersFrom(values: readonly number[]): Counters {
  // Every counter gets its value: the two lists have the same order.
  return Object.fromEntries(COUNTERS.map((name, i) => [name, values[i] ?? 0])) as Counters;
}
