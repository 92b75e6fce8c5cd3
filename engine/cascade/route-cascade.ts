import type { AnswerKind } from "../answer/answer-kind.ts";
import { expectedCostNanoUsd } from "../cost.ts";
import type { PricedColumn } from "../route-calibration.ts";
import type { Manifest } from "../schema/manifest.ts";
import type { CascadePart } from "./cascade-part.ts";
import { calledOf, type InformedRows } from "./informed-rows.ts";

/** A pool seen through one route: the candidates that stand for its members, and its rows at their prices. */
export interface RouteCascade {
  /** Index of the pool in the artifact's cascade. */
  readonly pool: number;
  readonly kinds: readonly AnswerKind[];
  /** Candidates in the order of the rows' models, and the member that each stands for. */
  readonly candidateIds: readonly string[];
  readonly members: readonly number[];
  /** Costs in nano-USD. */
  readonly rows: InformedRows;
  /** [rows x models] output tokens. */
  readonly outputTokens: Float32Array;
  /** [rows] group index. */
  readonly group: ArrayLike<number>;
}

/** Pools for the route of which at least two members are candidates of the route, one of them with a model of its answers. */
export function routeCascades(
  part: CascadePart | null,
  candidates: readonly PricedColumn[],
  { models }: Manifest,
  route: string,
): RouteCascade[] {
  if (part === null) return [];
  return part.manifest.pools.flatMap((pool, index) => {
    if (pool.routes !== undefined && !pool.routes.includes(route)) return [];
    const present = pool.members.flatMap(({ model, accepts }, member) => {
      const names = [model, ...accepts];
      const standing = names
        .map((name) => candidates.find(({ column }) => models[column]!.model === name))
        .find((candidate) => candidate !== undefined);
      return standing === undefined ? [] : [{ member, candidate: standing }];
    });
    const members = present.map(({ member }) => member);
    const sample = part.samples[index]!;
    const quality = new Map<number, Float32Array>();
    for (const [bits, matrix] of sample.quality) {
      const called = calledOf(bits);
      if (!called.every((member) => members.includes(member))) continue;
      const own = called.reduce((set, member) => set | (1 << members.indexOf(member)), 0);
      quality.set(own, columnsOf(matrix, sample.models, members));
    }
    if (members.length < 2 || quality.size < 2) return [];
    const outputTokens = columnsOf(sample.outputTokens, sample.models, members);
    const cost = outputTokens.map((tokens, cell) => {
      const { price } = present[cell % members.length]!.candidate;
      return expectedCostNanoUsd(sample.inputTokens[Math.floor(cell / members.length)]!, 0, tokens, price);
    });
    const observed = columnsOf(sample.observed, sample.models, members);
    return [
      {
        pool: index,
        kinds: pool.kinds,
        candidateIds: present.map(({ candidate }) => candidate.candidateId),
        members,
        rows: { rows: sample.rows, models: members.length, quality, observed, cost },
        outputTokens,
        group: sample.group,
      },
    ];
  });
}

function columnsOf(matrix: Float32Array, width: number, columns: readonly number[]): Float32Array {
  const rows = matrix.length / width;
  const out = new Float32Array(rows * columns.length);
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < columns.length; at++) out[row * columns.length + at] = matrix[row * width + columns[at]!]!;
  }
  return out;
}
