import { type ByteTable, type Compiling, type Operator, sizeOf, type Tensor, Unsupported } from "./tensor.ts";

/** Columns that the kernel does side by side. */
const PANEL = 16;
const FLOAT_BYTES = 4;

/** Matrix products of one row with constants, and the sum of a table's rows. */
export const MATRIX: Readonly<Record<string, Operator>> = {
  MatMul(c) {
    const right = c.value(1);
    if (right.kind === "rows") addRows(c, right.table, right.ids.offset);
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
  const evenK = k + (k % 2);
  // A row that is not the last is followed by the next one's numbers, which meet weights of zero: harmless but for these.
  if (isRowEach && matrices > 1 && k !== evenK) throw new Unsupported("several rows of odd length");
  const matrixBytes = panels * PANEL * evenK * FLOAT_BYTES;
  const packed = c.reserve(matrices * matrixBytes);
  const start = c.reserve(panels * PANEL * FLOAT_BYTES);
  const result = c.reserve(panels * PANEL * FLOAT_BYTES);
  c.step(({ floats, memory, kernels }) => {
    const from = floats(b);
    for (let m = 0; m < matrices; m++) {
      const into = new Float32Array(memory, packed + m * matrixBytes, matrixBytes / FLOAT_BYTES);
      pack(from.subarray(m * k * n, (m + 1) * k * n), into, k, n, evenK);
    }
    if (bias !== null) new Float32Array(memory, start, n).set(floats(bias));
    const x = floats(a).byteOffset;
    const row = new Float32Array(memory, result, n);
    const into = floats(out);
    const stepX = isRowEach ? k * FLOAT_BYTES : 0;
    return () => {
      for (let m = 0; m < matrices; m++) {
        kernels.gemv(x + m * stepX, packed + m * matrixBytes, start, result, evenK, panels);
        into.set(row, m * n);
      }
    };
  });
}

/** Rows of n to panels of 16 columns, each panel row by row; what is missing at the edges is zero. */
function pack(from: Float32Array, into: Float32Array, k: number, n: number, evenK: number): void {
  for (let row = 0; row < k; row++) {
    for (let column = 0; column < n; column += PANEL) {
      const at = (column * evenK + row * PANEL) | 0;
      into.set(from.subarray(row * n + column, row * n + Math.min(n, column + PANEL)), at);
    }
  }
}

function addRows(c: Compiling, { dims, data }: ByteTable, ids: number): void {
  const weights = c.tensor(0);
  const width = dims[1]!;
  if (!weights.isPerTerm || "data" in weights.at || width % PANEL !== 0)
    throw new Unsupported("a sum of rows of that kind");
  const weightsAt = weights.at.offset;
  const table = c.reserve(data.byteLength);
  const out = c.output([1, 1, width]);
  c.step(({ floats, memory, kernels, prompt }) => {
    new Int8Array(memory, table, sizeOf(dims)).set(data);
    const into = floats(out);
    return () => {
      kernels.addRows(ids, weightsAt, prompt.terms, table, into.byteOffset, width / PANEL);
    };
  });
}
