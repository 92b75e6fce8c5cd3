import { defineProvider } from "../provider.ts";
import { openAiChatProvider } from "./_openai-chat/provider.ts";
import { COMPATIBLE_QUIRKS } from "./_openai-chat/quirks.ts";
import { simulateEmbed } from "./_simulated/embed.ts";
import { SimulatedOptions } from "./_simulated/options.ts";
import { inputTokensOf } from "./_simulated/request-facts.ts";
import { simulate } from "./_simulated/simulate.ts";

/** Models that need no network: for the demo, for tests and for load. Their answers say that they are simulated. */
export default defineProvider({
  ...openAiChatProvider({
    name: "simulated",
    baseUrl: "http://simulated.invalid/v1",
    prices: null,
    quirks: COMPATIBLE_QUIRKS,
  }),
  options: SimulatedOptions,
  simulate: (request, model, options, signal) => simulate(request, model, options as SimulatedOptions, signal),
  simulateEmbed,
  simulateCount: (request) => ({ inputTokens: inputTokensOf(request) }),
});
