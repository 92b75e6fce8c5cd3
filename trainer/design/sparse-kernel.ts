import type { SparseRows } from "./raw-features.ts";

/** Products of sparse rows with dense matrices, four numbers at a time. `width` must be a multiple of 4. */
export interface SparseKernel {
  /** rows [count x columns] times dense [columns x width]. */
  times(rows: SparseRows, count: number, dense: Float32Array, columns: number, width: number): Float32Array;
  /** rowsᵀ [columns x count] times dense [count x width]. */
  transposeTimes(rows: SparseRows, count: number, dense: Float32Array, columns: number, width: number): Float32Array;
}

/** The part of the WebAssembly interface that we use; Node's types leave it out. */
interface WasmRuntime {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: { readonly memory: WasmMemory; readonly add: (...parameters: number[]) => void };
  };
}
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const PAGE = 65_536;

/**
 * A WebAssembly loop, because typed-array loops spend seven of eight nanoseconds on bounds and conversions: the SVD of
 * 6,000 prompts of 546 terms took 8 s of CPU in JavaScript. Assembled below from its instructions, so nothing is binary.
 */
export function createSparseKernel(): SparseKernel {
  const wasm = (globalThis as unknown as { readonly WebAssembly: WasmRuntime }).WebAssembly;

  function run(rows: SparseRows, count: number, dense: Float32Array, outRows: number, width: number, turned: boolean) {
    const terms = rows.start[count]!;
    const sizes = [count + 1, terms, terms, dense.length, outRows * width];
    const [start, ids, weights, from, out] = offsets(sizes) as [number, number, number, number, number];
    const { memory, add } = new wasm.Instance(new wasm.Module(kernelBytes())).exports;
    memory.grow(Math.ceil((out + sizes[4]! * 4) / PAGE));
    new Int32Array(memory.buffer, start, count + 1).set(rows.start.subarray(0, count + 1));
    new Int32Array(memory.buffer, ids, terms).set(rows.ids.subarray(0, terms));
    new Float32Array(memory.buffer, weights, terms).set(rows.weights.subarray(0, terms));
    new Float32Array(memory.buffer, from, dense.length).set(dense);
    const bytes = width * 4;
    // A row's own line is read and a term's line written, or the other way round.
    const strides = turned ? [bytes, 0, 0, bytes] : [0, bytes, bytes, 0];
    add(count, start, ids, weights, from, out, bytes, ...strides);
    return new Float32Array(memory.buffer.slice(out, out + sizes[4]! * 4));
  }

  return {
    times: (rows, count, dense, _columns, width) => run(rows, count, dense, count, width, false),
    transposeTimes: (rows, count, dense, columns, width) => run(rows, count, dense, columns, width, true),
  };
}

/** Byte offsets of arrays of 4-byte numbers laid end to end, each on a multiple of 16. */
function offsets(sizes: readonly number[]): number[] {
  let at = 16;
  return sizes.map((size) => {
    const here = at;
    at = Math.ceil((at + size * 4) / 16) * 16;
    return here;
  });
}

const I32 = 0x7f;
const V128 = 0x7b;
const [ROWS, START, IDS, WEIGHTS, DENSE, OUT, WIDTH, ROW_IN, ID_IN, ROW_OUT, ID_OUT] = Array(11).keys();
const [ROW, K, LAST, ID, FROM, TO, STOP, VALUE] = [11, 12, 13, 14, 15, 16, 17, 18];

const get = (local: number | undefined) => [0x20, local!];
const set = (local: number | undefined, ...value: number[][]) => [...value.flat(), 0x21, local!];
const add = (a: number[], b: number[]) => [...a, ...b, 0x6a];
const multiply = (a: number[], b: number[]) => [...a, ...b, 0x6c];
const constant = (value: number) => [0x41, value];
const load = (address: number[]) => [...address, 0x28, 2, 0];
const loadVector = (address: number[]) => [...address, 0xfd, 0x00, 4, 0];
const loadSplat = (address: number[]) => [...address, 0xfd, 0x09, 2, 0];
const storeVector = (address: number[], value: number[]) => [...address, ...value, 0xfd, 0x0b, 4, 0];
const addVectors = (a: number[], b: number[]) => [...a, ...b, 0xfd, 0xe4, 0x01];
const multiplyVectors = (a: number[], b: number[]) => [...a, ...b, 0xfd, 0xe6, 0x01];
const fourth = (local: number | undefined) => multiply(get(local), constant(4));
const step = (local: number | undefined, by: number) => set(local, add(get(local), constant(by)));
const address = (base: number | undefined, perRow: number | undefined, perId: number | undefined) =>
  add(get(base), add(multiply(get(ROW), get(perRow)), multiply(get(ID), get(perId))));
/** while (local < end) body; step */
const loopUnder = (local: number | undefined, end: number | undefined, body: number[]) => [
  ...[0x02, 0x40, 0x03, 0x40],
  ...[...get(local), ...get(end), 0x4f, 0x0d, 1],
  ...body,
  ...[0x0c, 0, 0x0b, 0x0b],
];

/** for row: for term k of row: out[...] += weight[k] x dense[...], `width` bytes at 16 a time. */
function kernelBytes(): Uint8Array {
  const line = [
    ...storeVector(get(TO), addVectors(loadVector(get(TO)), multiplyVectors(loadVector(get(FROM)), get(VALUE)))),
    ...step(FROM, 16),
    ...step(TO, 16),
  ];
  const term = [
    ...set(ID, load(add(get(IDS), fourth(K)))),
    ...set(VALUE, loadSplat(add(get(WEIGHTS), fourth(K)))),
    ...set(FROM, address(DENSE, ROW_IN, ID_IN)),
    ...set(TO, address(OUT, ROW_OUT, ID_OUT)),
    ...set(STOP, add(get(TO), get(WIDTH))),
    ...loopUnder(TO, STOP, line),
    ...step(K, 1),
  ];
  const row = [
    ...set(K, load(add(get(START), fourth(ROW)))),
    ...set(LAST, load(add(get(START), add(fourth(ROW), constant(4))))),
    ...loopUnder(K, LAST, term),
    ...step(ROW, 1),
  ];
  const locals = [2, 7, I32, 1, V128];
  const body = [...locals, ...loopUnder(ROW, ROWS, row), 0x0b];
  const section = (id: number, content: readonly number[]) => [id, ...unsigned(content.length), ...content];
  const name = (text: string) => [text.length, ...Buffer.from(text)];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 11, ...Array(11).fill(I32), 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name("memory"), 2, 0, ...name("add"), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}
