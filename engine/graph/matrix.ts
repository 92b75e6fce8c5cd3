import { LANE_BYTES, LISTED_BYTES } from "./shared.ts";
import {
  type Bound,
  type ByteTable,
  type Compiling,
  type Kernels,
  type MovedRow,
  type Operator,
  type Step,
  sizeOf,
  type Tensor,
  Unsupported,
  type Value,
} from "./tensor.ts";

/** Columns that the kernel does side by side. */
const PANEL = 16;
const FLOAT_BYTES = 4;

/** Matrix products of one row with constants, and the sum of a table's rows. */
export const MATRIX: Readonly<Record<string, Operator>> = {
  MatMul(c) {
    const right = c.value(1);
    if (right.kind === "rows") addRows(c, c.value(0), right.table, right.ids.offset);
    else product(c, c.tensor(0), c.tensor(1), null);
  },
  Gemm(c) {
    const plain = c.number("alpha", 1) === 1 && c.number("beta", 1) === 1;
    if (!plain || c.number("transA", 0) !== 0 || c.number("transB", 0) !== 0)
      throw new Unsupported("Gemm of that kind");
    const bias = c.node.inputs.length > 2 ? c.tensor(2) : null;
    product(c, c.tensor(0), c.tensor(1), bias);
  },
};

/** One row times a matrix; or, with three dimensions, one row for each of several matrices, or the same row for all. */
function product(c: Compiling, a: Tensor, b: Tensor, bias: Tensor | null): void {
  if (!("data" in b.at) || "data" in a.at || a.isPerTerm || b.dims.length > 3)
    throw new Unsupported("a product of two computed");
  const k = b.dims.at(b.dims.length === 1 ? -1 : -2) ?? 0;
  const n = b.dims.length === 1 ? 1 : b.dims.at(-1)!;
  const matrices = b.dims.length === 3 ? b.dims[0]! : 1;
  const rows = a.size / k;
  const isRowEach = rows === matrices && a.dims.at(-2) === 1;
  if (a.dims.at(-1) !== k || k === 0 || n === 0 || !(rows === 1 || isRowEach))
    throw new Unsupported("a product of many rows");
  if (bias !== null && (!("data" in bias.at) || bias.size !== n)) throw new Unsupported("a computed bias");
  const lead = b.dims.length === 3 && a.dims.length < 3 ? [matrices, 1] : a.dims.slice(0, -1);
  const dims = b.dims.length === 3 ? [matrices, 1, n] : [...lead, ...(b.dims.length === 1 ? [] : [n])];
  const out = c.output(dims);
  if (n === 1) dotProduct(c, a, b, bias, out);
  else if (rows === 1 && matrices === 1 && bias === null && isSparse(b.at.data)) sparseProduct(c, a, b, out);
  else packedProduct(c, a, b, bias, out, { k, n, matrices, isRowEach });
}

function dotProduct(c: Compiling, a: Tensor, b: Tensor, bias: Tensor | null, out: Tensor): void {
  if (out.size !== 1) throw new Unsupported("many products with one column");
  c.step(({ floats }) => {
    const [from, factors, into] = [floats(a), floats(b), floats(out)];
    const start = bias === null ? 0 : floats(bias)[0]!;
    return () => {
      let sum = start;
      for (let i = 0; i < factors.length; i++) sum += from[i]! * factors[i]!;
      into[0] = sum;
    };
  });
}

/** Few enough numbers that going from one to the next beats the kernel. */
function isSparse(data: Float32Array): boolean {
  let others = 0;
  for (const value of data) if (value !== 0) others++;
  return others * 2 * PANEL < data.length;
}

/** Such matrices hand on columns, e.g. the models' own parts of a score to the models. */
function sparseProduct(c: Compiling, a: Tensor, b: Tensor, out: Tensor): void {
  c.step(({ floats }) => {
    const [from, matrix, into] = [floats(a), floats(b), floats(out)];
    const at = Int32Array.from(matrix.keys()).filter((i) => matrix[i] !== 0);
    const row = at.map((i) => Math.floor(i / out.size));
    const column = at.map((i) => i % out.size);
    const factor = Float32Array.from(at, (i) => matrix[i]!);
    return () => {
      into.fill(0);
      for (let i = 0; i < at.length; i++) into[column[i]!] = into[column[i]!]! + from[row[i]!]! * factor[i]!;
    };
  });
}

interface Shape {
  readonly k: number;
  readonly n: number;
  readonly matrices: number;
  readonly isRowEach: boolean;
}

