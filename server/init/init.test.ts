// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { discover } from "../../engine/discover.ts";
import { buildCatalogue } from "../catalogue.ts";
import { settingsFrom } from "../config.ts";
import { initCommand } from "../init-command.ts";
import { loadProviders } from "../service.ts";
import type { ConfigImporter } from "./config-importer.ts";
import { draftFromEnvironment } from "./from-environment.ts";
import { renderDraft } from "./render-draft.ts";
import { VENDORS } from "./vendors.ts";

const AT = new Date("2026-11-23T00:00:00Z");
let importers: ReadonlyMap<string, ConfigImporter>;
let providers: Awaited<ReturnType<typeof loadProviders>>;

beforeAll(async () => {
  importers = await discover<ConfigImporter>(new URL("./importers/", import.meta.url));
  providers = await loadProviders();
});

const settingsOf = (text: string, environment: Record<string, string> = {}) =>
  settingsFrom(text, null, {}, environment, null, providers);

describe("weir init from the environment", () => {
  it("names the keys that are set and copies none of them", () => {
    const environment = { OPENAI_API_KEY: "sk-secret-1", GEMINI_API_KEY: "secret-2" };
    const text = renderDraft(draftFromEnvironment(environment));
    expect(text).not.toContain("secret");
    const settings = settingsOf(text, environment);
    expect(Object.keys(settings.upstreams)).toEqual(["openai", "google"]);
    expect(settings.upstreams.google?.apiKey).toBe("secret-2");
    expect(settings.routes.default).toMatchObject({ incumbent: "openai/gpt-4.1", mode: "observe" });
  });

  it("lists models with known prices for every vendor that it knows", () => {
    const environment = Object.fromEntries(VENDORS.map(({ keys }) => [keys[0]!, "https://key.invalid"]));
    const draft = draftFromEnvironment({ ...environment, AZURE_OPENAI_ENDPOINT: "https://a.openai.azure.com" });
    const settings = settingsOf(renderDraft(draft), {
      ...environment,
      AZURE_OPENAI_ENDPOINT: "https://a.openai.azure.com",
    });
    expect(buildCatalogue(settings, AT).alerts).toEqual([]);
  });

  it("says which keys it looked for where none is set", () => {
    expect(draftFromEnvironment({ OPENAI_API_KEY: "" }).notes[0]?.message).toContain("OPENAI_API_KEY");
  });
});

const LITELLM = `
model_list:
  - model_name: gpt-4o
    litellm_params: { model: azure/gpt-4o-eu, api_base: "https://eu.openai.azure.com", api_key: os.environ/AZURE_EU, api_version: "2024-10-21", rpm: 600 }
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: sk-in-the-file, rpm: 200 }
  - model_name: claude
    litellm_params: { model: anthropic/claude-sonnet-4-5, api_key: os.environ/ANTHROPIC_API_KEY, temperature: 0.2 }
  - model_name: house/llama
    litellm_params: { model: openai/llama-3, api_base: "http://10.0.0.1:8000/v1", input_cost_per_token: 2e-7, output_cost_per_token: 6e-7 }
  - model_name: "groq/*"
    litellm_params: { model: "groq/*", api_key: os.environ/GROQ_API_KEY }
  - model_name: strange
    litellm_params: { model: watsonx/granite }
router_settings:
  routing_strategy: latency-based-routing
  num_retries: 4
  fallbacks: [{ gpt-4o: [claude] }]
litellm_settings: { request_timeout: 30, max_budget: 100, budget_duration: 30d, cache: true }
general_settings: { master_key: sk-1234 }
`;

