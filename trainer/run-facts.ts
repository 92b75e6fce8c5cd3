import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../engine/package-root.ts";

/** What an artifact's lineage says about the run that made it. */
export interface RunFacts {
  readonly commit: string;
  readonly libraries: Record<string, string>;
  /** SOURCE_DATE_EPOCH when it is set, so that a build repeats; else the clock. */
  readonly now: number;
}

const LIBRARIES = ["onnxruntime-node", "ml-matrix", "protobufjs"];

export function runFacts(epochSeconds: string | undefined, clock: () => number): RunFacts {
  const seconds = Number(epochSeconds);
  return {
    commit: commitOf(fileURLToPath(packageRoot)),
    libraries: { node: process.versions.node, ...Object.fromEntries(LIBRARIES.map((name) => [name, versionOf(name)])) },
    now: epochSeconds !== undefined && Number.isFinite(seconds) ? seconds * 1000 : clock(),
  };
}

function commitOf(folder: string): string {
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}

/** Walks up from the library's entry: its package.json is often not exported. */
function versionOf(name: string): string {
  try {
    let folder = path.dirname(createRequire(import.meta.url).resolve(name));
    while (folder !== path.dirname(folder)) {
      try {
        const parsed = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as {
          name?: string;
          version?: string;
        };
        if (parsed.name === name && parsed.version) return parsed.version;
      } catch {
        // No package.json here: one level up.
      }
      folder = path.dirname(folder);
    }
  } catch {
    // Not installed.
  }
  return "unknown";
}
