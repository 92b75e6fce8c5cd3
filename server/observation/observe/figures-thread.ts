import { startWorker } from "../../../engine/start-worker.ts";
import type { ComputeFigures } from "./observation-report.ts";

/** In a thread that lives as long as one computation: hundreds of thousands of rows hold up no request, and stay in nobody's memory. */
export function computeInThread(url: string): ComputeFigures {
  return (...question) =>
    new Promise((resolve, reject) => {
      const worker = startWorker("server/observation/observe/figures-worker.ts", { url, question });
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", (code) => reject(new Error(`the thread of figures ended with ${code}`)));
    });
}
