/** What to do once some have answered: keep one of the answers, or ask another model. Models by index. */
export type CascadeStep =
  | { readonly kind: "stop"; readonly model: number; readonly quality: number }
  | { readonly kind: "call"; readonly model: number; readonly quality: number };

/** What is known once some have answered. */
export interface Informed {
  /** Bits of the models that answered, at least one. */
  readonly called: number;
  /** [models] quality expected of each, given the answers so far. */
  readonly quality: { readonly [model: number]: number };
  /** [models] what each would cost, in the unit of lambda. */
  readonly cost: { readonly [model: number]: number };
  /** Where in `quality` and `cost` this request's numbers begin. */
  readonly at: number;
}

/**
 * The pre-call rule with updated numbers and sunk costs: another model is asked when its expected quality, less lambda
 * times its cost, exceeds what the best answer in hand is worth.
 *
 * @param mayCall models that may still be asked; none: the best answer in hand is kept
 */
export function reRoute(
  { called, quality, cost, at }: Informed,
  lambda: number,
  mayCall: (model: number) => boolean,
  models: number,
): CascadeStep {
  let kept = -1;
  let next = -1;
  let inHand = Number.NEGATIVE_INFINITY;
  for (let model = 0; model < models; model++) {
    if ((called >> model) & 1 && quality[at + model]! > inHand) {
      kept = model;
      inHand = quality[at + model]!;
    }
  }
  let most = inHand;
  for (let model = 0; model < models; model++) {
    if ((called >> model) & 1 || !mayCall(model)) continue;
    const net = quality[at + model]! - lambda * cost[at + model]!;
    if (net > most) {
      most = net;
      next = model;
    }
  }
  if (next === -1) return { kind: "stop", model: kept, quality: inHand };
  return { kind: "call", model: next, quality: quality[at + next]! };
}
