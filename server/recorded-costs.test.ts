import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../engine/package-root.ts";
import type { Candidate } from "../engine/schema/candidate.ts";
import { buildCatalogue } from "./catalogue.ts";
import type { Usage } from "./chat.ts";
import { CandidateConfig, UpstreamConfig } from "./config-schema.ts";
import { costOfUsage, createUsageMeter } from "./gateway/usage-meter.ts";
import type { Provider } from "./provider.ts";
import { loadProviders } from "./service.ts";

const wire = fileURLToPath(new URL("../shared/wire/", packageRoot));
const AT = new Date("2026-01-15T12:00:00Z");

/** What an answer was recorded as: whole, or a stream in the vendor's own framing. */
type Kind = "json" | "stream";

/** Recorded answers of each vendor with the cost of their usage at list price in nano-USD, worked out by hand. */
const RECORDED: readonly (readonly [
  provider: string,
  file: string,
  kind: Kind,
  model: string,
  hand: number,
  how: string,
])[] = [
  ["anthropic", "anthropic/anthropic-text", "json", "claude-sonnet-4-5", 471_000, "12 x 3 + 29 x 15"],
  ["anthropic", "anthropic/anthropic-text", "stream", "claude-sonnet-4-5", 486_000, "12 x 3 + 30 x 15"],
  ["anthropic", "anthropic/anthropic-json-tool.1", "json", "claude-haiku-4-5", 1_586_000, "1151 x 1 + 87 x 5"],
  ["anthropic", "anthropic/anthropic-tool-no-args", "json", "claude-3-opus-20240229", 16_005_000, "602 x 15 + 93 x 75"],
  ["openai", "openai-chat/openai-text", "json", "gpt-4.1-nano", 146_800, "16 x 0.1 + 363 x 0.4"],
  ["openai", "openai-chat/openai-text", "stream", "gpt-4.1-nano", 121_600, "16 x 0.1 + 300 x 0.4"],
  ["deepseek", "deepseek-chat/deepseek-reasoning", "json", "deepseek-reasoner", 765_450, "18 x 0.55 + 345 x 2.19"],
  [
    "deepseek",
    "deepseek-chat/deepseek-tool-call",
    "json",
    "deepseek-reasoner",
    256_730,
    "19 x 0.55 + 320 x 0.14 + 92 x 2.19",
  ],
  [
    "deepseek",
    "deepseek-chat/deepseek-tool-call",
    "stream",
    "deepseek-reasoner",
    237_020,
    "19 x 0.55 + 320 x 0.14 + 83 x 2.19",
  ],
  ["google", "google/google-text", "json", "gemini-3-pro-preview", 3_282_000, "9 x 2 + (28 + 244) x 12"],
  ["google", "google/google-text", "stream", "gemini-3-pro-preview", 2_514_000, "9 x 2 + (23 + 185) x 12"],
  ["google", "google/google-reasoning", "json", "gemini-3-pro-preview", 3_750_000, "9 x 2 + (29 + 282) x 12"],
  ["groq", "groq/groq-text", "json", "llama-3.3-70b-versatile", 506_080, "45 x 0.59 + 607 x 0.79"],
  ["groq", "groq/groq-tool-call", "json", "llama-3.3-70b-versatile", 140_470, "218 x 0.59 + 15 x 0.79"],
  ["groq", "groq/groq-tool-call", "stream", "llama-3.3-70b-versatile", 135_750, "210 x 0.59 + 15 x 0.79"],
  ["mistral", "mistral/mistral-text", "json", "mistral-small-latest", 131_500, "13 x 0.1 + 434 x 0.3"],
  ["mistral", "mistral/mistral-text", "stream", "mistral-small-latest", 3_700, "13 x 0.1 + 8 x 0.3"],
  // Of the 507 tokens that Cohere read it bills 12.
  ["cohere", "cohere/cohere-text", "json", "command-r-plus", 100_000, "12 x 2.5 + 7 x 10"],
  [
    "bedrock",
    "amazon-bedrock/amazon-bedrock-tool-call.1",
    "json",
    "anthropic.claude-3-5-sonnet-20241022-v2:0",
    330_000,
    "10 x 3 + 20 x 15",
  ],
  // The vendor itself says cost_in_usd_ticks 1176500 and 1641500 (10^-10 USD).
  ["xai", "xai/xai-text", "json", "grok-3-mini", 117_650, "10 x 0.3 + 2 x 0.075 + (1 + 228) x 0.5"],
  ["xai", "openai-compatible-chat/xai-text", "json", "grok-3-mini", 164_150, "10 x 0.3 + 2 x 0.075 + (2 + 320) x 0.5"],
];

