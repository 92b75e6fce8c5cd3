import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { packageRoot } from "./package-root.ts";

/**
 * A thread of ours. From source it needs the TypeScript loader, which threads do not inherit; the build has each worker as a
 * file (scripts/build.mjs lists them).
 *
 * @param file path of its module from the project's root, e.g. `server/log/log-worker.ts`
 */
export function startWorker(file: string, workerData: unknown = null): Worker {
  if (!import.meta.url.endsWith(".ts")) {
    return new Worker(new URL(`dist/${file.replace(/\.ts$/, ".js")}`, packageRoot), { workerData });
  }
  const loader = new URL(
    "dist/esm/api/index.mjs",
    pathToFileURL(createRequire(import.meta.url).resolve("tsx/package.json")),
  ).href;
  const worker = new URL(`../${file}`, import.meta.url).href;
  return new Worker(`import("${loader}").then(({ register }) => (register(), import("${worker}")))`, {
    workerData,
    eval: true,
    execArgv: [],
  });
}
