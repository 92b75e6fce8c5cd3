import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { packageRoot } from "./package-root.ts";

/**
 * By default a thread's first objects get up to 48 MB of memory, most of which our threads fill with rubbish and keep; with
 * this they get 4 MB three times over.
 */
const LIMITS = { maxYoungGenerationSizeMb: 12 };

/**
 * A thread of ours. From source it needs the TypeScript loader, which threads do not inherit; the build has each worker as a
 * file (scripts/build.mjs lists them).
 *
 * @param file path of its module from the project's root, e.g. `server/log/log-worker.ts`
 */
export function startWorker(file: string, workerData: unknown = null): Worker {
  if (!import.meta.url.endsWith(".ts")) {
    const built = new URL(`dist/${file.replace(/\.ts$/, ".js")}`, packageRoot);
    return new Worker(built, { workerData, resourceLimits: LIMITS });
  }
  const loader = new URL(
    "dist/esm/api/index.mjs",
    pathToFileURL(createRequire(import.meta.url).resolve("tsx/package.json")),
  ).href;
  const worker = new URL(`../${file}`, import.meta.url).href;
  return new Worker(`import("${loader}").then(({ register }) => (register(), import("${worker}")))`, {
    workerData,
    resourceLimits: LIMITS,
    eval: true,
    execArgv: [],
  });
}