function packedProduct(c: Compiling, a: Tensor, b: Tensor, bias: Tensor | null, out: Tensor, shape: Shape): void {
  const { k, n, matrices, isRowEach } = shape;
  const panels = Math.ceil(n / PANEL);
  const panelBytes = k * PANEL * FLOAT_BYTES;
  const packed = c.reserve(matrices * panels * panelBytes);
  const limits = c.reserve(matrices * panels * FLOAT_BYTES);
  const start = c.reserve(matrices * panels * PANEL * FLOAT_BYTES);
  const result = c.reserve(panels * PANEL * FLOAT_BYTES);
  const row = isRowEach ? eachRow(c, a, k) : c.moved(a);
  c.step(({ floats, memory, kernels, afterRest }) => {
    const from = floats(b);
    const starts = Array.from({ length: matrices }, (_, m) => {
      const place = m * panels;
      const into = new Float32Array(memory, packed + place * panelBytes, panels * k * PANEL);
      pack(from.subarray(m * k * n, (m + 1) * k * n), into, k, n);
      new Int32Array(memory, limits + place * FLOAT_BYTES, panels).set(panelLimits(into, k, panels));
      const first = new Float32Array(memory, start + place * PANEL * FLOAT_BYTES, n);
      if (bias !== null) first.set(floats(bias));
      return first;
    });
    const product = new Float32Array(memory, result, n);
    const into = floats(out);
    // What the row makes where it rests is the start; what follows adds what moved.
    afterRest(() => {
      if (row.rests()) starts.forEach((first, m) => void first.set(into.subarray(m * n, (m + 1) * n)));
    });
    return multiplied(kernels, row, { packed, panelBytes, limits, start, result, panels, matrices }, product, into);
  });
}

interface Packed {
  readonly packed: number;
  readonly panelBytes: number;
  readonly limits: number;
  readonly start: number;
  readonly result: number;
  readonly panels: number;
  readonly matrices: number;
}

/** Apart from what packs the matrix, lest the step keep the file's numbers. */
function multiplied(kernels: Kernels, row: MovedRow, at: Packed, product: Float32Array, into: Float32Array): Step {
  const { packed, panelBytes, limits, start, result, panels, matrices } = at;
  const { list } = row;
  const n = product.length;
  return () => {
    for (let m = 0; m < matrices; m++) {
      const place = m * panels;
      kernels.gemv(
        list,
        row.end(kernels, m),
        packed + place * panelBytes,
        panelBytes,
        limits + place * FLOAT_BYTES,
        start + place * PANEL * FLOAT_BYTES,
        result,
        panels,
      );
      into.set(product, m * n);
    }
  };
}

/** Several rows, one a matrix: each is listed when its turn comes, all its numbers but noughts. */
function eachRow(c: Compiling, a: Tensor, k: number): MovedRow {
  const nought = c.reserve(k * FLOAT_BYTES);
  const list = c.reserve((k + 1) * LISTED_BYTES);
  const x = c.place(a);
  return {
    list,
    rests: () => false,
    end: ({ listMoved }, matrix) => listMoved(x + matrix * k * FLOAT_BYTES, nought, k, list),
  };
}

/** Rows of n to panels of 16 columns, each panel row by row; what is missing at the edges is zero. */
function pack(from: Float32Array, into: Float32Array, k: number, n: number): void {
  for (let row = 0; row < k; row++) {
    for (let column = 0; column < n; column += PANEL) {
      into.set(from.subarray(row * n + column, row * n + Math.min(n, column + PANEL)), column * k + row * PANEL);
    }
  }
}

/** Byte offset in its panel from which on a panel's rows, and those of the panels before, are nought. */
function panelLimits(packed: Float32Array, k: number, panels: number): Int32Array {
  const limits = new Int32Array(panels);
  let rows = 0;
  for (let panel = 0; panel < panels; panel++) {
    const own = packed.subarray(panel * k * PANEL, (panel + 1) * k * PANEL);
    rows = Math.max(rows, Math.floor(own.findLastIndex((value) => value !== 0) / PANEL) + 1);
    limits[panel] = rows * PANEL * FLOAT_BYTES;
  }
  return limits;
}

function addRows(c: Compiling, weights: Value, { dims, data }: ByteTable, ids: number): void {
  const width = dims[1]!;
  if (weights.kind !== "weighted" || width % PANEL !== 0) throw new Unsupported("a sum of rows of that kind");
  const { values } = c.lane(weights);
  const table = c.reserve(data.byteLength);
  const out = c.output([1, 1, width]);
  const into = c.place(out);
  c.step(({ memory, kernels, prompt }) => {
    new Int8Array(memory, table, sizeOf(dims)).set(data);
    return added({ kernels, prompt }, { ids, values, table, into, groups: width / PANEL });
  });
}

/** Apart from what holds the table, lest the step keep it twice. */
function added(
  { kernels, prompt }: Pick<Bound, "kernels" | "prompt">,
  at: Readonly<Record<"ids" | "values" | "table" | "into" | "groups", number>>,
): Step {
  const { ids, values, table, into, groups } = at;
  return () => kernels.addRows(ids, values, prompt.terms, table, into, groups, LANE_BYTES);
}