describe("weir init --from litellm", () => {
  const draft = () => importers.get("litellm")!.draft(LITELLM);
  const settings = () =>
    settingsOf(renderDraft(draft()), {
      AZURE_EU: "k1",
      OPENAI_API_KEY: "k2",
      ANTHROPIC_API_KEY: "k3",
      GROQ_API_KEY: "k4",
    });

  it("keeps every name that clients use", () => {
    const { pools, candidates } = settings();
    expect(pools["gpt-4o"]).toEqual({
      select: "least-latency",
      members: [
        { use: "gpt-4o/1", weight: 600 },
        { use: "gpt-4o/2", weight: 200 },
      ],
    });
    expect(candidates.map(({ id }) => id)).toEqual(["gpt-4o/1", "gpt-4o/2", "claude", "house/llama"]);
  });

  it("speaks to each deployment's own endpoint with its own key", () => {
    const { upstreams, candidates } = settings();
    const upstreamOf = (id: string) => upstreams[candidates.find((one) => one.id === id)!.upstream];
    expect(upstreamOf("gpt-4o/1")).toMatchObject({
      provider: "azure-openai",
      apiKey: "k1",
      baseUrl: "https://eu.openai.azure.com",
      options: { apiVersion: "2024-10-21" },
    });
    expect(upstreamOf("house/llama")).toMatchObject({
      provider: "openai-compatible",
      baseUrl: "http://10.0.0.1:8000/v1",
    });
    expect(upstreams.groq).toMatchObject({ provider: "groq", apiKey: "k4" });
  });

  it("carries prices, limits, retries, timeout, budget and fallbacks over", () => {
    const { candidates, limits, gateway, budgets, routes } = settings();
    expect(candidates.find(({ id }) => id === "house/llama")?.price).toEqual({
      inputUsdPerMTok: 0.2,
      outputUsdPerMTok: 0.6,
    });
    expect(limits).toEqual([
      { scope: "model", subject: "gpt-4o/1", rpm: 600 },
      { scope: "model", subject: "gpt-4o/2", rpm: 200 },
    ]);
    expect(gateway).toMatchObject({ retries: 4, requestTimeoutMs: 30_000 });
    expect(budgets[0]).toMatchObject({ scope: "global", usd: 100, window: "30d" });
    expect(routes.default?.fallbacks).toEqual(["claude"]);
  });

  it("says what it leaves behind, and writes no key of the file", () => {
    const places = draft().notes.map(({ place }) => place);
    expect(places).toEqual(
      expect.arrayContaining([
        "model_list.2.litellm_params.temperature",
        "model_list.5.litellm_params.model",
        "general_settings.master_key",
        "litellm_settings.cache",
      ]),
    );
    expect(renderDraft(draft())).not.toMatch(/sk-in-the-file|sk-1234/);
  });

  it("loses no setting without a word, and takes no model for a route's that makes vectors", () => {
    const { notes, sections } = importers.get("litellm")!.draft(`
model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: sk-in-the-file }
    model_info: { base_model: gpt-4o, tier: paid }
  - model_name: vectors
    litellm_params: { model: openai/text-embedding-3-large, input_cost_per_token: 1.3e-7 }
    model_info: { mode: embedding }
litellm_settings: { callbacks: [otel], json_logs: true, content_policy_fallbacks: [{ gpt-4o: [gpt-4o] }] }
router_settings: { model_group_alias: { gpt-4: gpt-4o }, cooldown_time: 30 }
general_settings: { alerting: [slack] }
environment_variables: { A: b }
callback_settings: { x: y }
`);
    expect(notes.map(({ place }) => place).sort()).toEqual([
      "callback_settings",
      "environment_variables",
      "fallbacks",
      "general_settings.alerting",
      "litellm_settings.callbacks",
      "litellm_settings.json_logs",
      "model_list.0.litellm_params.api_key",
      "model_list.0.model_info.base_model",
      "model_list.0.model_info.tier",
      "router_settings.cooldown_time",
      "router_settings.model_group_alias",
    ]);
    expect(sections.routes).toMatchObject({ default: { candidates: ["gpt-4o"], fallbacks: ["gpt-4o"] } });
    expect(sections.gateway).toMatchObject({ fallBackOnContentPolicy: true });
    expect(sections.candidates).toContainEqual(
      expect.objectContaining({ id: "vectors", price: { inputUsdPerMTok: 0.13, outputUsdPerMTok: 0 } }),
    );
  });

  it.each(["[]", "model_list: []", "{", "just text"])("refuses what is no such configuration: %s", (text) => {
    expect(() => importers.get("litellm")!.draft(text)).toThrow(/not a LiteLLM configuration/);
  });
});

describe("weir init --from portkey", () => {
  it("turns nested targets into a route with fallbacks and a pool for the balanced ones", () => {
    const draft = importers.get("portkey")!.draft(
      JSON.stringify({
        strategy: { mode: "fallback" },
        retry: { attempts: 3 },
        request_timeout: 10_000,
        cache: { mode: "simple" },
        targets: [
          { provider: "@openai", api_key: "sk-x", override_params: { model: "gpt-4o" } },
          {
            strategy: { mode: "loadbalance" },
            targets: [
              { provider: "anthropic", weight: 0.7, override_params: { model: "claude-sonnet-4-5" } },
              {
                provider: "together-ai",
                weight: 0.3,
                override_params: { model: "meta-llama/Llama-3.3-70B-Instruct-Turbo" },
              },
            ],
          },
        ],
      }),
    );
    const text = renderDraft(draft);
    expect(text).not.toContain("sk-x");
    const { routes, pools, gateway } = settingsOf(text);
    expect(routes.default).toMatchObject({
      incumbent: "openai/gpt-4o",
      fallbacks: ["anthropic/claude-sonnet-4-5", "together/meta-llama/Llama-3.3-70B-Instruct-Turbo"],
    });
    expect(Object.values(pools)[0]?.members.map(({ weight }) => weight)).toEqual([0.7, 0.3]);
    expect(gateway).toMatchObject({ retries: 3, requestTimeoutMs: 10_000 });
    expect(draft.notes.map(({ place }) => place)).toEqual(expect.arrayContaining(["cache", "targets.0.api_key"]));
  });
});

it("takes a virtual key for the provider that its name begins with, and says so", () => {
  const { notes, sections } = importers
    .get("portkey")!
    .draft(JSON.stringify({ virtual_key: "azure-openai-eu-12", override_params: { model: "gpt-4o" } }));
  expect(sections.upstreams).toMatchObject({ "azure-openai-eu-12": { provider: "azure-openai" } });
  expect(notes).toEqual([{ place: "virtual_key", message: expect.stringContaining("taken for azure-openai") }]);
});

describe("the command", () => {
  it("writes a file that our own check accepts, and keeps one that is there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "weir-init-"));
    const source = join(folder, "config.yaml");
    const out = join(folder, "weir.yaml");
    writeFileSync(source, LITELLM);
    await initCommand(source, { from: "litellm", out });
    const written = readFileSync(out, "utf8");
    expect(written).toContain("To look at:");
    await expect(initCommand(source, { from: "litellm", out })).rejects.toThrow(/is there already; --force/);
    expect(readFileSync(out, "utf8")).toBe(written);
    await initCommand(source, { from: "litellm", out, force: true });
  });

  it("names the gateways it can read when it is given another", async () => {
    await expect(initCommand("x", { from: "kong", out: "-" })).rejects.toThrow(/known: litellm, portkey/);
  });
});
