import { ATTRIBUTE_TYPE, DATA_TYPE, type DataType, ModelProto } from "../../engine/graph/onnx-schema.ts";

/** A dimension is a number or the name of a free one, e.g. "batch". */
export type Dimensions = readonly (number | string)[];

/** Attributes carry their type, because ONNX tells 1 from 1.0. */
export type AttributeValue =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly string: string }
  | { readonly floats: ArrayLike<number> }
  | { readonly ints: ArrayLike<number> }
  | { readonly strings: readonly string[] };

export type ConstantData = Float32Array | Int32Array | BigInt64Array | Int8Array | Uint8Array | Uint16Array;

/** Builds one ONNX graph. Values are named by strings; names are made unique in order of creation, so bytes repeat. */
export interface GraphBuilder {
  input(name: string, type: DataType, dimensions: Dimensions): string;
  /** Uint16Array holds float16 bits. Returns the value's name, with a suffix when `name` is taken. */
  constant(name: string, data: ConstantData, dimensions: readonly number[]): string;
  /** Adds a node and returns the names of its outputs. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
    options?: { readonly outputs?: number; readonly domain?: string },
  ): string[];
  /** The first output of `node`, for the common case of one. */
  op(operator: string, inputs: readonly string[], attributes?: Readonly<Record<string, AttributeValue>>): string;
  /** Publishes a value under a name of its own. */
  output(value: string, publicName: string, type: DataType, dimensions: Dimensions): void;
  bytes(): Uint8Array;
}

const OPSET = 17;
const ML_DOMAIN = "ai.onnx.ml";
const ML_OPSET = 3;
const IR_VERSION = 8;

export function createGraph(name: string): GraphBuilder {
  const taken = new Set<string>();
  const node: object[] = [];
  const initializer: object[] = [];
  const input: object[] = [];
  const output: object[] = [];
  let usesMl = false;

  function unique(wanted: string): string {
    let name = wanted;
    for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`;
    taken.add(name);
    return name;
  }

  const builder: GraphBuilder = {
    input(name, type, dimensions) {
      const value = unique(name);
      input.push(valueInfo(value, type, dimensions));
      return value;
    },
    constant(name, data, dimensions) {
      const size = dimensions.reduce((product, dimension) => product * dimension, 1);
      if (size !== data.length) throw new RangeError(`constant ${name}: ${data.length} values for ${dimensions}`);
      const value = unique(name);
      const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      initializer.push({ dims: [...dimensions], dataType: DATA_TYPE[dataTypeOf(data)], name: value, rawData });
      return value;
    },
    node(operator, inputs, attributes = {}, options = {}) {
      if (options.domain === ML_DOMAIN) usesMl = true;
      const outputs = Array.from({ length: options.outputs ?? 1 }, () => unique(operator.toLowerCase()));
      node.push({
        input: [...inputs],
        output: outputs,
        name: outputs[0],
        opType: operator,
        attribute: Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value)),
        domain: options.domain ?? "",
      });
      return outputs;
    },
    op(operator, inputs, attributes) {
      return builder.node(operator, inputs, attributes)[0]!;
    },
    output(value, publicName, type, dimensions) {
      const name = unique(publicName);
      if (name !== publicName) throw new RangeError(`output name ${publicName} is taken`);
      node.push({ input: [value], output: [name], name, opType: "Identity", attribute: [], domain: "" });
      output.push(valueInfo(name, type, dimensions));
    },
    bytes() {
      const opsetImport = [
        { domain: "", version: OPSET },
        ...(usesMl ? [{ domain: ML_DOMAIN, version: ML_OPSET }] : []),
      ];
      const model = {
        irVersion: IR_VERSION,
        producerName: "weir",
        opsetImport,
        graph: { node, name, initializer, input, output },
      };
      return ModelProto.encode(ModelProto.fromObject(model)).finish();
    },
  };
  return builder;
}

function valueInfo(name: string, type: DataType, dimensions: Dimensions): object {
  const dim = dimensions.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: DATA_TYPE[type], shape: { dim } } } };
}

function dataTypeOf(data: ConstantData): DataType {
  if (data instanceof Float32Array) return "float";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof BigInt64Array) return "int64";
  if (data instanceof Int8Array) return "int8";
  return data instanceof Uint8Array ? "uint8" : "float16";
}

function encodeAttribute(name: string, value: AttributeValue): object {
  if ("float" in value) return { name, f: value.float, type: ATTRIBUTE_TYPE.float };
  if ("int" in value) return { name, i: value.int, type: ATTRIBUTE_TYPE.int };
  if ("string" in value) return { name, s: Buffer.from(value.string), type: ATTRIBUTE_TYPE.string };
  if ("floats" in value) return { name, floats: Array.from(value.floats), type: ATTRIBUTE_TYPE.floats };
  if ("ints" in value) return { name, ints: Array.from(value.ints), type: ATTRIBUTE_TYPE.ints };
  return { name, strings: value.strings.map((text) => Buffer.from(text)), type: ATTRIBUTE_TYPE.strings };
}
