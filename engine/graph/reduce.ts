import { type Compiling, type Operator, sizeOf, type Tensor, Unsupported } from "./tensor.ts";

const FLOAT_BYTES = 4;
/** From one vector to the next; see kernels.wat. */
const STEP = 16;

/** Sums over one dimension, and softmax over the last. */
export const REDUCE: Readonly<Record<string, Operator>> = {
  ReduceMean: (c) => reduce(c, "mean"),
  ReduceSum: (c) => reduce(c, "sum"),
  ReduceSumSquare: (c) => reduce(c, "squares"),
  ReduceMax: (c) => reduce(c, "max"),
  Softmax(c) {
    const from = c.tensor(0);
    const axis = c.number("axis", -1);
    if (from.isPerTerm || from.size === 0 || sizeOf(from.dims.slice(0, -1)) !== 1)
      throw new Unsupported("Softmax of many rows");
    if (axis !== -1 && axis !== from.dims.length - 1) throw new Unsupported("Softmax but of the last dimension");
    const out = c.output(from.dims);
    const [at, into, one] = [c.place(from), c.place(out), c.reserve(FLOAT_BYTES)];
    const end = into + from.size * FLOAT_BYTES;
    c.step(({ floats, memory, kernels }) => {
      const values = floats(from);
      const single = new Float32Array(memory, one, 1);
      return () => {
        single[0] = most(values, 0, from.size);
        kernels.sub(at, one, into, end, STEP, 0);
        kernels.exp(into, into, end);
        single[0] = kernels.sum(into, from.size);
        kernels.div(into, one, into, end, STEP, 0);
      };
    });
  },
};

type Kind = "mean" | "sum" | "squares" | "max";

function reduce(c: Compiling, kind: Kind): void {
  const given = c.value(0);
  const { operator } = c.node;
  const axes = c.whole(1, "axes");
  if (axes?.length !== 1) throw new Unsupported(`${operator} over several dimensions`);
  const from = given.kind === "weighted" ? given : c.tensor(0);
  const rank = from.dims.length;
  const axis = axes[0]! < 0 ? axes[0]! + rank : axes[0]!;
  const isOfTerms = from.kind === "weighted" || from.isPerTerm;
  if (isOfTerms && (axis !== rank - 1 || kind === "mean")) throw new Unsupported(`${operator} of terms`);
  const kept = c.number("keepdims", 1) === 1 ? [1] : [];
  const dims = [...from.dims.slice(0, axis), ...kept, ...from.dims.slice(axis + 1)];
  if (from.kind !== "weighted") {
    const sizes = { length: from.dims[axis]!, after: sizeOf(from.dims.slice(axis + 1)) };
    if (sizes.after === 1) along(c, kind, from, sizes.length, c.output(dims));
    else across(c, kind, from, sizes, c.output(dims));
    return;
  }
  if (kind !== "sum" && kind !== "squares") throw new Unsupported(`${operator} of weighted terms`);
  const offset = c.lane(from)[kind];
  c.alias({ kind: "tensor", dims, size: sizeOf(dims), isPerTerm: false, at: { offset } });
}

/** Over the last dimension. */
function along(c: Compiling, kind: Kind, from: Tensor, length: number, out: Tensor): void {
  const at = c.place(from);
  c.step(({ floats, kernels, prompt }) => {
    const [values, into] = [floats(from), floats(out)];
    const total = kind === "squares" ? kernels.squares : kernels.sum;
    return () => {
      const count = from.isPerTerm ? prompt.terms : length;
      for (let b = 0; b < out.size; b++) {
        const first = b * length;
        if (kind === "max") into[b] = most(values, first, count);
        else into[b] = total(at + first * FLOAT_BYTES, count) / (kind === "mean" ? count : 1);
      }
    };
  });
}

/** Over another dimension, whole rows at a time. */
function across(
  c: Compiling,
  kind: Kind,
  from: Tensor,
  { length, after }: { length: number; after: number },
  out: Tensor,
): void {
  if (kind === "squares" || from.size === 0) throw new Unsupported(`${c.node.operator} of rows`);
  const [at, into] = [c.place(from), c.place(out)];
  const nothing = c.placeNumber(kind === "max" ? Number.NEGATIVE_INFINITY : 0);
  const count = c.placeNumber(length);
  const row = after * FLOAT_BYTES;
  c.step(({ kernels }) => {
    const fold = kind === "max" ? kernels.max : kernels.add;
    return () => {
      for (let b = 0; b * after < out.size; b++) {
        const [first, to] = [at + b * length * row, into + b * row];
        fold(first, nothing, to, to + row, STEP, 0);
        for (let i = 1; i < length; i++) fold(to, first + i * row, to, to + row, STEP, STEP);
        if (kind === "mean") kernels.div(to, count, to, to + row, STEP, 0);
      }
    };
  });
}

function most(values: Float32Array, from: number, count: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = from; i < from + count; i++) if (values[i]! > largest) largest = values[i]!;
  return largest;
}