function candidateAt(provider: string, model: string, at = AT): Candidate {
  const upstreams = { up: UpstreamConfig.parse({ provider }) };
  return buildCatalogue({ upstreams, candidates: [{ id: `up/${model}`, upstream: "up" }], routes: {}, pools: {} }, at)
    .candidates[0]!;
}

function usageIn(provider: Provider, file: string, kind: Kind): Usage | null {
  if (kind === "json") return provider.decode(JSON.parse(readFileSync(`${wire}${file}.json`, "utf8"))).usage;
  const decoder = provider.decodeStream();
  const meter = createUsageMeter(() => 0);
  for (const line of readFileSync(`${wire}${file}.chunks.txt`, "utf8").split("\n")) {
    if (line.trim() !== "") meter.observe(decoder.push(Buffer.from(framed(line))));
  }
  if (provider.format === "openai-chat") meter.observe(decoder.push(Buffer.from("data: [DONE]\n\n")));
  meter.observe(decoder.end());
  return meter.usage();
}

function framed(line: string): string {
  const { type } = JSON.parse(line) as { type?: string };
  return `${type === undefined ? "" : `event: ${type}\n`}data: ${line}\n\n`;
}

describe.skipIf(!existsSync(wire))("the cost of recorded answers (skipped: no folder ../shared/wire)", async () => {
  const providers = await loadProviders();
  it.each(RECORDED)("%s %s (%s) as %s costs %i nano-USD: %s USD/M", (name, file, kind, model, hand) => {
    const usage = usageIn(providers.get(name)!, file, kind)!;
    expect(usage.estimated).toBe(false);
    expect(costOfUsage(usage, candidateAt(name, model))).toBe(hand);
  });
});

describe("prices", () => {
  it("follow the hours and dates that the list gives them", () => {
    const at = (time: string) =>
      candidateAt("deepseek", "deepseek-reasoner", new Date(time)).price?.inputMicroUsdPerMTok;
    // DeepSeek's discount from 16:30 to 00:30 UTC, as the list has it.
    expect([at("2026-01-15T12:00:00Z"), at("2026-01-15T20:00:00Z")]).toEqual([550_000, 135_000]);
  });

  it("of the configuration hold from their dates on", () => {
    const prices = [
      { inputUsdPerMTok: 2, outputUsdPerMTok: 8, from: "2026-02-01" },
      {
        inputUsdPerMTok: 3,
        outputUsdPerMTok: 9,
        tiers: [{ overInputTokens: 1_000, inputUsdPerMTok: 6 }],
        serviceTiers: { flex: 0.25 },
      },
    ];
    const upstreams = { up: UpstreamConfig.parse({ provider: "openai-compatible", baseUrl: "http://x/v1" }) };
    const at = (time: string) => {
      const candidates = [CandidateConfig.parse({ id: "up/m", upstream: "up", price: prices })];
      return buildCatalogue({ upstreams, candidates, routes: {}, pools: {} }, new Date(time)).candidates[0]!;
    };
    const usage = { ...NO_USAGE, inputUncached: 2_000, output: 100 };
    // 2000 x 6 + 100 x 9, a quarter of it, and 2000 x 2 + 100 x 8 from February on.
    expect(costOfUsage(usage, at("2026-01-31T23:59:59Z"))).toBe(12_900_000);
    expect(costOfUsage({ ...usage, serviceTier: "flex" }, at("2026-01-31T00:00:00Z"))).toBe(3_225_000);
    expect(costOfUsage(usage, at("2026-02-01T00:00:00Z"))).toBe(4_800_000);
    expect(costOfUsage({ ...usage, serviceTier: "priority" }, at("2026-02-01T00:00:00Z"))).toBeNull();
  });

  it("of an hour's cache writes are there for every Claude model", () => {
    const { price } = candidateAt("bedrock", "anthropic.claude-3-5-sonnet-20241022-v2:0");
    expect(
      costOfUsage({ ...NO_USAGE, cacheWrite1h: 1_000 }, { ...candidateAt("anthropic", "claude-sonnet-4-5"), price }),
    ).toBe(6_000_000);
  });
});

