import type { HeldOutReport } from "./held-out/report.ts";

/** Whether an artifact is worth having. */
export interface GateVerdict {
  readonly passed: boolean;
  /** One sentence a control that it does not beat, or why nothing could be measured. */
  readonly faults: readonly string[];
}

/** Passed when the 90 % interval of router less control lies above 0 for every control. */
export function gate(report: HeldOutReport): GateVerdict {
  if (Object.keys(report.versus).length === 0) {
    return { passed: false, faults: ["the test split has no pool of 40 prompts that two models answered"] };
  }
  const faults = Object.entries(report.versus)
    .filter(([, difference]) => !(difference.low > 0))
    .map(
      ([name, { value, low, high }]) =>
        `it does not beat ${name}: difference ${value.toFixed(4)}, 90 % interval ${low.toFixed(4)} to ${high.toFixed(4)}`,
    );
  return { passed: faults.length === 0, faults };
}
