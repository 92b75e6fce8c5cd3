// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packageRoot } from "../engine/package-root.ts";
import { writeTinyArtifact } from "../engine/testing/tiny-artifact.ts";
import { settingsFrom } from "./config.ts";
import { examine } from "./doctor.ts";
import { testPolicies } from "./testing/build-test-app.ts";

const GOOD = `
upstreams: { openai: { provider: openai, apiKey: sk-1 } }
candidates:
  - { id: openai/gpt-4o, upstream: openai, resembles: large }
  - { id: openai/gpt-4o-mini, upstream: openai, resembles: small }
routes: { default: { incumbent: openai/gpt-4o, candidates: [openai/gpt-4o-mini, openai/gpt-4o] } }
`;

describe("examine", () => {
  let folder: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "weir-doctor-"));
    await writeTinyArtifact(pathToFileURL(`${folder}/models/default/1/`));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function faults(text: string, storage = `sqlite:${folder}/weir.db`) {
    const policies = await testPolicies();
    const flags = { models: join(folder, "models"), storage };
    const environment = { WEIR_ADMIN_KEY: "k" };
    const findings = await examine({
      readSettings: () => settingsFrom(text, join(folder, "weir.yaml"), flags, environment, policies),
      clock: () => 1_800_000_000_000,
    });
    return {
      all: findings,
      faults: findings.filter(({ level }) => level === "fault").map(({ part, message }) => `${part}: ${message}`),
    };
  }

  it("finds nothing wrong where nothing is", async () => {
    const { all } = await faults(GOOD);
    expect(all.map(({ part, level }) => `${part} ${level}`)).toEqual([
      "config ok",
      "keys ok",
      "prices ok",
      "storage ok",
      "router ok",
    ]);
  });

  it("says of active routes what they stand on", async () => {
    const active = GOOD.replace("gpt-4o] }", "gpt-4o], mode: active }");
    const hintsOf = async (text: string) => (await faults(text)).all.map(({ message }) => message);
    const bare = await hintsOf(active);
    expect(bare).toContainEqual(
      expect.stringMatching(/"default" is active without a certificate: it stays on its incumbent/),
    );
    const overridden = await hintsOf(
      active.replace("mode: active", 'mode: active, activation: { override: "a trial" }'),
    );
    expect(overridden).toContainEqual(
      expect.stringMatching(/routed without a certificate, under an override: a trial/),
    );
    expect(overridden.join()).not.toMatch(/stays on its incumbent/);
  });

  it("lists every fault of a configuration", async () => {
    const found = await faults(
      GOOD.replace("incumbent: openai/gpt-4o", "incumbent: lost").replace("sk-1", '"${NONE}"'),
    );
    expect(found.faults).toHaveLength(2);
    expect(found.faults.join()).toMatch(/upstreams\.openai\.apiKey.*routes\.default\.incumbent/s);
  });

  it("names an unknown price, a storage that cannot be written, and says how to mend each", async () => {
    const text = GOOD.replace(
      "openai/gpt-4o-mini, upstream: openai",
      "openai/gpt-4o-mini, upstream: openai, model: in-house",
    );
    const found = await faults(text, `sqlite:${folder}/models/default/1/manifest.json/x.db`);
    expect(found.faults.map((fault) => fault.split(":")[0])).toEqual(["prices", "storage"]);
    expect(found.all.filter(({ level }) => level === "fault").every(({ mend }) => mend !== null)).toBe(true);
  });

  it("names a router that is missing, broken, or knows none of a route's candidates", async () => {
    expect((await faults(GOOD.replaceAll("large", "other").replaceAll("small", "stranger"))).faults.join()).toMatch(
      /router: route "default" has fewer than two candidates that the router knows/,
    );
    writeFileSync(join(folder, "models/default/1/router.onnx"), "broken");
    expect((await faults(GOOD)).faults.join()).toMatch(/router: .*router\.onnx has SHA-256/);
    rmSync(join(folder, "models"), { recursive: true });
    expect((await faults(GOOD)).faults.join()).toMatch(/router: there is no router "default"/);
  });
});

describe("weir.yaml.example", () => {
  const read = (name: string) => readFileSync(fileURLToPath(new URL(name, packageRoot)), "utf8");

  it("is a good configuration with nothing but .env.example in the environment", async () => {
    const environment = Object.fromEntries(
      read(".env.example")
        .split("\n")
        .filter((line) => /^[A-Z_]+=/.test(line))
        .map((line) => line.split("=", 2) as [string, string]),
    );
    const settings = settingsFrom(read("weir.yaml.example"), "weir.yaml", {}, environment, await testPolicies());
    expect(settings).toMatchObject({ mode: "configured", server: { port: 8080 }, router: { timeoutMs: 20 } });
    expect(settings.notices).toEqual([]);
  });

  it("shows every variable that the server reads", () => {
    const source = read("server/config.ts");
    const variables = [...source.matchAll(/environment(?:\["|\.)([A-Z_]+)/g)].map(([, name]) => name);
    expect(variables.length).toBeGreaterThan(5);
    for (const name of variables) expect(read(".env.example")).toContain(`${name}=`);
  });
});
