// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packageRoot } from "../engine/package-root.ts";
import { writeTinyArtifact } from "../engine/testing/tiny-artifact.ts";
import { settingsFrom } from "./config.ts";
import { type DoctorDeps, examine } from "./doctor.ts";
import { listenFault } from "./doctor-command.ts";
import { loadProviders } from "./service.ts";
import { testPolicies } from "./testing/build-test-app.ts";

const NOW = 1_800_000_000_000;

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

  const quiet = { listenFault: async () => null, freeBytes: () => null, online: null };

  async function faults(text: string, storage = `sqlite:${folder}/weir.db`, deps: Partial<DoctorDeps> = {}) {
    const policies = await testPolicies();
    const flags = { models: join(folder, "models"), storage };
    const environment = { WEIR_ADMIN_KEY: "k" };
    const findings = await examine({
      readSettings: () => settingsFrom(text, join(folder, "weir.yaml"), flags, environment, policies),
      clock: () => NOW,
      ...quiet,
      ...deps,
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
      "port ok",
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
    expect(found.faults.map((fault) => fault.split(":")[0])).toEqual(["storage"]);
    expect(found.all).toContainEqual(expect.objectContaining({ part: "prices", level: "hint" }));
    const refused = await faults(`${text}gateway: { whenUnpriced: refuse }\n`);
    expect(refused.faults.map((fault) => fault.split(":")[0])).toEqual(["prices"]);
    for (const { level, mend } of [...found.all, ...refused.all]) if (level === "fault") expect(mend).not.toBeNull();
  });

  it("tells of a port that is taken or not ours to take, and of little room", async () => {
    const levelOf = async (part: string, deps: Partial<DoctorDeps>) =>
      (await faults(GOOD, undefined, deps)).all.find((one) => one.part === part);
    expect(await levelOf("port", { listenFault: async () => "EADDRINUSE" })).toMatchObject({ level: "hint" });
    expect(await levelOf("port", { listenFault: async () => "EACCES" })).toMatchObject({ level: "fault" });
    expect(await levelOf("storage", { freeBytes: () => 5 * 2 ** 20 })).toMatchObject({
      level: "hint",
      message: expect.stringContaining("only 5 MB are free"),
    });
  });

  it("names a router that is missing, broken, or knows none of a route's candidates", async () => {
    const strangers = GOOD.replaceAll("large", "other").replaceAll("small", "stranger");
    const few = /route "default" has fewer than two candidates that the router knows/;
    expect((await faults(strangers)).faults).toEqual([]);
    expect((await faults(strangers)).all).toContainEqual(
      expect.objectContaining({ level: "hint", message: expect.stringMatching(few) }),
    );
    const active = strangers.replace("gpt-4o] }", 'gpt-4o], mode: active, activation: { override: "a trial" } }');
    expect((await faults(active)).faults.join()).toMatch(few);
    writeFileSync(join(folder, "models/default/1/router.onnx"), "broken");
    expect((await faults(GOOD)).faults.join()).toMatch(/router: .*router\.onnx has SHA-256/);
    rmSync(join(folder, "models"), { recursive: true });
    expect((await faults(GOOD)).faults.join()).toMatch(/router: there is no router "default"/);
  });
});

describe("examine, asking upstreams", () => {
  const CONFIG = `
upstreams:
  openai: { provider: openai, apiKey: sk-wrong }
  anthropic: { provider: anthropic, apiKey: sk-2 }
  google: { provider: google, apiKey: k-3 }
  azure: { provider: azure-openai, apiKey: k-4, baseUrl: "https://eu.openai.azure.com" }
  local: { provider: openai-compatible, baseUrl: "http://127.0.0.1:1/v1" }
routes: { default: { incumbent: openai/gpt-4o, candidates: [openai/gpt-4o] } }
`;

  async function upstreamFindings(answer: (url: URL) => Response) {
    const [policies, providers] = await Promise.all([testPolicies(), loadProviders()]);
    const asked: string[] = [];
    const findings = await examine({
      readSettings: () => settingsFrom(CONFIG, "weir.yaml", { storage: "sqlite::memory:" }, {}, policies, providers),
      clock: () => NOW,
      listenFault: async () => null,
      freeBytes: () => null,
      online: {
        providers,
        clock: () => NOW,
        fetch: async (url, init) => {
          const key = Object.entries(init?.headers ?? {}).find(([name]) => /authorization|key/.test(name))?.[1];
          asked.push(`${String(url)} ${key}`);
          return answer(new URL(String(url)));
        },
      },
    });
    return { asked: asked.sort(), told: findings.filter(({ part }) => part === "upstream" || part === "clock") };
  }

  it("tells a wrong key, an upstream out of reach and one without a list, each with its key and once", async () => {
    const { asked, told } = await upstreamFindings(({ host }) => {
      if (host === "127.0.0.1:1") throw new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } });
      return new Response("{}", { status: host === "api.openai.com" ? 401 : host.startsWith("eu.") ? 404 : 200 });
    });
    expect(asked).toEqual([
      "http://127.0.0.1:1/v1/models undefined",
      "https://api.anthropic.com/v1/models sk-2",
      "https://api.openai.com/v1/models Bearer sk-wrong",
      "https://eu.openai.azure.com undefined",
      "https://generativelanguage.googleapis.com/v1beta/models k-3",
    ]);
    expect(told.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'fault "openai" refuses the key (401)',
      'ok "anthropic" takes the key',
      'ok "google" takes the key',
      'ok "azure" answers at https://eu.openai.azure.com; whether it takes the key a request will show',
      'fault "local" cannot be reached at http://127.0.0.1:1 (ECONNREFUSED)',
    ]);
  });

  it("tells a clock that is wrong", async () => {
    const date = new Date(NOW + 300_000).toUTCString();
    const { told } = await upstreamFindings(() => new Response("{}", { headers: { date } }));
    expect(told.filter(({ part }) => part === "clock")).toHaveLength(5);
    expect(told.find(({ part }) => part === "clock")?.message).toContain("300 s behind");
  });
});

it("finds out by listening whether a port is free", async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => void holder.listen(0, "127.0.0.1", resolve));
  const { port } = holder.address() as AddressInfo;
  expect(await listenFault("127.0.0.1", port)).toBe("EADDRINUSE");
  await new Promise((resolve) => void holder.close(resolve));
  expect(await listenFault("127.0.0.1", 0)).toBeNull();
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
