/** Statements looked at, at most. */
const MOST = 60;
const STATEMENT =
  /((?:[$€£]?-?\d[\d,]*(?:\.\d+)?%?\s*[-+*/×x÷]\s*)+[$€£]?-?\d[\d,]*(?:\.\d+)?%?)\s*=\s*[$€£]?(-?\d[\d,]*(?:\.\d+)?)/g;
const TERM = /([-+*/×x÷])|(\d[\d,]*(?:\.\d+)?)(%?)/g;
const RELATIVE_TOLERANCE = 0.01;

/** Arithmetic statements `a op b ... = c` of a text, and how many are wrong by 1 % and by half a unit in the last digit. */
export function countEquations(text: string): { readonly equations: number; readonly wrong: number } {
  let equations = 0;
  let wrong = 0;
  for (const [, left, right] of text.matchAll(STATEMENT)) {
    if (equations === MOST) break;
    const value = evaluate(left!);
    if (value === null) continue;
    equations++;
    const stated = Number(right!.replaceAll(",", ""));
    const digits = /\.(\d+)$/.exec(right!)?.[1]?.length ?? 0;
    const tolerance = Math.max(RELATIVE_TOLERANCE * Math.abs(value), 0.5 * 10 ** -digits);
    if (Math.abs(stated - value) > tolerance) wrong++;
  }
  return { equations, wrong };
}

/** Products before sums; null when the terms do not alternate with operators. */
function evaluate(expression: string): number | null {
  let sum = 0;
  let product: number | null = null;
  let operator = "+";
  for (const [, sign, digits, percent] of expression.matchAll(TERM)) {
    if (sign !== undefined) {
      if (product === null && sign !== "-") return null;
      if (product === null) operator = operator === "-" ? "+" : "-";
      else {
        if (sign === "+" || sign === "-") {
          sum += product;
          product = null;
        }
        operator = sign;
      }
      continue;
    }
    const value = Number(digits!.replaceAll(",", "")) / (percent === "%" ? 100 : 1);
    if (product === null) product = operator === "-" ? -value : value;
    else if (operator === "/" || operator === "÷") product /= value;
    else product *= value;
  }
  const total = sum + (product ?? Number.NaN);
  return Number.isFinite(total) ? total : null;
}
