import { finePercent, percent, signed } from "../../format.ts";
import type { Figure } from "./observation-body.ts";

/** Intervals narrower than this are shown to a hundredth of a percent. */
const NARROW = 0.01;

/** Too few audits say nothing of quality or saving, and a made-up middle would. */
export function isKnown(figure: Figure | undefined): figure is Figure & { readonly value: number } {
  return figure !== undefined && figure.value !== null && figure.method !== "no_audit_bound";
}

export function figureText(figure: Figure | undefined): string {
  return isKnown(figure) ? formatOf(figure)(figure.value) : "not yet known";
}

/** With a sign, where less is worse. */
export function signedText(figure: Figure | undefined): string {
  if (!isKnown(figure)) return "not yet known";
  return signed(figure.value, formatOf(figure));
}

export function intervalNote(figure: Figure | undefined): string {
  if (figure === undefined) return "no eligible request yet";
  const { low, high } = figure;
  const show = formatOf(figure);
  const range =
    low === null || high === null
      ? `${low === null ? "at most" : "at least"} ${show(low ?? high)}`
      : `between ${show(low)} and ${show(high)}`;
  return figure.method === "no_audit_bound" ? `${range}, whatever audits will say` : range;
}

export function rangeText(figure: Figure): string {
  if (!isKnown(figure)) return "not yet known";
  const show = formatOf(figure);
  return `${show(figure.value)} [${show(figure.low)}, ${show(figure.high)}]`;
}

function formatOf({ low, high }: Figure): (share: number | null) => string {
  return low !== null && high !== null && high - low < NARROW ? finePercent : percent;
}
