import type { RouterOptions } from "../trainer/fit-router.ts";

/** The trainer's options from the command line's; reads the text encoder on the full tier. */
export async function routerOptions(flags: {
  readonly tier: RouterOptions["tier"];
  readonly estimator: string;
  readonly seed: number;
  readonly cache?: string;
}): Promise<RouterOptions> {
  const { tier, estimator, seed, cache } = flags;
  if (tier === "fast") return { tier, estimator, seed };
  const { trainingEncoder } = await import("../trainer/shipped-encoder.ts");
  const encoder = await trainingEncoder({ embedder: "use-lite", folder: null, model: null, cacheDir: cache ?? null });
  return { tier, estimator, seed, encoder };
}
