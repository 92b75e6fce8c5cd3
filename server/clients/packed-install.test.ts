import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../engine/package-root.ts";

const run = promisify(execFile);
const root = fileURLToPath(packageRoot);

/** What a user writes: types and values of the package and nothing else of it. */
const PROGRAM = `
import { createWeir, WeirError, type RouteDecision, type Weir, type WeirConfig } from "weir";

const config: WeirConfig = {
  upstreams: { openai: { provider: "openai", apiKey: "sk-none" } },
  candidates: [{ id: "openai/gpt-4o-mini", upstream: "openai" }, { id: "openai/gpt-4o", upstream: "openai" }],
  routes: { default: { incumbent: "openai/gpt-4o", candidates: ["openai/gpt-4o-mini", "openai/gpt-4o"], mode: "active", activation: { override: "test" } } },
};
const weir: Weir = await createWeir(config);
const decision: RouteDecision = await weir.route({ prompt: "What is 2 + 2?", quality: 0.5 });
const response: Response = await weir.fetch("https://api.openai.com/readyz");
const refused: unknown = await weir.route({ prompt: "" }).catch((error: unknown) => error);
console.log(JSON.stringify({
  model: decision.model,
  ready: response.status,
  refused: refused instanceof WeirError ? [refused.status, refused.code, refused.param] : String(refused),
}));
await weir.close();
`;

/** Asks the registry for every dependency again, so it runs where it is asked for: in .ci/run. */
const isWanted = process.env.WEIR_TEST_PACKED === "1";
if (!isWanted) console.warn("the packed package is not tested: WEIR_TEST_PACKED=1 does it");

let folder: string;
let registryFault: string | null = null;

beforeAll(async () => {
  if (!isWanted) return;
  folder = mkdtempSync(join(tmpdir(), "weir-packed-"));
  await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: root });
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  writeFileSync(join(project, "program.ts"), PROGRAM);
  // Plain, with every install script: none may need more than the registry (and a compiler, where there is no prebuilt SQLite).
  const install = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--no-progress"];
  try {
    const [tarball] = (await run("ls", [folder])).stdout.split("\n").filter((name) => name.endsWith(".tgz"));
    await run("npm", [...install, join(folder, tarball!)], { cwd: project, timeout: 880_000, env: plainEnvironment() });
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? error);
    const isLate = (error as { killed?: boolean }).killed === true;
    const isAway = /npm error code (?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED)/.test(said);
    if (!isLate && !isAway) throw error;
    registryFault = said.split("\n").find((line) => line.includes("npm error")) ?? said;
  }
}, 900_000);

/** Without what this checkout's .npmrc says to npm, which hands it on to its children. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter((name) => !/^npm_config_onnxruntime|^ONNXRUNTIME/i.test(name));
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

afterAll(() => {
  if (isWanted) rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!isWanted)("the packed package in an empty project", () => {
  it("gives a program createWeir, which decides, serves and refuses", async (context) => {
    if (registryFault !== null) context.skip(`no registry to install dependencies from: ${registryFault}`);
    const project = join(folder, "project");
    const { transform } = await import("esbuild");
    const { code } = await transform(PROGRAM, { loader: "ts", format: "esm" });
    writeFileSync(join(project, "program.js"), code);
    const { stdout } = await run(process.execPath, ["program.js"], { cwd: project });
    expect(JSON.parse(stdout)).toEqual({
      model: expect.stringMatching(/^openai\/gpt-4o/),
      ready: 200,
      refused: [400, "invalid_request", "prompt"],
    });
  });

  it("has types that a strict program compiles against, with no other package's types", async (context) => {
    if (registryFault !== null) context.skip(`no registry to install dependencies from: ${registryFault}`);
    const options = [
      "--noEmit",
      "--strict",
      "--exactOptionalPropertyTypes",
      "--target",
      "es2023",
      "--lib",
      "es2023,dom",
    ];
    const modules = ["--module", "nodenext", "--moduleResolution", "nodenext", "--types", ""];
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    await run(process.execPath, [tsc, ...options, ...modules, "program.ts"], { cwd: join(folder, "project") });
  });

  it("brings the weir command", async (context) => {
    if (registryFault !== null) context.skip(`no registry to install dependencies from: ${registryFault}`);
    const weir = join(folder, "project", "node_modules", ".bin", "weir");
    expect((await run(weir, ["--help"])).stdout).toContain("serve");
  });
});
