import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packageRoot } from "../../engine/package-root.ts";

const SCRIPT = "scripts/skip-gpu-download.mjs";
const STAND_INS = [
  "libonnxruntime_providers_cuda.so",
  "libonnxruntime_providers_shared.so",
  "libonnxruntime_providers_tensorrt.so",
];

let project: string;
let binaries: string;

/** A project with Weir and onnxruntime-node as npm has them before any install script runs. */
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "weir-install-"));
  const weir = join(project, "node_modules", "weir");
  const runtime = join(project, "node_modules", "onnxruntime-node");
  binaries = join(runtime, "bin", "napi-v6", "linux", "x64");
  mkdirSync(join(weir, "scripts"), { recursive: true });
  mkdirSync(binaries, { recursive: true });
  cpSync(fileURLToPath(new URL(SCRIPT, packageRoot)), join(weir, SCRIPT));
  writeFileSync(join(runtime, "package.json"), '{"name":"onnxruntime-node","main":"index.js"}');
  writeFileSync(join(runtime, "index.js"), "");
  writeFileSync(join(binaries, "onnxruntime_binding.node"), "x");
});
afterEach(() => rmSync(project, { recursive: true }));

function madeBy(dependencies: object, environment: Record<string, string> = {}): string[] {
  writeFileSync(join(project, "package.json"), JSON.stringify({ dependencies }));
  const cwd = join(project, "node_modules", "weir");
  const env = { PATH: process.env.PATH ?? "", INIT_CWD: project, ...environment };
  execFileSync(process.execPath, [SCRIPT], { cwd, env });
  return readdirSync(binaries)
    .filter((name) => name !== "onnxruntime_binding.node")
    .sort();
}

describe("before the install scripts of Weir's dependencies", () => {
  it("stand-ins keep onnxruntime-node from fetching libraries for CUDA from outside the registry", () => {
    expect(madeBy({ weir: "1" })).toEqual(STAND_INS);
  });

  it("nothing is done for who wants them: by a dependency of the project's own, or by saying what to install", () => {
    expect(madeBy({ weir: "1", "onnxruntime-node": "1" })).toEqual([]);
    expect(madeBy({ weir: "1" }, { ONNXRUNTIME_NODE_INSTALL: "cuda12" })).toEqual([]);
    expect(madeBy({ weir: "1" }, { npm_config_onnxruntime_node_install: "skip" })).toEqual([]);
  });

  it("nothing is done where onnxruntime-node is not there yet, or lies in another way", () => {
    rmSync(join(binaries, "onnxruntime_binding.node"));
    expect(madeBy({})).toEqual([]);
    rmSync(join(project, "node_modules", "onnxruntime-node"), { recursive: true });
    mkdirSync(binaries, { recursive: true });
    expect(madeBy({})).toEqual([]);
    expect(existsSync(binaries)).toBe(true);
  });
});
