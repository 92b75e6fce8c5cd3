import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

it("opens a graph without telemetry, also under a command line of 100 kB", () => {
  const helper = new URL("./onnx-runtime.ts", import.meta.url).href;
  const code = `
    const { loadOnnxRuntime } = await import(${JSON.stringify(helper)});
    const { InferenceSession } = await loadOnnxRuntime();
    const error = await InferenceSession.create(Buffer.from("no graph")).catch((error) => error);
    console.log(process.env.ORT_DISABLE_TELEMETRY, error instanceof Error);`;
  const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
  const command = ["--import", "tsx", "--input-type=module", "-e", code, "a".repeat(100_000)];
  const { status, stdout } = spawnSync(process.execPath, command, { env, encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "1 true\n" });
});
