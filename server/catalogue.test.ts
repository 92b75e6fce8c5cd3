import { describe, expect, it } from "vitest";
import { buildCatalogue } from "./catalogue.ts";
import { settingsFrom } from "./config.ts";

const AT = new Date("2026-11-23T00:00:00Z");

function catalogueOf(yaml: string) {
  return buildCatalogue(settingsFrom(yaml, "weir.yaml", {}, {}), AT);
}

const UPSTREAMS = `
upstreams:
  openai: { provider: openai }
  local: { provider: openai-compatible, baseUrl: "http://127.0.0.1:11434/v1" }
`;

describe("buildCatalogue", () => {
  it("takes price and context from the price list", () => {
    const { candidates, alerts } = catalogueOf(`${UPSTREAMS}
routes: { default: { incumbent: openai/gpt-4o, candidates: [openai/gpt-4o] } }`);
    // OpenAI's list price of gpt-4o: 2.50 in, 1.25 cached, 10 out, USD per million tokens
    expect(candidates).toMatchObject([
      {
        candidateId: "openai/gpt-4o",
        upstreamId: "openai",
        model: "gpt-4o",
        price: {
          inputMicroUsdPerMTok: 2_500_000,
          outputMicroUsdPerMTok: 10_000_000,
          cacheReadMicroUsdPerMTok: 1_250_000,
        },
        contextTokens: 128_000,
        abilities: { tools: true, vision: true },
      },
    ]);
    expect(alerts).toEqual([]);
  });

  it("leaves an unknown price null and raises an alert, never 0", () => {
    const { candidates, alerts } = catalogueOf(`${UPSTREAMS}
candidates: [{ id: local/qwen, upstream: local }]
routes: { default: { incumbent: local/qwen, candidates: [local/qwen] } }`);
    expect(candidates[0]?.price).toBeNull();
    expect(alerts).toMatchObject([{ path: "candidates.local/qwen.price" }]);
  });

  it("lets weir.yaml win over the price list", () => {
    const { candidates } = catalogueOf(`${UPSTREAMS}
candidates:
  - id: fast
    upstream: openai
    model: gpt-4o-mini
    price: { inputUsdPerMTok: 0.0375, outputUsdPerMTok: 0.3, usdPerRequest: 0.001 }
    abilities: { vision: false }
    contextTokens: 1000
routes: { default: { incumbent: fast, candidates: [fast] } }`);
    expect(candidates[0]).toMatchObject({
      model: "gpt-4o-mini",
      price: { inputMicroUsdPerMTok: 37_500, outputMicroUsdPerMTok: 300_000, requestNanoUsd: 1_000_000 },
      contextTokens: 1000,
      abilities: { vision: false, tools: true },
    });
  });

  it("knows every model of the demo with a price", () => {
    const settings = settingsFrom(null, null, {}, {});
    expect(settings.mode).toBe("demo");
    expect(buildCatalogue(settings, AT).alerts).toEqual([]);
  });
});
