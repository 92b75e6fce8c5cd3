import { type Compiling, type Operator, sizeOf, Unsupported } from "./tensor.ts";

/** Sums over one dimension, and softmax over the last. */
export const REDUCE: Readonly<Record<string, Operator>> = {
  ReduceMean: (c) => reduce(c, "mean"),
  ReduceSum: (c) => reduce(c, "sum"),
  ReduceSumSquare: (c) => reduce(c, "squares"),
  ReduceMax: (c) => reduce(c, "max"),
  Softmax(c) {
    const from = c.tensor(0);
    const axis = c.number("axis", -1);
    if (from.isPerTerm || sizeOf(from.dims.slice(0, -1)) !== 1) throw new Unsupported("Softmax of many rows");
    if (axis !== -1 && axis !== from.dims.length - 1) throw new Unsupported("Softmax but of the last dimension");
    const out = c.output(from.dims);
    c.step(({ floats }) => {
      const [values, into] = [floats(from), floats(out)];
      return () => {
        let most = Number.NEGATIVE_INFINITY;
        for (let i = 0; i < from.size; i++) if (values[i]! > most) most = values[i]!;
        let sum = 0;
        for (let i = 0; i < from.size; i++) sum += into[i] = Math.exp(values[i]! - most);
        for (let i = 0; i < from.size; i++) into[i] = into[i]! / sum;
      };
    });
  },
};

type Kind = "mean" | "sum" | "squares" | "max";

function reduce(c: Compiling, kind: Kind): void {
  const from = c.tensor(0);
  const axes = c.whole(1, "axes");
  if (axes?.length !== 1) throw new Unsupported(`${c.node.operator} over several dimensions`);
  const rank = from.dims.length;
  const axis = axes[0]! < 0 ? axes[0]! + rank : axes[0]!;
  const length = from.dims[axis]!;
  if (from.isPerTerm && (axis !== rank - 1 || kind === "mean")) throw new Unsupported(`${c.node.operator} of terms`);
  const before = sizeOf(from.dims.slice(0, axis));
  const after = sizeOf(from.dims.slice(axis + 1));
  const kept = c.number("keepdims", 1) === 1 ? [1] : [];
  const out = c.output([...from.dims.slice(0, axis), ...kept, ...from.dims.slice(axis + 1)]);
  c.step(({ floats, prompt }) => {
    const [values, into] = [floats(from), floats(out)];
    return () => {
      const count = from.isPerTerm ? prompt.terms : length;
      for (let b = 0; b < before; b++) {
        for (let a = 0; a < after; a++) {
          const from = b * length * after + a;
          const total = kind === "max" ? most(values, from, count, after) : sum(values, from, count, after, kind);
          into[b * after + a] = kind === "mean" ? total / count : total;
        }
      }
    };
  });
}

function sum(values: Float32Array, from: number, count: number, step: number, kind: Kind): number {
  let total = 0;
  for (let i = 0, at = from; i < count; i++, at += step) {
    const value = values[at]!;
    total += kind === "squares" ? value * value : value;
  }
  return total;
}

function most(values: Float32Array, from: number, count: number, step: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0, at = from; i < count; i++, at += step) if (values[at]! > largest) largest = values[at]!;
  return largest;
}
