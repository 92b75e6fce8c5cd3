import type { Compiling, MovedRow, Tensor, TermIds, TermLane, WeightedColumn } from "./tensor.ts";

const FLOAT_BYTES = 4;
/** Columns that one pass over the terms weighs. */
const LANES = 4;
/** From one term's number to the next one's; see weighTerms in kernels.wat. */
export const LANE_BYTES = LANES * FLOAT_BYTES;
/** Of a number in a list for gemv. */
export const LISTED_BYTES = 8;

/** Work that several nodes share, done once, where the first of them is. */
export type SharedWork = Pick<Compiling, "lane" | "moved">;

export function shareWork(c: Pick<Compiling, "reserve" | "place" | "step">): SharedWork {
  return { lane: weighInPasses(c), moved: listOnce(c) };
}

interface Pass {
  readonly ids: TermIds;
  readonly weights: Tensor;
  readonly columns: Float32Array[];
  readonly products: number;
  readonly sums: number;
}

/** Columns that are weighed alike lie beside one another, so that a term's numbers come in one cache line. */
function weighInPasses({ reserve, place, step }: Pick<Compiling, "reserve" | "place" | "step">): Compiling["lane"] {
  const passes: Pass[] = [];
  const startPass = ({ column: { ids, data }, weights }: WeightedColumn): Pass => {
    const sums = reserve(2 * LANE_BYTES);
    const pass: Pass = { ids, weights, columns: [], products: reserve(weights.size * LANE_BYTES), sums };
    const table = reserve(data.length * LANE_BYTES);
    const weightsAt = place(weights);
    step(({ memory, kernels, prompt }) => {
      const rows = new Float32Array(memory, table, data.length * LANES);
      pass.columns.forEach((column, lane) => {
        for (let i = 0; i < column.length; i++) rows[i * LANES + lane] = column[i]!;
      });
      pass.columns.length = 0;
      return () => kernels.weighTerms(ids.offset, weightsAt, prompt.terms, table, pass.products, sums);
    });
    passes.push(pass);
    return pass;
  };
  return (weighted): TermLane => {
    const { column, weights } = weighted;
    const isFor = ({ ids, weights: own, columns }: Pass) =>
      ids === column.ids &&
      place(own) === place(weights) &&
      columns[0]!.length === column.data.length &&
      (columns.length < LANES || columns.includes(column.data));
    const { columns, products, sums } = passes.find(isFor) ?? startPass(weighted);
    if (!columns.includes(column.data)) columns.push(column.data);
    const at = columns.indexOf(column.data) * FLOAT_BYTES;
    return { values: products + at, sum: sums + at, squares: sums + LANE_BYTES + at };
  };
}

/**
 * A prompt's row of numbers is mostly that of an empty prompt, for most features are nought in any prompt: products start
 * from the empty prompt's and add what differs.
 */
function listOnce({ reserve, place, step }: Pick<Compiling, "reserve" | "place" | "step">): Compiling["moved"] {
  const rows = new Map<number, MovedRow>();
  return (row) => {
    const x = place(row);
    const known = rows.get(x);
    if (known !== undefined) return known;
    const rest = reserve(row.size * FLOAT_BYTES);
    const list = reserve((row.size + 1) * LISTED_BYTES);
    let listEnd = list;
    let isResting = false;
    step(({ floats, memory, kernels, afterRest }) => {
      const values = floats(row);
      afterRest(() => {
        isResting = values.every(Number.isFinite);
        if (isResting) new Float32Array(memory, rest, row.size).set(values);
      });
      return () => {
        listEnd = kernels.listMoved(x, rest, row.size, list);
      };
    });
    const moved = { list, rests: () => isResting, end: () => listEnd };
    rows.set(x, moved);
    return moved;
  };
}
