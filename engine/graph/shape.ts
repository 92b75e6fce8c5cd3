import { type Compiling, type Operator, type TermIds, Unsupported } from "./tensor.ts";

/** Operators that move numbers without computing. */
export const SHAPE: Readonly<Record<string, Operator>> = {
  Identity: (c) => c.alias(c.value(0)),
  /** From bytes to floats, which adding up the rows does; all else is float already. */
  Cast: (c) => c.alias(c.value(0)),
  Squeeze: (c) => reshape(c, false),
  Unsqueeze: (c) => reshape(c, true),
  Concat(c) {
    const parts = c.node.inputs.map((_, i) => c.tensor(i));
    const axis = c.number("axis", 0);
    const { dims, isPerTerm } = parts[0]!;
    if (dims[0] !== 1 || dims.length !== 2 || axis !== 1 || isPerTerm) throw new Unsupported("Concat but of columns");
    const out = c.output([1, parts.reduce((sum, { size }) => sum + size, 0)]);
    c.step(({ floats }) => {
      const into = floats(out);
      let at = 0;
      const copies = parts.map((part) => {
        const copy = { from: floats(part).subarray(0, part.size), at };
        at += part.size;
        return copy;
      });
      return () => {
        for (let i = 0; i < copies.length; i++) into.set(copies[i]!.from, copies[i]!.at);
      };
    });
  },
  Gather(c) {
    const [from, indices] = [c.value(0), c.value(1)];
    if (indices.kind === "ids") {
      if (c.number("axis", 0) !== 0) throw new Unsupported("Gather of terms' columns");
      if (from.kind === "table" && from.dims.length === 2) c.alias({ kind: "rows", ids: indices, table: from });
      else column(c, indices);
    } else gatherColumns(c);
  },
};

function reshape(c: Compiling, isWider: boolean): void {
  const value = c.value(0);
  const axes = c.whole(1, "axes");
  if (!(value.kind === "tensor" || value.kind === "weighted") || axes === null) throw new Unsupported(c.node.operator);
  const rank = value.dims.length + (isWider ? axes.length : 0);
  const at = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  const left = isWider ? [...value.dims] : value.dims.filter((_, i) => !at.has(i));
  const dims = isWider ? Array.from({ length: rank }, (_, i) => (at.has(i) ? 1 : left.shift()!)) : left;
  c.alias({ ...value, dims });
}

/** One number of a constant for each term. */
function column(c: Compiling, ids: TermIds): void {
  const from = c.tensor(0);
  if (from.dims.length !== 1 || !("data" in from.at)) throw new Unsupported("Gather of terms");
  c.alias({ kind: "column", ids, data: from.at.data });
}

/** Constant columns of the one row. */
function gatherColumns(c: Compiling): void {
  const from = c.tensor(0);
  const columns = c.whole(1, "");
  const width = from.dims[1] ?? 0;
  const isRow = from.dims.length === 2 && from.dims[0] === 1 && c.number("axis", 0) === 1;
  if (!isRow || columns === null || columns.some((column) => column >= width)) throw new Unsupported("Gather");
  const at = Int32Array.from(columns, (column) => (column < 0 ? column + width : column));
  const out = c.output([1, at.length]);
  c.step(({ floats }) => {
    const [into, values] = [floats(out), floats(from)];
    return () => {
      for (let i = 0; i < at.length; i++) into[i] = values[at[i]!]!;
    };
  });
}