const NO_USAGE: Usage = {
  inputUncached: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  estimated: false,
};

describe("what is billed beside plain tokens", () => {
  const SEARCHED = { ...NO_USAGE, inputUncached: 1_000, output: 100 };

  it("is the vendor's own searches, at the list's price of each, whatever the service tier", async () => {
    const providers = await loadProviders();
    const claude = providers.get("anthropic")!.decode({
      type: "message",
      content: [{ type: "text", text: "hi" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 1_000, output_tokens: 100, server_tool_use: { web_search_requests: 3 } },
    }).usage!;
    // 1000 x 3 + 100 x 15 USD/M, and three searches at 10 USD a thousand.
    expect(costOfUsage(claude, candidateAt("anthropic", "claude-sonnet-4-5"))).toBe(4_500_000 + 30_000_000);
    const call = (type: string, action?: object) => ({ type, id: "ws", status: "completed", action });
    const gpt = providers.get("openai-responses")!.decode({
      id: "r",
      model: "gpt-4o",
      status: "completed",
      service_tier: "flex",
      output: [
        call("web_search_call", { type: "search", query: "weir" }),
        call("web_search_call", { type: "open_page", url: "https://e.org" }),
        call("web_search_call"),
        call("file_search_call"),
        { type: "message", content: [{ type: "output_text", text: "hi" }] },
      ],
      usage: { input_tokens: 1_000, output_tokens: 100 },
    }).usage!;
    // Half of 1000 x 2.5 + 100 x 10 USD/M, two searches of the web at 10 and one of files at 2.5 USD a thousand.
    expect(costOfUsage(gpt, candidateAt("openai", "gpt-4o"))).toBe(1_750_000 + 20_000_000 + 2_500_000);
  });

  it("is not known where the price of a search is not", () => {
    const price = { inputUsdPerMTok: 1, outputUsdPerMTok: 1 };
    const at = (more: object) => {
      const upstreams = { up: UpstreamConfig.parse({ provider: "openai" }) };
      const candidates = [CandidateConfig.parse({ id: "up/m", upstream: "up", price: { ...price, ...more } })];
      return buildCatalogue({ upstreams, candidates, routes: {}, pools: {} }, AT).candidates[0]!;
    };
    expect(costOfUsage(SEARCHED, at({}))).toBe(1_100_000);
    expect(costOfUsage({ ...SEARCHED, webSearches: 1 }, at({}))).toBeNull();
    expect(costOfUsage({ ...SEARCHED, webSearches: 2 }, at({ usdPerWebSearch: 0.01 }))).toBe(21_100_000);
    expect(costOfUsage({ ...SEARCHED, fileSearches: 1 }, at({ usdPerWebSearch: 0.01 }))).toBeNull();
  });

  it("is the images of an answer, at their own price", async () => {
    const google = (await loadProviders()).get("google")!.decode({
      candidates: [{ content: { parts: [{ text: "here" }] }, finishReason: "STOP" }],
      usageMetadata: {
        promptTokenCount: 10,
        candidatesTokenCount: 1_300,
        candidatesTokensDetails: [
          { modality: "IMAGE", tokenCount: 1_290 },
          { modality: "TEXT", tokenCount: 10 },
        ],
      },
    }).usage!;
    // 10 x 0.3 + 10 x 2.5 + 1290 x 30 USD/M; as text the image would have cost a twelfth.
    expect(costOfUsage(google, candidateAt("google", "gemini-2.5-flash-image"))).toBe(3_000 + 25_000 + 38_700_000);
  });
});
