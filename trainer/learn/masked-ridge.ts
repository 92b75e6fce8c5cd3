import { cholesky, choleskySolve, openBlas } from "../blas.ts";

/** Columns of targets that are known on the same rows, so that they share one Gram matrix. */
interface Pattern {
  readonly rows: Int32Array;
  readonly columns: readonly number[];
}

/** A linear map with intercept. */
export interface LinearMap {
  readonly dimensions: number;
  readonly outputs: number;
  /** [dimensions x outputs] */
  readonly weights: Float32Array;
  /** [outputs] */
  readonly bias: Float32Array;
}

/** Gram matrices made once, solved for as many penalties as wanted. */
export interface RidgeProblem {
  /** One penalty for all targets, or one each. A target without rows gets zeros. */
  solve(penalty: number | Float64Array): LinearMap;
}

/** The intercept is all but free. */
const INTERCEPT_PENALTY = 1e-6;

/**
 * Least squares with an L2 penalty for many targets with missing values. `targets` [count x outputs] has NaN where a
 * value is unknown; `weight` (same shape, or null) weighs known ones.
 */
export async function ridgeProblem(
  x: Float32Array,
  count: number,
  dimensions: number,
  targets: Float32Array,
  outputs: number,
  weight: Float32Array | null = null,
): Promise<RidgeProblem> {
  const blas = await openBlas();
  const size = dimensions + 1;
  const parts: { columns: readonly number[]; gram: Float64Array; cross: Float64Array }[] = [];
  for (const { rows, columns } of patterns(targets, count, outputs, weight !== null)) {
    if (rows.length === 0) continue;
    const left = new Float32Array(rows.length * size);
    const right = new Float32Array(rows.length * columns.length);
    rows.forEach((row, i) => {
      // With weights every pattern has one column, so its root weighs the row on both sides.
      const root = weight === null ? 1 : Math.sqrt(weight[row * outputs + columns[0]!]!);
      for (let j = 0; j < dimensions; j++) left[i * size + j] = x[row * dimensions + j]! * root;
      left[i * size + dimensions] = root;
      columns.forEach((column, j) => {
        right[i * columns.length + j] = targets[row * outputs + column]! * root;
      });
    });
    parts.push({
      columns,
      gram: await blas.crossProduct(left, left, rows.length, size, size),
      cross: await blas.crossProduct(left, right, rows.length, size, columns.length),
    });
  }

  return {
    solve(penalty) {
      const weights = new Float32Array(dimensions * outputs);
      const bias = new Float32Array(outputs);
      for (const { columns, gram, cross } of parts) {
        for (const group of byPenalty(columns, penalty)) {
          const matrix = Float64Array.from(gram);
          for (let j = 0; j < dimensions; j++) matrix[j * size + j]! += group.penalty;
          matrix[dimensions * size + dimensions]! += INTERCEPT_PENALTY;
          const right = new Float64Array(size * group.at.length);
          for (let j = 0; j < size; j++) {
            group.at.forEach((at, k) => {
              right[j * group.at.length + k] = cross[j * columns.length + at]!;
            });
          }
          const solved = choleskySolve(cholesky(matrix, size), size, right, group.at.length);
          group.at.forEach((at, k) => {
            const output = columns[at]!;
            for (let j = 0; j < dimensions; j++) weights[j * outputs + output] = solved[j * group.at.length + k]!;
            bias[output] = solved[dimensions * group.at.length + k]!;
          });
        }
      }
      return { dimensions, outputs, weights, bias };
    },
  };
}

function byPenalty(
  columns: readonly number[],
  penalty: number | Float64Array,
): { readonly penalty: number; readonly at: readonly number[] }[] {
  if (typeof penalty === "number") return [{ penalty, at: columns.map((_, at) => at) }];
  const groups = new Map<number, number[]>();
  columns.forEach((column, at) => {
    const value = penalty[column]!;
    groups.set(value, [...(groups.get(value) ?? []), at]);
  });
  return [...groups].map(([value, at]) => ({ penalty: value, at }));
}

function patterns(targets: Float32Array, count: number, outputs: number, apart: boolean): Pattern[] {
  const found = new Map<string, { rows: Int32Array; columns: number[] }>();
  for (let column = 0; column < outputs; column++) {
    const rows: number[] = [];
    let first = 0x811c9dc5;
    let second = 0x9e3779b9;
    for (let row = 0; row < count; row++) {
      if (Number.isNaN(targets[row * outputs + column]!)) continue;
      rows.push(row);
      first = Math.imul(first ^ row, 0x01000193);
      second = Math.imul(second ^ row, 0x85ebca6b);
    }
    const key = apart ? `${column}` : `${rows.length}:${first}:${second}`;
    const pattern = found.get(key);
    if (pattern) pattern.columns.push(column);
    else found.set(key, { rows: Int32Array.from(rows), columns: [column] });
  }
  return [...found.values()];
}
