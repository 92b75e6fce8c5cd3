/** What counts as a loss of quality when a request leaves the incumbent. Codes are API: certificates name them. */
export type LossName = "harm" | "shortfall" | "non_inferiority";

export interface LossDefinition {
  readonly name: LossName;
  /** In words, as a certificate prints it. */
  readonly text: string;
  /** Loss of a routed request, in [0, 1]; one that stays has `stays`. */
  ofRouted(incumbentQuality: number, routedQuality: number): number;
  /** Loss of a request that stays with the incumbent. */
  readonly stays: number;
  /** The risk to test for, from the quality loss that is allowed. */
  riskFor(maxQualityLoss: number): number;
  /** The quality loss that a risk stands for. */
  qualityLossOf(risk: number): number;
}

/** Quality at or above it is a good answer, for `harm`. */
const GOOD = 0.5;

/** The signed difference lies in [-1, 1] and is rescaled. */
export const LOSSES: Readonly<Record<LossName, LossDefinition>> = {
  harm: {
    name: "harm",
    text: "share of all requests that were routed away and answered badly where the incumbent answered well",
    ofRouted: (incumbent, routed) => (incumbent >= GOOD && routed < GOOD ? 1 : 0),
    stays: 0,
    riskFor: (loss) => loss,
    qualityLossOf: (risk) => risk,
  },
  shortfall: {
    name: "shortfall",
    text: "mean over all requests of how far the routed answer falls short of the incumbent's, gains not counted",
    ofRouted: (incumbent, routed) => Math.min(1, Math.max(0, incumbent - routed)),
    stays: 0,
    riskFor: (loss) => loss,
    qualityLossOf: (risk) => risk,
  },
  non_inferiority: {
    name: "non_inferiority",
    text: "mean quality of the incumbent less that of the router, over all requests, gains counted",
    ofRouted: (incumbent, routed) => (1 + incumbent - routed) / 2,
    stays: 0.5,
    riskFor: (loss) => (1 + loss) / 2,
    qualityLossOf: (risk) => 2 * risk - 1,
  },
};
