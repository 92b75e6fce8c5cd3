import type { Usage } from "../../chat.ts";

/** Tiers that are billed at another price than the usual one. */
const TIERS = new Set(["flex", "priority", "batch"]);

/** The service tier of a usage, where it changes the price. */
export function billedTier(tier: unknown): Pick<Usage, "serviceTier"> {
  return typeof tier === "string" && TIERS.has(tier) ? { serviceTier: tier } : {};
}

type Modalities = Pick<Usage, "inputAudio" | "inputImage" | "cacheReadAudio" | "outputAudio" | "outputImage">;

/** Counts of tokens that are not text; those that are 0 or unsaid are left out, and none is more than its whole. */
export function modalities(
  counts: Readonly<Record<keyof Modalities, number | null | undefined>>,
  whole: Pick<Usage, "inputUncached" | "cacheRead" | "output">,
): Modalities {
  const inputAudio = Math.min(counts.inputAudio ?? 0, whole.inputUncached);
  const inputImage = Math.min(counts.inputImage ?? 0, whole.inputUncached - inputAudio);
  const cacheReadAudio = Math.min(counts.cacheReadAudio ?? 0, whole.cacheRead);
  const outputAudio = Math.min(counts.outputAudio ?? 0, whole.output);
  const outputImage = Math.min(counts.outputImage ?? 0, whole.output - outputAudio);
  return {
    ...(inputAudio > 0 ? { inputAudio } : {}),
    ...(inputImage > 0 ? { inputImage } : {}),
    ...(cacheReadAudio > 0 ? { cacheReadAudio } : {}),
    ...(outputAudio > 0 ? { outputAudio } : {}),
    ...(outputImage > 0 ? { outputImage } : {}),
  };
}

/** Searches that the vendor made by itself; none is no field. */
export function billedSearches(web: number | null | undefined, files: number | null | undefined = 0) {
  return {
    ...(web != null && web > 0 ? { webSearches: web } : {}),
    ...(files != null && files > 0 ? { fileSearches: files } : {}),
  };
}
