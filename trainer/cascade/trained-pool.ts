import { ANSWER_FEATURE_COUNT, answerFeatureDigest } from "../../engine/answer/answer-features.ts";
import type { CascadeSample } from "../../engine/cascade/cascade-sample.ts";
import { isSingle, planName } from "../../engine/cascade/plan.ts";
import type { CascadeManifest, CascadePoolManifest } from "../../engine/schema/cascade.ts";
import type { CascadeRows } from "./cascade-rows.ts";
import { bitsOf } from "./fit-pool.ts";
import type { LearnedCascade } from "./learn-cascade.ts";

/** A pool as an artifact takes it up. */
export interface TrainedPool extends LearnedCascade {
  readonly name: string;
  readonly kinds: CascadePoolManifest["kinds"];
  readonly members: CascadePoolManifest["members"];
  readonly routes: readonly string[] | null;
  readonly strata: NonNullable<CascadePoolManifest["shown"]["strata"]>;
  readonly models: readonly string[];
  readonly rows: CascadeRows;
  readonly costShares: readonly number[];
  readonly sample: CascadeSample;
  readonly data: CascadeManifest["data"][number];
}

/** Rows of a pool that a route solves its plans on. */
export const MOST_ROWS = 1_500;

/** What ships of a pool's rows. @param tokens [rows] of each request, and [rows x models] of its answers as expected */
export function sampleOf(
  { quality }: LearnedCascade,
  { observed, group, models }: CascadeRows,
  tokens: { readonly input: ArrayLike<number>; readonly output: Float32Array },
  picked: Int32Array,
): CascadeSample {
  const width = models.length;
  return {
    rows: picked.length,
    models: width,
    quality: new Map([...quality].map(([bits, matrix]) => [bits, take(matrix, width, picked)])),
    observed: take(observed, width, picked),
    outputTokens: take(tokens.output, width, picked),
    inputTokens: Uint32Array.from(picked, (row) => tokens.input[row]!),
    group: Uint32Array.from(picked, (row) => group[row]!),
  };
}

export function cascadeManifest(trained: readonly TrainedPool[]): CascadeManifest {
  let firstSet = 0;
  let firstMember = 0;
  const pools = trained.map(({ name, kinds, members, routes, strata, models, rows, sets, solved, costShares }) => {
    const { gain, gainLow, pays, choice } = solved;
    const entry: CascadePoolManifest = {
      name,
      kinds,
      ...(routes === null ? {} : { routes: [...routes] }),
      members,
      sets: bitsOf(sets),
      firstSet,
      firstMember,
      shown: {
        prompts: rows.count,
        gain,
        gain_low: gainLow,
        pays,
        structures: choice.plans.filter((plan) => !isSingle(plan)).map((plan) => planName(plan, (m) => models[m]!)),
        cost_shares: [...costShares],
        ...(strata.length === 0 ? {} : { strata }),
      },
    };
    firstSet += sets.length;
    firstMember += models.length;
    return entry;
  });
  return {
    answers: { digest: answerFeatureDigest(), count: ANSWER_FEATURE_COUNT },
    width: Math.max(...pools.map(({ members }) => members.length)),
    pools,
    data: trained.map(({ data }) => data),
  };
}

export function everyNth(count: number, most: number): Int32Array {
  if (count <= most) return Int32Array.from({ length: count }, (_, row) => row);
  return Int32Array.from({ length: most }, (_, i) => Math.floor((i * count) / most));
}

function take(matrix: Float32Array, width: number, rows: Int32Array): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, at) => {
    out.set(matrix.subarray(row * width, (row + 1) * width), at * width);
  });
  return out;
}
