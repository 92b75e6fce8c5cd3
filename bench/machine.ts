import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { packageRoot } from "../engine/package-root.ts";
import type { Machine } from "./result.ts";

const LIBRARIES = ["onnxruntime-node", "@xenova/transformers", "ml-matrix"];
const BYTES_PER_GB = 1024 ** 3;

/** What a figure was measured on. */
export function describeMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    memory_gb: Math.round(totalmem() / BYTES_PER_GB),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    versions: Object.fromEntries(LIBRARIES.flatMap((name) => installedVersion(name) ?? [])),
  };
}

/** Commit of the source tree, with `+changes` when it is not clean; `unknown` outside a checkout. */
export function sourceCommit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd: packageRoot, encoding: "utf8", stdio: "pipe" }).trim();
    const isClean = git("status", "--porcelain", "--untracked-files=no") === "";
    return `${git("rev-parse", "--short=12", "HEAD")}${isClean ? "" : "+changes"}`;
  } catch {
    return "unknown";
  }
}

function installedVersion(name: string): [string, string][] | null {
  try {
    const file = new URL(`node_modules/${name}/package.json`, packageRoot);
    const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
    return [[name, version]];
  } catch {
    return null;
  }
}
