import { type Compiling, type Operator, sizeOf, type Tensor, Unsupported } from "./tensor.ts";

const FLOAT_BYTES = 4;
/** From one vector to the next; see kernels.wat. */
const STEP = 16;

const BINARY = { Add: "add", Sub: "sub", Mul: "mul", Div: "div", Max: "max", Min: "min", Sum: "add" } as const;
const UNARY = { Sqrt: "sqrt", Exp: "exp", Sigmoid: "sigmoid" } as const;
type BinaryKernel = (typeof BINARY)[keyof typeof BINARY];
type UnaryKernel = (typeof UNARY)[keyof typeof UNARY];

/** Operators that treat every number by itself. */
export const ELEMENTWISE: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries(Object.entries(BINARY).map(([name, kernel]) => [name, (c) => variadic(c, kernel)])),
  ...Object.fromEntries(Object.entries(UNARY).map(([name, kernel]) => [name, (c) => unary(c, kernel)])),
  Relu: (c) => bound(c, [["max", 0]]),
  Clip: clip,
};

/** Two operands or more, taken together from the left. */
function variadic(c: Compiling, kernel: BinaryKernel): void {
  const { operator, inputs } = c.node;
  if (operator === "Mul" && weighColumn(c)) return;
  const operands = inputs.map((_, i) => c.tensor(i));
  const isPerTerm = operands.some((operand) => operand.isPerTerm);
  if (operands.length < 2) throw new Unsupported(`${operator} of one value`);
  if (isPerTerm && (operands.length > 2 || !operands.every((x) => x.isPerTerm || x.size === 1)))
    throw new Unsupported(`${operator} of terms`);
  const out = c.output(operands.map(({ dims }) => dims).reduce(broadcast), isPerTerm);
  let left = operands[0]!;
  operands.slice(1).forEach((right, i) => {
    const dims = broadcast(left.dims, right.dims);
    const isLast = i === operands.length - 2;
    // What is still to be added to lies elsewhere: its rows may not be overrun before they are read.
    const size = sizeOf(dims);
    const into: Tensor = isLast ? out : { ...out, dims, size, at: { offset: c.reserve(size * FLOAT_BYTES) } };
    combine(c, kernel, left, right, into);
    left = into;
  });
}

/** A term's own number times its weight waits until it is known what becomes of it. */
function weighColumn(c: Compiling): boolean {
  if (c.node.inputs.length !== 2) return false;
  const both = [c.value(0), c.value(1)];
  const column = both.find((value) => value.kind === "column");
  const weights = both.find((value) => value.kind === "tensor");
  if (column?.kind !== "column" || weights?.kind !== "tensor" || !weights.isPerTerm) return false;
  c.alias({ kind: "weighted", dims: weights.dims, column, weights });
  return true;
}

function combine(c: Compiling, kernel: BinaryKernel, a: Tensor, b: Tensor, out: Tensor): void {
  const [atA, atB, into] = [c.place(a), c.place(b), c.place(out)];
  const [stepA, stepB] = [a.size === 1 ? 0 : STEP, b.size === 1 ? 0 : STEP];
  if (out.isPerTerm) {
    c.step(({ kernels, prompt }) => {
      const run = kernels[kernel];
      return () => run(atA, atB, into, into + prompt.terms * FLOAT_BYTES, stepA, stepB);
    });
    return;
  }
  const { outer, inner, nextA, nextB } = walkOver(a, b, out.dims);
  const row = inner * FLOAT_BYTES;
  if (row === 0) return;
  c.step(({ kernels }) => {
    const run = kernels[kernel];
    if (outer === 1) return () => run(atA, atB, into, into + row, stepA, stepB);
    return () => {
      for (let r = 0, to = into; r < outer; r++, to += row)
        run(atA + r * nextA, atB + r * nextB, to, to + row, stepA, stepB);
    };
  });
}

function unary(c: Compiling, kernel: UnaryKernel): void {
  const a = c.tensor(0);
  if (a.isPerTerm || a.size === 0) throw new Unsupported(c.node.operator);
  const out = c.output(a.dims);
  const [from, into] = [c.place(a), c.place(out)];
  const end = into + a.size * FLOAT_BYTES;
  c.step(({ kernels }) => {
    const run = kernels[kernel];
    return () => run(from, into, end);
  });
}

function clip(c: Compiling): void {
  const sides: ["max" | "min", number][] = [];
  for (const [input, side] of [
    [1, "max"],
    [2, "min"],
  ] as const) {
    if ((c.node.inputs[input] ?? "") === "") continue;
    const { at, size } = c.tensor(input);
    if (!("data" in at) || size !== 1) throw new Unsupported("Clip by a computed bound");
    sides.push([side, at.data[0]!]);
  }
  if (sides.length === 0) c.alias(c.value(0));
  else bound(c, sides);
}

/** Each number no less or no more than constants. */
function bound(c: Compiling, sides: readonly (readonly ["max" | "min", number])[]): void {
  const a = c.tensor(0);
  if (a.isPerTerm || a.size === 0) throw new Unsupported(c.node.operator);
  const out = c.output(a.dims);
  const into = c.place(out);
  const end = into + a.size * FLOAT_BYTES;
  sides.forEach(([side, value], i) => {
    const from = i === 0 ? c.place(a) : into;
    const limit = c.placeNumber(value);
    c.step(({ kernels }) => {
      const run = kernels[side];
      return () => run(from, limit, into, end, STEP, 0);
    });
  });
}

function broadcast(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const p = a[i - rank + a.length] ?? 1;
    const q = b[i - rank + b.length] ?? 1;
    if (p !== q && p !== 1 && q !== 1) throw new Unsupported(`dimensions ${a} and ${b}`);
    return p === 1 ? q : p;
  });
}

/** How two operands are walked together: `outer` runs of `inner` numbers, from one to the next so many bytes further. */
interface Walk {
  readonly outer: number;
  readonly inner: number;
  readonly nextA: number;
  readonly nextB: number;
}

/** Operands may be whole, one number, or the last dimensions of the output over again. */
function walkOver(a: Tensor, b: Tensor, dims: readonly number[]): Walk {
  const size = sizeOf(dims);
  const inner = Math.min(...[a.size, b.size].filter((x) => x !== 1), size);
  for (const x of [a, b]) {
    const own = x.dims.slice(x.dims.findIndex((dim) => dim !== 1));
    const isTail = x.size === inner && dims.slice(-own.length).join() === own.join();
    if (x.size !== 1 && x.size !== size && !isTail) throw new Unsupported("a broadcast in the middle");
  }
  const next = (x: Tensor) => (x.size === size && size > inner ? inner * FLOAT_BYTES : 0);
  return { outer: inner === 0 ? 0 : size / inner, inner, nextA: next(a), nextB: next(b) };
}
