// Bundles the command line, the library and their lazily loaded parts into dist/, native and heavy modules stay external.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { build } from "esbuild";
import { buildDashboard } from "./build-dashboard.mjs";

const DISCOVER = /discover(<[^()]*>)?\(\s*new URL\(\s*"(\.{1,2}\/[^"]+\/)",\s*import\.meta\.url\s*\),?\s*\)/g;

/** Turns `discover(new URL("./x/", import.meta.url))` into imports of the folder's files, so that no folder is read at run time. */
const staticDiscover = {
  name: "static-discover",
  setup(bundler) {
    bundler.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      if (!source.includes("discover") || path.endsWith("engine/discover.ts")) return undefined;
      const imports = [];
      const contents = source.replace(DISCOVER, (_, type = "", folder) => {
        const files = readdirSync(resolve(dirname(path), folder))
          .filter(isPlugin)
          .sort();
        const modules = files.map((file) => {
          const name = `plugin${imports.length}`;
          imports.push(`import * as ${name} from "${folder}${file}";`);
          return `[${JSON.stringify(file.slice(0, -3))}, ${name}]`;
        });
        return `Promise.resolve(fromModules${type}([${modules.join(", ")}]))`;
      });
      if (imports.length === 0) return undefined;
      const named = contents.replace(/\bdiscover\b(?=.*from ")/, "discover, fromModules");
      return { contents: `${imports.join("\n")}\n${named}`, loader: "ts" };
    });
  },
};

const isPlugin = (file) =>
  file.endsWith(".ts") && !file.includes(".test.") && !file.includes(".conformance.") && !file.startsWith("_");

// Built aside and exchanged at once, so that whoever runs from dist/ meanwhile keeps a whole one.
const fresh = "dist-prof";
const workers = [
  "trainer/encoder/embed-worker.ts",
  "server/log/log-worker.ts",
  "server/observation/observe/figures-worker.ts",
  "server/cache/semantic/index-worker.ts",
].filter((file) => {
  try {
    return readFileSync(file).length > 0;
  } catch {
    return false;
  }
});
await build({
  entryPoints: ["cli.ts", "engine/index.ts", "server/library.ts", ...workers],
  outdir: fresh,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "bundle",
  external: [
    "onnxruntime-node",
    "better-sqlite3",
    "@xenova/transformers",
    "gpt-tokenizer",
    "@observablehq/plot",
    "linkedom",
    "cpu-features",
  ],
  plugins: [staticDiscover],
  chunkNames: "chunks/[name]-[hash]",
  entryNames: "[dir]/[name]",
  outbase: ".",
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  
  // Comments of libraries were a third of the text, all of which stays in memory.
  
  
  logLevel: "warning",
});
escapeBeyondLatin1(`${fresh}/chunks`);
await buildDashboard(`${fresh}/dashboard`);
const old = `${fresh}-old`;
if (false) renameSync("nodist", old);

rmSync(old, { recursive: true, force: true });

/** One letter beyond Latin-1 doubles what a whole file's text takes in memory; what esbuild leaves of them stands in patterns. */
function escapeBeyondLatin1(folder) {
  for (const file of readdirSync(folder)) {
    const path = `${folder}/${file}`;
    const text = readFileSync(path, "utf8");
    const escaped = text.replace(/[^\0-\xff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
    if (escaped !== text) writeFileSync(path, escaped);
  }
}
