import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants, setPriority } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import { packageRoot } from "../../engine/package-root.ts";
import type { RetrainJob } from "./retrain-job.ts";

/** Does a run in another process, at a priority below that of whoever serves. */
export type SpawnRetrain = (job: RetrainJob) => ChildProcess;

export const spawnRetrain: SpawnRetrain = (job) => {
  const child = spawn(process.execPath, [...entry(), "retrain", "--job"], {
    stdio: ["pipe", "ignore", "pipe"],
    windowsHide: true,
  });
  if (child.pid !== undefined) {
    try {
      setPriority(child.pid, constants.priority.PRIORITY_LOW);
    } catch {
      // It has ended already, or the host does not let us: it runs all the same.
    }
  }
  // A child that could not start closes its input; its end says so.
  child.stdin?.on("error", () => {});
  child.stdin?.end(JSON.stringify(job));
  return child;
};

/** The command line itself: from source it needs the TypeScript loader. */
function entry(): readonly string[] {
  if (!import.meta.url.endsWith(".ts")) return [fileURLToPath(new URL("dist/cli.js", packageRoot))];
  const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx"));
  return ["--import", loader.href, fileURLToPath(new URL("cli.ts", packageRoot))];
}
