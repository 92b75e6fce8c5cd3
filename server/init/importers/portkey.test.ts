// biome-ignore-all lint/suspicious/noThenProperty: `then` is a field of Portkey's conditions
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import { beforeAll, describe, expect, it } from "vitest";
import { settingsFrom } from "../../config.ts";
import { loadProviders } from "../../service.ts";
import { renderDraft } from "../render-draft.ts";
import portkey from "./portkey.ts";

let providers: Awaited<ReturnType<typeof loadProviders>>;
beforeAll(async () => {
  providers = await loadProviders();
});

const settingsOf = (text: string, environment: Record<string, string> = {}) =>
  settingsFrom(text, null, {}, environment, null, providers);

describe("weir init --from portkey", () => {
  it("turns nested targets into a route with fallbacks and a pool for the balanced ones", () => {
    const draft = portkey.draft(
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
  const { notes, sections } = portkey.draft(
    JSON.stringify({ virtual_key: "azure-openai-eu-12", override_params: { model: "gpt-4o" } }),
  );
  expect(sections.upstreams).toMatchObject({ "azure-openai-eu-12": { provider: "azure-openai" } });
  expect(notes[0]).toEqual({ place: "virtual_key", message: expect.stringContaining("taken for azure-openai") });
});

const draftOf = (config: unknown) => portkey.draft(JSON.stringify(config));

it("reads models of the catalogue, by slugs that tell the vendor and slugs that do not", () => {
  const target = (model: string) => ({ override_params: { model } });
  const { sections, notes } = draftOf({
    strategy: { mode: "fallback", on_status_codes: [429] },
    targets: [
      target("@groq-one/openai/gpt-oss-120b"),
      target("@house/claude-sonnet-4-5"),
      { provider: "@openai-prod" },
    ],
  });
  expect(sections.upstreams).toMatchObject({
    "groq-one": { provider: "groq", apiKey: "${GROQ_ONE_API_KEY:-}" },
    house: { provider: "anthropic" },
    "openai-prod": { provider: "openai" },
  });
  expect(sections.routes).toMatchObject({
    default: { candidates: ["groq-one/openai/gpt-oss-120b", "house/claude-sonnet-4-5", "openai-prod/gpt-4o"] },
  });
  expect(notes.map(({ place }) => place)).toContain("strategy.on_status_codes");
  expect(Object.keys(settingsOf(renderDraft({ sections, notes })).upstreams)).toHaveLength(3);
});

it("turns conditions into rules, the default target into the incumbent, and notes what no rule can say", () => {
  const { sections, notes } = draftOf({
    strategy: {
      mode: "conditional",
      conditions: [
        { query: { "metadata.user_plan": { $eq: "paid" } }, then: "strong" },
        { query: { "metadata.age": { $gt: 3 } }, then: "strong" },
      ],
      default: "weak",
    },
    targets: [
      { name: "strong", virtual_key: "openai-1", override_params: { model: "gpt-4o" } },
      { name: "weak", virtual_key: "openai-1", override_params: { model: "gpt-4o-mini", temperature: 0 } },
    ],
  });
  expect(sections.routes).toMatchObject({
    default: {
      incumbent: "openai-1/gpt-4o-mini",
      rules: [{ when: { "metadata.user_plan": "paid" }, use: "openai-1/gpt-4o" }],
    },
  });
  expect(notes.map(({ place }) => place)).toEqual(
    expect.arrayContaining(["strategy", "strategy.conditions.1", "targets.1.override_params.temperature"]),
  );
  expect(settingsOf(renderDraft({ sections, notes })).routes.default?.rules).toHaveLength(1);
});

it("reads camel case, addresses of clouds, weights of nought and limits of targets", () => {
  const { sections, notes } = draftOf({
    strategy: { mode: "loadbalance" },
    targets: [
      { provider: "azure-openai", apiKey: "k", resourceName: "eu", deploymentId: "gpt-4o", apiVersion: "2024-06-01" },
      {
        provider: "bedrock",
        awsSecretAccessKey: "S",
        awsRegion: "us-east-1",
        overrideParams: { model: "amazon.nova" },
      },
      { provider: "openai", customHost: "http://10.0.0.5:8000/v1", weight: 0, overrideParams: { model: "llama" } },
      { provider: "anyscale", requestTimeout: 9_000, overrideParams: { model: "mistral-7b" } },
    ],
  });
  expect(sections.upstreams).toMatchObject({
    "azure-openai": { baseUrl: "https://eu.openai.azure.com", options: { apiVersion: "2024-06-01" } },
    bedrock: { options: { region: "us-east-1", secretAccessKey: "${AWS_SECRET_ACCESS_KEY}" } },
    "openai-compatible": { baseUrl: "http://10.0.0.5:8000/v1" },
  });
  expect(sections.pools).toMatchObject({
    balanced: { members: [{ use: "azure-openai/gpt-4o" }, { use: "bedrock/amazon.nova" }] },
  });
  expect(sections.gateway).toEqual({ requestTimeoutMs: 9_000 });
  expect(notes.map(({ place }) => place)).toEqual(
    expect.arrayContaining(["targets.0.api_key", "targets.2.weight", "targets.3.provider", "gateway"]),
  );
  const environment = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s" };
  expect(settingsOf(renderDraft({ sections, notes }), environment).mode).toBe("configured");
});

it.each([
  ["the name of a config", '"pc-abc123"', /the name of one/],
  ["no target", "{}", /names no provider/],
  ["a provider that nobody speaks to", '{"provider":"anyscale"}', /"anyscale": no provider of ours/],
])("refuses %s", (_, text, message) => {
  expect(() => portkey.draft(text)).toThrow(message);
});
