import { defineEstimator } from "../estimator.ts";
import { modelMeans } from "./_model-means.ts";
import { fittedConstant } from "./constant.ts";

/**
 * The Zero router's estimate: constants, as `constant`. What makes it the Zero router is the policy, which mixes the
 * models on the hull of these means; a router that knows nothing of the prompt cannot do better.
 *
 * @source Hu et al. 2024, RouterBench, arXiv:2403.12031
 */
export default defineEstimator<Record<string, never>>({
  name: "zero",
  defaults: {},
  async fit(rows, _options, context) {
    context.progress(1, 0);
    return fittedConstant(modelMeans(rows));
  },
});
