// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import { beforeAll, describe, expect, it } from "vitest";
import { settingsFrom } from "../../config.ts";
import { loadProviders } from "../../service.ts";
import { renderDraft } from "../render-draft.ts";
import litellm from "./litellm.ts";

let providers: Awaited<ReturnType<typeof loadProviders>>;
beforeAll(async () => {
  providers = await loadProviders();
});

const settingsOf = (text: string, environment: Record<string, string> = {}) =>
  settingsFrom(text, null, {}, environment, null, providers);

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
  const draft = () => litellm.draft(LITELLM);
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
    const { notes, sections } = litellm.draft(`
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
      "routes.default",
    ]);
    expect(sections.candidates).toContainEqual({ id: "gpt-4", upstream: "openai", model: "gpt-4o" });
    expect(sections.routes).toMatchObject({ default: { candidates: ["gpt-4o"], fallbacks: ["gpt-4o"] } });
    expect(sections.gateway).toMatchObject({ fallBackOnContentPolicy: true });
    expect(sections.candidates).toContainEqual(
      expect.objectContaining({ id: "vectors", price: { inputUsdPerMTok: 0.13, outputUsdPerMTok: 0 } }),
    );
  });

  it("speaks to a bare name, a way of the vendor and a known address as LiteLLM does", () => {
    const { sections } = litellm.draft(`
model_list:
  - { model_name: flash, litellm_params: { model: gemini-2.5-flash, vertex_project: p, vertex_location: europe-west4 } }
  - { model_name: haiku, litellm_params: { model: claude-haiku-4-5 } }
  - { model_name: o3, litellm_params: { model: azure/responses/o3, api_base: os.environ/AZURE_BASE, api_key: os.environ/AZURE_KEY } }
  - { model_name: five, litellm_params: { model: openai/responses/gpt-5 } }
  - { model_name: nova, litellm_params: { model: bedrock/converse/us-west-2/amazon.nova-pro-v1:0 } }
  - { model_name: glm, litellm_params: { model: zai/glm-4.6 } }
  - { model_name: own, litellm_params: { model: hosted_vllm/qwen, api_base: "http://v:8000/v1", api_key: none } }
`);
    const upstreams = sections.upstreams as Record<string, Record<string, unknown>>;
    const told = (sections.candidates as { id: string; upstream: string; model: string }[]).map(
      ({ id, upstream, model }) => [id, upstreams[upstream]!.provider, model],
    );
    expect(told).toEqual([
      ["flash", "vertex", "gemini-2.5-flash"],
      ["haiku", "anthropic", "claude-haiku-4-5"],
      ["o3", "azure-openai", "o3"],
      ["five", "openai-responses", "gpt-5"],
      ["nova", "bedrock", "amazon.nova-pro-v1:0"],
      ["glm", "openai-compatible", "glm-4.6"],
      ["own", "vllm", "qwen"],
    ]);
    expect(upstreams.bedrock!.options).toMatchObject({ region: "us-west-2", accessKeyId: "${AWS_ACCESS_KEY_ID}" });
    expect(upstreams.zai).toMatchObject({ baseUrl: "https://api.z.ai/api/paas/v4", apiKey: "${ZAI_API_KEY:-}" });
    expect(upstreams.vllm!.apiKey).toBe("${VLLM_API_KEY:-}");
  });

  it("lets models that vendors are known for stand in where the file has wildcards alone, and says so", () => {
    const { sections, notes } = litellm.draft(`
model_list: [{ model_name: "openai/*", litellm_params: { model: "openai/*", api_key: os.environ/OPENAI_API_KEY } }]
`);
    expect(sections.routes).toMatchObject({ default: { candidates: ["openai/gpt-4.1", "openai/gpt-4.1-mini"] } });
    expect(notes.map(({ place }) => place)).toEqual(["model_list.0.model_name", "routes.default"]);
  });

  it("says once what many entries leave behind, and which fallbacks are none", () => {
    const entry = (name: string) =>
      `{ model_name: ${name}, litellm_params: { model: openai/${name} }, model_info: { costFactor: 1 } }`;
    const { notes } = litellm.draft(`
model_list: [${["gpt-4o", "gpt-4o-mini", "gpt-4.1"].map(entry).join(", ")}]
router_settings: { fallbacks: [{ gpt-4o: [gone, gpt-4.1] }] }
general_settings: { database_url: null }
`);
    expect(notes).toContainEqual({
      place: "model_list.*.model_info.costFactor",
      message: "is not carried over (3 entries)",
    });
    expect(notes).toContainEqual({ place: "fallbacks", message: "model_list names no gone: left out" });
    expect(notes).toHaveLength(3);
  });

  it("takes limits of an entry itself, prices of caches and abilities, and half a price for none", () => {
    const { sections, notes } = litellm.draft(`
model_list:
  - { model_name: a, rpm: 3, tpm: 20000, litellm_params: { model: openai/a, input_cost_per_token: 1e-6 } }
  - model_name: b
    litellm_params: { model: openai/b }
    model_info: { input_cost_per_token: 1e-6, output_cost_per_token: 2e-6, cache_read_input_token_cost: 1e-7, supports_vision: true }
`);
    expect(sections.limits).toEqual([{ scope: "model", subject: "a", rpm: 3, tpm: 20_000 }]);
    expect(sections.candidates).toEqual([
      { id: "a", upstream: "openai", model: "a" },
      {
        id: "b",
        upstream: "openai",
        model: "b",
        price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2, cacheReadUsdPerMTok: 0.1 },
        abilities: { vision: true },
      },
    ]);
    expect(notes).toEqual([{ place: "model_list.0", message: expect.stringContaining("both input and output") }]);
  });

  it("says of a file whose models no provider serves which and why", () => {
    const text = "model_list: [{ model_name: g, litellm_params: { model: watsonx/granite } }]";
    expect(() => litellm.draft(text)).toThrow(/no model of model_list is left: .*watsonx\/granite/);
  });

  it.each(["[]", "model_list: []", "{", "just text"])("refuses what is no such configuration: %s", (text) => {
    expect(() => litellm.draft(text)).toThrow(/not a LiteLLM configuration/);
  });
});
