import { type Bound, type Compiling, type Operator, type Step, sizeOf, type Tensor, Unsupported } from "./tensor.ts";

/** How two operands are walked together: `outer` runs of `inner` numbers, each operand standing still or moving. */
interface Walk {
  readonly outer: number;
  readonly inner: number;
  readonly stepA: number;
  readonly stepB: number;
  readonly nextA: number;
  readonly nextB: number;
}

type Loop = (out: Float32Array, a: Float32Array, b: Float32Array, walk: Walk) => void;

// One loop an operator: a function called for each number would cost more than the arithmetic.
const LOOPS: Readonly<Record<string, Loop>> = {
  Add(out, a, b, { outer, inner, stepA, stepB, nextA, nextB }) {
    for (let r = 0, k = 0; r < outer; r++)
      for (let i = 0, p = r * nextA, q = r * nextB; i < inner; i++, p += stepA, q += stepB) out[k++] = a[p]! + b[q]!;
  },
  Sub(out, a, b, { outer, inner, stepA, stepB, nextA, nextB }) {
    for (let r = 0, k = 0; r < outer; r++)
      for (let i = 0, p = r * nextA, q = r * nextB; i < inner; i++, p += stepA, q += stepB) out[k++] = a[p]! - b[q]!;
  },
  Mul(out, a, b, { outer, inner, stepA, stepB, nextA, nextB }) {
    for (let r = 0, k = 0; r < outer; r++)
      for (let i = 0, p = r * nextA, q = r * nextB; i < inner; i++, p += stepA, q += stepB) out[k++] = a[p]! * b[q]!;
  },
  Div(out, a, b, { outer, inner, stepA, stepB, nextA, nextB }) {
    for (let r = 0, k = 0; r < outer; r++)
      for (let i = 0, p = r * nextA, q = r * nextB; i < inner; i++, p += stepA, q += stepB) out[k++] = a[p]! / b[q]!;
  },
  Max(out, a, b, { outer, inner, stepA, stepB, nextA, nextB }) {
    for (let r = 0, k = 0; r < outer; r++)
      for (let i = 0, p = r * nextA, q = r * nextB; i < inner; i++, p += stepA, q += stepB)
        out[k++] = Math.max(a[p]!, b[q]!);
  },
  Min(out, a, b, { outer, inner, stepA, stepB, nextA, nextB }) {
    for (let r = 0, k = 0; r < outer; r++)
      for (let i = 0, p = r * nextA, q = r * nextB; i < inner; i++, p += stepA, q += stepB)
        out[k++] = Math.min(a[p]!, b[q]!);
  },
};

const UNARY: Readonly<Record<string, (out: Float32Array, a: Float32Array, count: number) => void>> = {
  Relu(out, a, count) {
    for (let i = 0; i < count; i++) out[i] = Math.max(a[i]!, 0);
  },
  Sigmoid(out, a, count) {
    for (let i = 0; i < count; i++) out[i] = 1 / (1 + Math.exp(-a[i]!));
  },
  Exp(out, a, count) {
    for (let i = 0; i < count; i++) out[i] = Math.exp(a[i]!);
  },
  Sqrt(out, a, count) {
    for (let i = 0; i < count; i++) out[i] = Math.sqrt(a[i]!);
  },
};

/** Operators that treat every number by itself. */
export const ELEMENTWISE: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries([...Object.keys(LOOPS), "Sum"].map((name) => [name, variadic])),
  ...Object.fromEntries(Object.keys(UNARY).map((name) => [name, unary])),
  Clip: clip,
};

/** Two operands or more, taken together from the left. */
function variadic(c: Compiling): void {
  const { operator, inputs } = c.node;
  const loop = LOOPS[operator === "Sum" ? "Add" : operator]!;
  const operands = inputs.map((_, i) => c.tensor(i));
  const isPerTerm = operands.some((operand) => operand.isPerTerm);
  const out = c.output(operands.map(({ dims }) => dims).reduce(broadcast), isPerTerm);
  if (operands.length < 2) throw new Unsupported(`${operator} of one value`);
  if (isPerTerm) {
    const [a, b] = operands;
    if (operands.length > 2 || !operands.every((x) => x.isPerTerm || x.size === 1)) throw new Unsupported(operator);
    c.step((bound) => perTerm(bound, loop, out, a!, b!));
    return;
  }
  operands.slice(1).forEach((right, i) => {
    // From the third operand on the output so far is the left one.
    const left = i === 0 ? operands[0]! : out;
    const dims = i === 0 ? broadcast(left.dims, right.dims) : out.dims;
    if (sizeOf(dims) !== out.size) throw new Unsupported(`${operator} that grows`);
    const walk = walkOver(left, right, dims);
    c.step(({ floats }) => {
      const [into, from, other] = [floats(out), floats(left), floats(right)];
      return () => loop(into, from, other, walk);
    });
  });
}

function perTerm({ floats, prompt }: Bound, loop: Loop, out: Tensor, a: Tensor, b: Tensor): Step {
  const walk = { outer: 1, inner: 0, stepA: a.isPerTerm ? 1 : 0, stepB: b.isPerTerm ? 1 : 0, nextA: 0, nextB: 0 };
  const [into, from, other] = [floats(out), floats(a), floats(b)];
  return () => {
    walk.inner = prompt.terms;
    loop(into, from, other, walk);
  };
}

function unary(c: Compiling): void {
  const compute = UNARY[c.node.operator]!;
  const a = c.tensor(0);
  if (a.isPerTerm) throw new Unsupported(c.node.operator);
  const out = c.output(a.dims);
  c.step(({ floats }) => {
    const [into, from] = [floats(out), floats(a)];
    return () => compute(into, from, a.size);
  });
}

function clip(c: Compiling): void {
  const a = c.tensor(0);
  const bounds = [1, 2].map((input) => {
    if ((c.node.inputs[input] ?? "") === "") return input === 1 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const { at, size } = c.tensor(input);
    if (!("data" in at) || size !== 1) throw new Unsupported("Clip by a computed bound");
    return at.data[0]!;
  });
  if (a.isPerTerm) throw new Unsupported("Clip");
  const [low, high] = bounds as [number, number];
  const out = c.output(a.dims);
  c.step(({ floats }) => {
    const [into, from] = [floats(out), floats(a)];
    return () => {
      for (let i = 0; i < a.size; i++) into[i] = Math.min(Math.max(from[i]!, low), high);
    };
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

/** Operands may be whole, one number, or the last dimensions of the output over again. */
function walkOver(a: Tensor, b: Tensor, dims: readonly number[]): Walk {
  const size = sizeOf(dims);
  const inner = Math.min(...[a.size, b.size].filter((x) => x !== 1), size);
  for (const x of [a, b]) {
    const own = x.dims.slice(x.dims.findIndex((dim) => dim !== 1));
    const isTail = x.size === inner && dims.slice(-own.length).join() === own.join();
    if (x.size !== 1 && x.size !== size && !isTail) throw new Unsupported("a broadcast in the middle");
  }
  const next = (x: Tensor) => (x.size === size && size > inner ? inner : 0);
  return {
    outer: inner === 0 ? 0 : size / inner,
    inner,
    stepA: a.size === 1 ? 0 : 1,
    stepB: b.size === 1 ? 0 : 1,
    nextA: next(a),
    nextB: next(b),
  };
}
