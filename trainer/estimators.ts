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

/**
 * Whether options are those of an estimator: names that it has, values of the kind that it has there.
 *
 * @throws TrainError `unknown_estimator`, `bad_option`
 */
export async function checkEstimator(
  name: string,
  options: Readonly<Record<string, unknown>> | undefined,
): Promise<void> {
  const given = Object.entries(options ?? {});
  if (name === "auto") {
    if (given.length === 0) return;
    throw badOption("options belong to an estimator: name it with --estimator");
  }
  const known = new Map(Object.entries(Object((await estimatorNamed(name)).defaults)));
  for (const [option, value] of given) {
    const usual = known.get(option);
    if (usual === undefined) {
      const list = known.size === 0 ? "none" : [...known.keys()].join(", ");
      throw badOption(`${name} has no option ${option}; it has ${list}`);
    }
    if (usual !== null && value !== null && kindOf(value) !== kindOf(usual)) {
      throw badOption(`${option} of ${name} wants ${kindOf(usual)}, as in ${JSON.stringify(usual)}`);
    }
  }
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

function badOption(message: string): TrainError {
  return new TrainError("bad_option", message, { place: "--estimator-options" });
}
