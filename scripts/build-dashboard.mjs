// The dashboard's files by Vite; kept by the digest of their sources, so that building again takes no time.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

const SOURCES = ["server/dashboard", "server/usage", "engine/schema", "package-lock.json"];
const CACHE = "node_modules/.cache/weir-dashboard";

/** Writes the page into `folder`. */
export async function buildDashboard(folder) {
  const kept = join(CACHE, digestOf(SOURCES));
  if (!existsSync(kept)) {
    const fresh = `${kept}-${process.pid}`;
    mkdirSync(dirname(kept), { recursive: true });
    await buildInto(join(process.cwd(), fresh));
    rmSync(kept, { recursive: true, force: true });
    renameSync(fresh, kept);
    for (const old of readdirSync(CACHE)) {
      if (!kept.endsWith(old)) rmSync(join(CACHE, old), { recursive: true, force: true });
    }
  }
  cpSync(kept, folder, { recursive: true });
}

/** As it is shipped, whoever asks: a test runner's NODE_ENV would bundle React's development build, a third larger. */
async function buildInto(outDir) {
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = "production";
  try {
    const { build } = await import("vite");
    await build({ configFile: "server/dashboard/vite.config.ts", logLevel: "warn", build: { outDir } });
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  }
}

function digestOf(paths) {
  const hash = createHash("sha256").update("production");
  const add = (path) => {
    hash.update(path);
    hash.update(readFileSync(path));
  };
  for (const path of paths) {
    if (path.endsWith(".json")) add(path);
    else for (const file of filesIn(path)) add(file);
  }
  return hash.digest("hex").slice(0, 16);
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
}
