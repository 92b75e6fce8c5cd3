/** A dense float constant of a graph. */
interface TinyConstant {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

interface TinyNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly ints?: Readonly<Record<string, number | readonly number[]>>;
}

export interface TinyGraph {
  /** The program that is said to have written it. */
  readonly producer?: string;
  readonly nodes: readonly TinyNode[];
  readonly constants: readonly TinyConstant[];
  /** Name -> dimensions, free ones by name. All float. */
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs: Readonly<Record<string, readonly (number | string)[]>>;
}

const FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

/** Bytes of an ONNX model (IR 8, opset 17), written by hand so that the engine's tests need no trainer. */
export function onnxBytes(graph: TinyGraph): Uint8Array {
  const body = [
    ...graph.nodes.map((node) => message(1, encodeNode(node))),
    text(2, "tiny"),
    ...graph.constants.map((constant) => message(5, encodeConstant(constant))),
    ...Object.entries(graph.inputs).map(([name, dims]) => message(11, encodeValue(name, dims))),
    ...Object.entries(graph.outputs).map(([name, dims]) => message(12, encodeValue(name, dims))),
  ];
  return Buffer.concat([
    whole(1, 8),
    text(2, graph.producer ?? ""),
    message(8, [text(1, ""), whole(2, 17)]),
    message(7, body),
  ]);
}

function encodeNode(node: TinyNode): Buffer[] {
  return [
    ...node.inputs.map((input) => text(1, input)),
    text(2, node.output),
    text(4, node.op),
    ...Object.entries(node.ints ?? {}).map(([name, value]) =>
      message(
        5,
        typeof value === "number"
          ? [text(1, name), whole(3, value), whole(20, ATTRIBUTE_INT)]
          : [text(1, name), ...value.map((item) => whole(8, item)), whole(20, ATTRIBUTE_INTS)],
      ),
    ),
  ];
}

function encodeConstant({ name, dims, data }: TinyConstant): Buffer[] {
  const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return [...dims.map((dim) => whole(1, dim)), whole(2, FLOAT), text(8, name), bytes(9, raw)];
}

function encodeValue(name: string, dims: readonly (number | string)[]): Buffer[] {
  const shape = dims.map((dim) => message(1, [typeof dim === "number" ? whole(1, dim) : text(2, dim)]));
  return [text(1, name), message(2, [message(1, [whole(1, FLOAT), message(2, shape)])])];
}

function message(field: number, parts: readonly Buffer[]): Buffer {
  return bytes(field, Buffer.concat(parts));
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value, "utf8"));
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(value.length), value]);
}

function whole(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128);
  return Buffer.from([...out, rest]);
}
