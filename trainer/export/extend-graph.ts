import { ModelProto } from "../../engine/graph/onnx-schema.ts";
import { TrainError } from "../errors.ts";
import type { NewModel } from "../new-model.ts";
import { createGraph } from "../onnx/graph.ts";

/** The part of a decoded ONNX file that we edit. */
interface OnnxFile {
  readonly graph: {
    node: { name: string; input: string[]; output: string[] }[];
    initializer: { name: string }[];
    output: { name: string; type: { tensorType: { shape: { dim: { dimValue?: unknown; dimParam?: string }[] } } } }[];
  };
}

const COLUMNS = ["score", "spread", "output_tokens"] as const;

/**
 * Appends a model's column to a router's graph: what was there is left as it is, and its three per-model outputs are
 * computed further.
 *
 * @param like column whose expected output tokens, times `tokenRatio`, stand for the new model's
 */
export function extendGraph(
  bytes: Uint8Array,
  models: number,
  added: NewModel,
  like: number,
  tokenRatio: number,
): Uint8Array {
  // The casts hold because ModelProto has just decoded these fields by their descriptors.
  const file = ModelProto.decode(bytes) as unknown as OnnxFile;
  const { graph } = file;
  const before = (name: string) => `${name}/${models}`;
  for (const name of COLUMNS) {
    const maker = graph.node.find((node) => node.output[0] === name);
    const declared = graph.output.find((output) => output.name === name);
    const columns = declared?.type.tensorType.shape.dim[1];
    if (!maker || !columns)
      throw new TrainError("bad_data", `the graph has no output ${name}`, { place: "router.onnx" });
    maker.output[0] = before(name);
    maker.name = before(name);
    columns.dimValue = models + 1;
  }
  const part = ModelProto.decode(columnGraph(models, added, like, tokenRatio)) as unknown as OnnxFile;
  const rename = (value: string) => {
    const [kind, name] = value.split("/");
    if (kind === "in") return before(name!);
    return kind === "out" ? name! : `added/${models}/${value}`;
  };
  for (const node of part.graph.node) {
    node.input = node.input.map(rename);
    node.output = node.output.map(rename);
    node.name = node.output[0]!;
    graph.node.push(node);
  }
  for (const initializer of part.graph.initializer) {
    initializer.name = rename(initializer.name);
    graph.initializer.push(initializer);
  }
  return ModelProto.encode(file as unknown as ReturnType<typeof ModelProto.decode>).finish();
}

function columnGraph(models: number, added: NewModel, like: number, tokenRatio: number): Uint8Array {
  const graph = createGraph("column");
  const [score, spread, tokens] = COLUMNS.map((name) => graph.input(`in/${name}`, "float", ["batch", models])) as [
    string,
    string,
    string,
  ];
  const own = added.toOnnx(graph, score);
  const likeTokens = graph.op("Gather", [tokens, graph.constant("like", Int32Array.of(like), [1])], {
    axis: { int: 1 },
  });
  const ownTokens = graph.op("Mul", [likeTokens, graph.constant("ratio", Float32Array.of(tokenRatio), [1])]);
  const join = (all: string, one: string) => graph.op("Concat", [all, one], { axis: { int: 1 } });
  const dims = ["batch", models + 1];
  graph.output(join(score, own.score), "out/score", "float", dims);
  graph.output(join(spread, own.spread), "out/spread", "float", dims);
  graph.output(join(tokens, ownTokens), "out/output_tokens", "float", dims);
  return graph.bytes();
}
