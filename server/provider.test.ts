import { describe, expect, it } from "vitest";
import { discover } from "../engine/discover.ts";
import { providerConformance } from "./provider.conformance.ts";
import type { Provider, WireFormat } from "./provider.ts";
import { anthropicSamples } from "./providers/_samples/anthropic-messages.ts";
import { converseSamples } from "./providers/_samples/bedrock-converse.ts";
import { cohereSamples } from "./providers/_samples/cohere-chat.ts";
import { geminiSamples } from "./providers/_samples/gemini.ts";
import { openAiChatSamples } from "./providers/_samples/openai-chat.ts";
import { responsesSamples } from "./providers/_samples/openai-responses.ts";
import type { WireSamples } from "./providers/_samples/samples.ts";

const SAMPLES: Readonly<Partial<Record<WireFormat, WireSamples>>> = {
  "openai-chat": openAiChatSamples,
  "openai-responses": responsesSamples,
  "anthropic-messages": anthropicSamples,
  gemini: geminiSamples,
  "bedrock-converse": converseSamples,
  "cohere-chat": cohereSamples,
};

const providers = await discover<Provider>(new URL("./providers/", import.meta.url));

for (const provider of providers.values()) {
  const samples = SAMPLES[provider.format];
  if (samples === undefined) throw new Error(`no samples of ${provider.format}`);
  providerConformance(provider, samples);
}

describe("providers", () => {
  it("take no setting that they do not know", () => {
    for (const { name, options } of providers.values()) {
      expect(options.safeParse({}).success, name).toBe(true);
      expect(options.safeParse({ nope: 1 }).success, name).toBe(false);
    }
  });
});
