import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = dirname(fileURLToPath(import.meta.url));

/** Which folder may import which; tests may also reach their neighbours' fixtures. */
const ALLOWED: Record<string, readonly string[]> = {
  engine: ["engine"],
  datasets: ["datasets", "engine"],
  trainer: ["trainer", "engine", "datasets"],
  server: ["server", "engine"],
  bench: ["bench", "engine", "datasets", "trainer", "server"],
};

/** datasets reads only the engine's descriptions of rows and how tables are written, not its inference. */
const DATASETS_MAY_READ =
  /^engine\/(schema\/.*|errors|discover|rng|conversation|tokens|package-root|cost|terminal-table)\.ts$|^engine\/schema\//;
/** bench reaches the server only through its front door, its testing tools and its statistics, which are pure and the thing measured. */
const BENCH_MAY_READ_OF_SERVER =
  /^server\/(app|config|catalogue|testing\/.*|cache\/semantic\/.*|(observation|savings)\/(estimators|certify|simulation)\/.*)\.ts$/;

interface ImportLine {
  readonly from: string;
  readonly to: string;
}

const files = Object.keys(ALLOWED).flatMap((folder) => sourceFiles(join(root, folder)));
const imports = files.flatMap(importsOf);

describe("who may import whom", () => {
  it("finds the import lines that it is about to judge", () => {
    expect(imports.length).toBeGreaterThan(50);
  });

  it("keeps data flowing from left to right: datasets, trainer, engine, server", () => {
    const broken = imports.filter(({ from, to }) => !ALLOWED[folderOf(from)]!.includes(folderOf(to)));
    expect(broken).toEqual([]);
  });

  it("lets datasets see only the engine's row descriptions", () => {
    const broken = imports.filter(
      ({ from, to }) => folderOf(from) === "datasets" && folderOf(to) === "engine" && !DATASETS_MAY_READ.test(to),
    );
    expect(broken).toEqual([]);
  });

  it("lets bench reach the server only through buildApp and testing tools", () => {
    const broken = imports.filter(
      ({ from, to }) => folderOf(from) === "bench" && folderOf(to) === "server" && !BENCH_MAY_READ_OF_SERVER.test(to),
    );
    expect(broken).toEqual([]);
  });

  it("keeps contracts free of their implementations", () => {
    const contracts = ["policy", "scorer", "embedder", "estimator", "importer", "provider", "storage"];
    const broken = imports.filter(({ from, to }) =>
      contracts.some((name) => from.endsWith(`/${name}.ts`) && dirname(to).endsWith(`/${pluralOf(name)}`)),
    );
    expect(broken).toEqual([]);
  });

  it("has no import cycle", () => {
    expect(cycleIn(imports)).toBeNull();
  });

  it("reads the environment in one place only", () => {
    const readers = files.filter((file) => /process\.env\b/.test(readFileSync(join(root, file), "utf8")));
    expect(readers.filter((file) => !/^(server\/config\.ts|engine\/environment\.ts)$/.test(file))).toEqual([]);
  });

  it("draws no unseeded random number", () => {
    const users = files.filter((file) => /Math\.random\(/.test(readFileSync(join(root, file), "utf8")));
    expect(users).toEqual([]);
  });
});

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith(".ts") && !/\.(test|conformance|bench)\.ts$/.test(entry.name),
    )
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((file) => !/\/_?testing\//.test(file));
}

function importsOf(from: string): ImportLine[] {
  const source = readFileSync(join(root, from), "utf8");
  return [...source.matchAll(/(?:from|import\()\s*"(\.[^"]+\.ts)"/g)].map((match) => ({
    from,
    to: join(dirname(from), match[1]!).split(sep).join("/"),
  }));
}

function folderOf(file: string): string {
  return file.split("/")[0]!;
}

function pluralOf(name: string): string {
  return name === "policy" ? "policies" : `${name}s`;
}

/** Type-only imports vanish, so they make no cycle. */
function cycleIn(lines: readonly ImportLine[]): string[] | null {
  const edges = new Map<string, string[]>();
  for (const { from, to } of lines) {
    const source = readFileSync(join(root, from), "utf8");
    const name = to.split("/").at(-1)!.replace(".", "\\.");
    const typeOnly =
      new RegExp(`import type [^;]*${name}"`).test(source) && !new RegExp(`import \\{[^;]*${name}"`).test(source);
    if (!typeOnly) edges.set(from, [...(edges.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const path: string[] = [];
  function visit(file: string): string[] | null {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    path.push(file);
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next);
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(file);
    return null;
  }
  for (const file of edges.keys()) {
    const cycle = visit(file);
    if (cycle !== null) return cycle;
  }
  return null;
}
