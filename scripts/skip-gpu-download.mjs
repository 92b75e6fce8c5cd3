/**
 * Runs before the install scripts of Weir's dependencies. onnxruntime-node's fetches libraries for CUDA (hundreds of MB, from
 * another place than the registry) on every Linux machine and fails the whole installation where it cannot; Weir computes on
 * the CPU, whose binaries are in the package. The script asks only for files that are not there, so empty ones stand in
 * for them. Nothing is done for who wants CUDA: a project that depends on onnxruntime-node itself, or says what to install.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const PACKAGE = "onnxruntime-node";
const CPU_BINDING = "onnxruntime_binding.node";
const CUDA_FILES = ["cuda", "shared", "tensorrt"].map((name) => `libonnxruntime_providers_${name}.so`);

/** @returns the files that were made */
export function skipGpuDownload(from, environment, project) {
  if (environment.ONNXRUNTIME_NODE_INSTALL || environment.npm_config_onnxruntime_node_install) return [];
  if (dependsOnIt(project)) return [];
  const folder = folderOf(from);
  const binaries = folder === null ? null : join(folder, "bin", "napi-v6", "linux", "x64");
  // Without the CPU's own it is another layout, of which nothing is known.
  if (binaries === null || !existsSync(join(binaries, CPU_BINDING))) return [];
  const missing = CUDA_FILES.map((name) => join(binaries, name)).filter((file) => !existsSync(file));
  for (const file of missing) writeFileSync(file, "");
  return missing;
}

function folderOf(from) {
  try {
    const entry = createRequire(from).resolve(PACKAGE);
    return entry.slice(0, entry.lastIndexOf(PACKAGE) + PACKAGE.length);
  } catch {
    return null;
  }
}

function dependsOnIt(project) {
  try {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
    return PACKAGE in dependencies || PACKAGE in devDependencies;
  } catch {
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const here = pathToFileURL(join(dirname(dirname(fileURLToPath(import.meta.url))), "package.json"));
  skipGpuDownload(here, process.env, process.env.INIT_CWD ?? process.cwd());
}
