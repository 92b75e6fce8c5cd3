import type { LoggedPlan } from "../entry.ts";

const FIGURES_BYTES = 16;
/** No id has one. */
const BETWEEN = "\n";
const WITHIN = "\t";

/** All of a plan that is text; few plans go in so few ways that each is one word of the log. */
export function planText({ rule, first, mayCall, maxCalls, calls, accepted, end }: LoggedPlan): string {
  return [rule, first.join(WITHIN), mayCall.join(WITHIN), maxCalls, calls.join(WITHIN), accepted ?? "", end].join(
    BETWEEN,
  );
}

/** Expected quality and cost as 32-bit floats, then what the answers that were not served cost; NaN: not known. */
export function planFigures({ quality, costNanoUsd, otherCallsNanoUsd }: LoggedPlan): Buffer {
  const bytes = Buffer.allocUnsafe(FIGURES_BYTES);
  bytes.writeFloatLE(quality ?? Number.NaN, 0);
  bytes.writeFloatLE(costNanoUsd ?? Number.NaN, 4);
  bytes.writeDoubleLE(otherCallsNanoUsd ?? Number.NaN, 8);
  return bytes;
}

export function planOfColumns(text: string | null, figures: Uint8Array | null): LoggedPlan | null {
  if (text === null || figures === null) return null;
  const [rule = "", first = "", mayCall = "", maxCalls = "", calls = "", accepted = "", end = ""] = text.split(BETWEEN);
  const names = (list: string) => (list === "" ? [] : list.split(WITHIN));
  const bytes = Buffer.from(figures);
  const known = (value: number) => (Number.isNaN(value) ? null : value);
  // A 32-bit float knows seven digits; more of them would only look exact.
  const float = (at: number) => known(Number(bytes.readFloatLE(at).toPrecision(7)));
  return {
    rule,
    first: names(first),
    mayCall: names(mayCall),
    maxCalls: Number(maxCalls),
    quality: float(0),
    costNanoUsd: float(4),
    calls: names(calls),
    accepted: accepted === "" ? null : accepted,
    end,
    otherCallsNanoUsd: known(bytes.readDoubleLE(8)),
  };
}
