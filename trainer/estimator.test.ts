import { describeEstimator } from "./estimator.conformance.ts";
import { loadEstimators } from "./estimators.ts";

/** Estimators that never look at the prompt. */
const BLIND: Readonly<Record<string, string>> = {
  constant: "one number a model by design",
  zero: "one number a model by design",
};

for (const [name, plugin] of await loadEstimators()) describeEstimator(plugin, { cannotLearn: BLIND[name] ?? null });
