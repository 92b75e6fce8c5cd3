import { normalQuantile } from "../distributions.ts";
import type { Estimate, MeanError } from "./estimate.ts";

/** Two-sided interval by the central limit theorem, for one look at a sample whose size was fixed before. */
export function normalInterval({ mean, standardError, n }: MeanError, confidence: number, method: string): Estimate {
  const half = normalQuantile(0.5 + confidence / 2) * standardError;
  return { value: mean, low: mean - half, high: mean + half, method, n };
}
