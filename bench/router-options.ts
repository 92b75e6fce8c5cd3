import { checkEstimator } from "../trainer/estimators.ts";
import type { RouterOptions } from "../trainer/fit-router.ts";

/** The trainer's options from the command line's; reads the text encoder on the full tier. */
export async function routerOptions(flags: {
  readonly tier: RouterOptions["tier"];
  readonly estimator: string;
  readonly estimatorOptions?: Readonly<Record<string, unknown>>;
  readonly ngrams: boolean;
  readonly seed: number;
  readonly cache?: string;
}): Promise<RouterOptions> {
  const { tier, estimator, estimatorOptions, ngrams, seed, cache } = flags;
  await checkEstimator(estimator, estimatorOptions);
  const shared = {
    estimator,
    seed,
    ...(estimatorOptions === undefined ? {} : { estimatorOptions }),
    ...(ngrams ? {} : { ngrams: null }),
  };
  if (tier === "fast") return { tier, ...shared };
  const { trainingEncoder } = await import("../trainer/shipped-encoder.ts");
  const encoder = await trainingEncoder({ embedder: "use-lite", folder: null, model: null, cacheDir: cache ?? null });
  return { tier, ...shared, encoder };
}
