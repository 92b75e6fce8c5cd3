const EDGE = 0.01;

/** How many statistics `planStatistics` writes. */
export function statisticCount(models: number): number {
  return 3 * models + (models * (models - 1)) / 2 + 1;
}

/** Of the qualities expected before any call: each, its square, its logit, the products of each two, and 1. */
export function planStatistics(
  quality: { readonly [model: number]: number },
  from: number,
  models: number,
  out: Float64Array,
  offset: number,
): void {
  let at = offset;
  for (let m = 0; m < models; m++) {
    const value = Math.min(1 - EDGE, Math.max(EDGE, quality[from + m]!));
    out[at++] = value;
    out[at++] = value * value;
    out[at++] = Math.log(value / (1 - value)) / 4;
  }
  for (let a = 0; a < models; a++) {
    for (let b = a + 1; b < models; b++) out[at++] = quality[from + a]! * quality[from + b]!;
  }
  out[at] = 1;
}
