import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { packageRoot } from "../../../engine/package-root.ts";
import type { ComputeFigures } from "./observation-report.ts";

/** In a thread that lives as long as one computation: hundreds of thousands of rows hold up no request, and stay in nobody's memory. */
export function computeInThread(url: string): ComputeFigures {
  return (...question) =>
    new Promise((resolve, reject) => {
      const worker = startWorker({ url, question });
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", (code) => reject(new Error(`the thread of figures ended with ${code}`)));
    });
}

/** From source a thread needs the TypeScript loader, which threads do not inherit; the build has the worker as a file. */
function startWorker(workerData: object): Worker {
  if (!import.meta.url.endsWith(".ts")) {
    return new Worker(new URL("dist/server/observation/observe/figures-worker.js", packageRoot), { workerData });
  }
  const loader = new URL(
    "dist/esm/api/index.mjs",
    pathToFileURL(createRequire(import.meta.url).resolve("tsx/package.json")),
  ).href;
  const worker = new URL("./figures-worker.ts", import.meta.url).href;
  return new Worker(`import("${loader}").then(({ register }) => (register(), import("${worker}")))`, {
    workerData,
    eval: true,
  });
}
