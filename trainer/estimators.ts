import { discover } from "../engine/discover.ts";
import { TrainError } from "./errors.ts";
import type { EstimatorPlugin } from "./estimator.ts";

export function loadEstimators(): Promise<ReadonlyMap<string, EstimatorPlugin>> {
  return discover<EstimatorPlugin>(new URL("./estimators/", import.meta.url));
}

/** @throws TrainError `unknown_estimator`, listing what there is */
export async function estimatorNamed(name: string): Promise<EstimatorPlugin> {
  const all = await loadEstimators();
  const found = all.get(name);
  if (!found)
    throw new TrainError("unknown_estimator", `no estimator "${name}"; there are ${[...all.keys()].join(", ")}`);
  return found;
}
