import { refuseTelemetry } from "./environment.ts";

/** onnxruntime, loaded when it is first needed. */
export function loadOnnxRuntime(): Promise<typeof import("onnxruntime-node")> {
  refuseTelemetry();
  return import("onnxruntime-node");
}
