import { z } from "zod";
import { DATA_TYPE, ModelProto } from "./onnx-schema.ts";
import { sizeOf, Unsupported } from "./tensor.ts";

/** A dimension is a number or the name of a free one, e.g. "batch". */
type Dimensions = readonly (number | string)[];

export interface OnnxConstant {
  readonly dims: readonly number[];
  readonly data: Float32Array | Int32Array | Int8Array;
}

export interface OnnxNode {
  readonly operator: string;
  /** Empty names stand for inputs left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, number | readonly number[]>>;
}

/** What of an ONNX file is needed to run it. */
export interface OnnxModel {
  /** The program that wrote it, as it calls itself. */
  readonly producer: string;
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, OnnxConstant>;
  readonly inputs: ReadonlyMap<string, Dimensions>;
  readonly outputs: ReadonlyMap<string, Dimensions>;
}

const Value = z.object({
  name: z.string(),
  type: z.object({
    tensorType: z.object({
      shape: z.object({ dim: z.array(z.object({ dimValue: z.number(), dimParam: z.string() })) }),
    }),
  }),
});
const File = z.object({
  producerName: z.string(),
  graph: z.object({
    node: z.array(
      z.object({
        input: z.array(z.string()),
        output: z.array(z.string()),
        opType: z.string(),
        domain: z.string(),
        attribute: z.array(
          z.object({ name: z.string(), type: z.number(), f: z.number(), i: z.number(), ints: z.array(z.number()) }),
        ),
      }),
    ),
    initializer: z.array(
      z.object({
        name: z.string(),
        dims: z.array(z.number()),
        dataType: z.number(),
        rawData: z.instanceof(Uint8Array).or(z.array(z.number()).length(0)),
      }),
    ),
    input: z.array(Value),
    output: z.array(Value),
  }),
});

type Reader = (buffer: ArrayBuffer) => OnnxConstant["data"];
const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [DATA_TYPE.float, (buffer) => new Float32Array(buffer)],
  [DATA_TYPE.int32, (buffer) => new Int32Array(buffer)],
  [DATA_TYPE.int64, (buffer) => Int32Array.from(new BigInt64Array(buffer), Number)],
  [DATA_TYPE.int8, (buffer) => new Int8Array(buffer)],
]);

/** @throws Unsupported for a file of other parts than ours; anything else when the bytes are no ONNX file */
export function readOnnxModel(bytes: Uint8Array): OnnxModel {
  const message = ModelProto.toObject(ModelProto.decode(bytes), { longs: Number, arrays: true, defaults: true });
  const file = File.safeParse(message);
  if (!file.success) throw new Unsupported(`an ONNX file of another make: ${file.error.message}`);
  const { graph, producerName } = file.data;
  return {
    producer: producerName,
    nodes: graph.node.map(({ opType, domain, input, output, attribute }) => ({
      operator: domain === "" ? opType : `${domain}.${opType}`,
      inputs: input,
      outputs: output,
      attributes: Object.fromEntries(attribute.map(({ name, type, f, i, ints }) => [name, [0, f, i][type] ?? ints])),
    })),
    constants: new Map(
      graph.initializer.map(({ name, dims, dataType, rawData }) => [
        name,
        { dims, data: numbers(name, dims, dataType, new Uint8Array(rawData)) },
      ]),
    ),
    inputs: new Map(graph.input.map(shapeOf)),
    outputs: new Map(graph.output.map(shapeOf)),
  };
}

function shapeOf({ name, type }: z.infer<typeof Value>): [string, Dimensions] {
  const { dim } = type.tensorType.shape;
  return [name, dim.map(({ dimValue, dimParam }) => (dimParam === "" ? dimValue : dimParam))];
}

function numbers(
  name: string,
  dims: readonly number[],
  type: number,
  { buffer }: Uint8Array<ArrayBuffer>,
): OnnxConstant["data"] {
  const read = READERS.get(type);
  if (read === undefined) throw new Unsupported(`constant ${name} of type ${type}`);
  const data = read(buffer);
  // Other writers may put numbers elsewhere than in raw data.
  if (data.length !== sizeOf(dims)) throw new Unsupported(`constant ${name} outside of its raw data`);
  return data;
}
