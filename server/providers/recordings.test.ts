import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { discover } from "../../engine/discover.ts";
import type { ChatResult, Usage } from "../chat.ts";
import { collectResult } from "../gateway/collect-result.ts";
import { readStream } from "../provider.conformance.ts";
import type { Provider } from "../provider.ts";
import { UpstreamFaultError } from "../upstream-fault.ts";
import { brokenOrder } from "./_samples/check-events.ts";
import { eventStream, sse } from "./_samples/samples.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const data = process.env["WEIR_DATA"] ?? path.join(root, "..", "shared", "data");
const wire = path.join(data, "..", "wire");
const hasWire = existsSync(wire);
if (!hasWire) console.warn(`recorded answers of providers are skipped: nothing at ${wire} (beside WEIR_DATA)`);

const providers = await discover<Provider>(new URL("./", import.meta.url));
const providerOf = (name: string) => providers.get(name)!;
/** Folders of the recordings -> our providers. */
const PROVIDER_OF: Readonly<Record<string, string>> = {
  "amazon-bedrock": "bedrock",
  anthropic: "anthropic",
  cohere: "cohere",
  "deepseek-chat": "deepseek",
  google: "google",
  groq: "groq",
  mistral: "mistral",
  "openai-chat": "openai",
  "openai-compatible-chat": "xai",
  "openai-responses": "openai-responses",
  xai: "xai",
};

function whole(file: string): unknown {
  return JSON.parse(readFileSync(path.join(wire, file), "utf8"));
}

function stream(file: string, provider: Provider): Uint8Array {
  const frames = readFileSync(path.join(wire, file), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  if (provider.format !== "bedrock-converse") return sse(...frames);
  return eventStream(...frames.map((frame) => Object.entries(frame)[0]!));
}

interface Facts {
  readonly text?: string | RegExp;
  readonly reasoning?: string | RegExp;
  readonly calls?: readonly (readonly [name: string, args: unknown])[];
  readonly finish: string;
  readonly usage: Partial<Usage>;
}

/** Read off the recordings by eye; usage counts as the vendor means them. */
const FACTS: Readonly<Record<string, Facts>> = {
  "amazon-bedrock/amazon-bedrock-text.json": {
    text: /There are \*\*3\*\*/,
    finish: "stop",
    usage: { inputUncached: 22, output: 57 },
  },
  "amazon-bedrock/amazon-bedrock-text.chunks.txt": {
    text: /There are \*\*3\*\* r's in "strawberry\."$/,
    finish: "stop",
    usage: { inputUncached: 22, output: 55 },
  },
  "amazon-bedrock/amazon-bedrock-tool-call.1.json": {
    calls: [["bash", { command: "ls -l" }]],
    finish: "tool_calls",
    usage: { inputUncached: 10, output: 20 },
  },
  "amazon-bedrock/amazon-bedrock-tool-call.1.chunks.txt": {
    calls: [["test-tool", { value: "Sparkle Day" }]],
    finish: "tool_calls",
    usage: { inputUncached: 125, output: 45 },
  },
  "anthropic/anthropic-text.json": {
    text: /^Hello! I'm doing well, thanks/,
    finish: "stop",
    usage: { inputUncached: 12, output: 29 },
  },
  "anthropic/anthropic-text.chunks.txt": {
    text: "Hello! I'm doing well, thank you for asking. How are you doing today? Is there anything I can help you with?",
    finish: "stop",
    usage: { inputUncached: 12, output: 30 },
  },
  "anthropic/anthropic-json-tool.1.chunks.txt": {
    calls: [["json", { elements: [{ location: "San Francisco", temperature: 58, condition: "sunny" }] }]],
    finish: "tool_calls",
    usage: { inputUncached: 849, output: 47 },
  },
  "anthropic/anthropic-tool-no-args.json": {
    text: /^<thinking>/,
    calls: [["updateIssueList", {}]],
    finish: "tool_calls",
    usage: { inputUncached: 602, output: 93 },
  },
  "anthropic/anthropic-tool-no-args.chunks.txt": {
    text: "I'll update the issue list for you.",
    calls: [["updateIssueList", {}]],
    finish: "tool_calls",
    usage: { inputUncached: 565, output: 48 },
  },
  "anthropic/anthropic-refusal.json": { finish: "refusal", usage: { inputUncached: 18, output: 5 } },
  "anthropic/anthropic-refusal.chunks.txt": { finish: "refusal", usage: { inputUncached: 18, output: 5 } },
  "anthropic/anthropic-refusal-no-details.json": { finish: "refusal", usage: { inputUncached: 18, output: 5 } },
  "cohere/cohere-text.json": {
    text: "The capital of France is Paris.",
    finish: "stop",
    usage: { inputUncached: 12, output: 7 },
  },
  "cohere/cohere-text.chunks.txt": {
    text: "The capital of France is Paris.",
    finish: "stop",
    usage: { inputUncached: 12, output: 7 },
  },
  "cohere/cohere-tool-call.json": {
    reasoning: /^I will use the weather tool/,
    calls: [
      ["weather", { location: "San Francisco" }],
      ["cityAttractions", { city: "San Francisco" }],
    ],
    finish: "tool_calls",
    usage: { inputUncached: 119, output: 52 },
  },
  "cohere/cohere-tool-call.chunks.txt": {
    reasoning: /^I will use the weather tool.*\.$/,
    calls: [
      ["weather", { location: "San Francisco" }],
      ["cityAttractions", { city: "San Francisco" }],
    ],
    finish: "tool_calls",
    usage: { inputUncached: 119, output: 44 },
  },
  "google/google-text.json": {
    text: /^There are \*\*3\*\* r's/,
    finish: "stop",
    usage: { inputUncached: 9, output: 272, reasoning: 244 },
  },
  "google/google-text.chunks.txt": {
    text: /^There are \*\*3\*\* "r"s in strawberry/,
    finish: "stop",
    usage: { inputUncached: 9, output: 208, reasoning: 185 },
  },
  "google/google-reasoning.json": {
    text: /^There are \*\*3\*\*/,
    finish: "stop",
    usage: { inputUncached: 9, output: 311, reasoning: 282 },
  },
  "google/google-reasoning.chunks.txt": {
    text: /awbe\*\*rr\*\*y\.$/,
    finish: "stop",
    usage: { inputUncached: 9, output: 285, reasoning: 256 },
  },
  "google/google-tool-call.json": {
    calls: [["weather", { location: "San Francisco" }]],
    finish: "tool_calls",
    usage: { inputUncached: 29, output: 908, reasoning: 893 },
  },
  "google/google-tool-call.chunks.txt": {
    calls: [["weather", { location: "San Francisco" }]],
    finish: "tool_calls",
    usage: { inputUncached: 29, output: 60, reasoning: 45 },
  },
  "groq/groq-tool-call.json": {
    calls: [["weather", {}]],
    finish: "tool_calls",
    usage: { inputUncached: 218, output: 15 },
  },
  "groq/groq-tool-call.chunks.txt": {
    calls: [["weather", {}]],
    finish: "tool_calls",
    usage: { inputUncached: 210, output: 15 },
  },
  "groq/groq-text.json": { text: /\S/, finish: "stop", usage: { inputUncached: 45, output: 607 } },
  "groq/groq-reasoning.json": { text: /\S/, finish: "stop", usage: { inputUncached: 17, output: 649, reasoning: 570 } },
  "mistral/mistral-text.json": {
    text: /World Kindness Day of Sharing/,
    finish: "stop",
    usage: { inputUncached: 13, output: 434 },
  },
  "mistral/mistral-text.chunks.txt": {
    text: /^Hello, world!.* is a test response\.$/,
    finish: "stop",
    usage: { inputUncached: 13, output: 8 },
  },
  "mistral/mistral-tool-call.json": {
    calls: [["weather", { location: "San Francisco" }]],
    finish: "tool_calls",
    usage: { inputUncached: 124, output: 22 },
  },
  "mistral/mistral-tool-call.chunks.txt": {
    calls: [["weather", { location: "San Francisco" }]],
    finish: "tool_calls",
    usage: { inputUncached: 124, output: 22 },
  },
  "openai-chat/openai-text.json": { text: /Galaxy Day/, finish: "stop", usage: { inputUncached: 16, output: 363 } },
  "openai-chat/openai-text.chunks.txt": {
    text: /^\*\*Holiday Name/,
    finish: "stop",
    usage: { inputUncached: 16, output: 300, reasoning: 0 },
  },
  "openai-responses/openai-custom-tool.1.json": { finish: "tool_calls", usage: { inputUncached: 50, output: 20 } },
  "openai-responses/openai-custom-tool.1.chunks.txt": {
    finish: "tool_calls",
    usage: { inputUncached: 50, output: 20 },
  },
  // Reasoning is counted beside the one completion token: 241 in all, 12 of them input.
  "xai/xai-text.json": {
    text: "Hello",
    reasoning: /^First, the user said/,
    finish: "stop",
    usage: { inputUncached: 10, cacheRead: 2, output: 229, reasoning: 228 },
  },
  "openai-compatible-chat/xai-text.json": {
    text: "Grok",
    reasoning: /^First, the user said/,
    finish: "stop",
    usage: { output: 322, reasoning: 320 },
  },
  "deepseek-chat/deepseek-reasoning.json": {
    reasoning: /\S/,
    text: /three instances/,
    finish: "stop",
    usage: { inputUncached: 18, cacheRead: 0, output: 345, reasoning: 315 },
  },
  "deepseek-chat/deepseek-reasoning.chunks.txt": {
    reasoning: /^We need/,
    text: /\.$/,
    finish: "stop",
    usage: { inputUncached: 18, cacheRead: 0, output: 219, reasoning: 205 },
  },
  "deepseek-chat/deepseek-tool-call.json": {
    reasoning: /\S/,
    calls: [["weather", { location: "San Francisco" }]],
    finish: "tool_calls",
    usage: { inputUncached: 19, cacheRead: 320, output: 92, reasoning: 48 },
  },
  "deepseek-chat/deepseek-tool-call.chunks.txt": {
    calls: [["weather", { location: "San Francisco" }]],
    finish: "tool_calls",
    usage: { inputUncached: 19, cacheRead: 320, output: 83, reasoning: 39 },
  },
};

function resultOf(file: string, provider: Provider): ChatResult {
  if (file.endsWith(".json")) return provider.decode(whole(file));
  const bytes = stream(file, provider);
  const events = readStream(provider, bytes);
  expect(brokenOrder(events)).toBeNull();
  const everyByte = Array.from({ length: Math.min(bytes.length, 3000) }, (_, i) => i);
  expect(readStream(provider, bytes, everyByte)).toEqual(events);
  return collectResult(events, null);
}

describe.skipIf(!hasWire)("recorded answers", () => {
  it.each(Object.entries(FACTS))("%s says what was recorded", (file, { text, reasoning, calls, finish, usage }) => {
    const result = resultOf(file, providerOf(PROVIDER_OF[path.dirname(file)]!));
    const [choice] = result.choices;
    const words = (kind: "text" | "reasoning") =>
      choice!.parts.flatMap((part) => (part.kind === kind && "text" in part ? [part.text] : [])).join("");
    expect(choice!.finish).toBe(finish);
    expect(result.usage).toMatchObject(usage);
    expect(result.usage!.output).toBeGreaterThan(0);
    if (text !== undefined) expect(words("text")).toMatch(text);
    if (reasoning !== undefined) expect(words("reasoning")).toMatch(reasoning);
    if (calls === undefined) return;
    const called = choice!.parts.flatMap((part) =>
      part.kind === "tool_call" ? [[part.name, JSON.parse(part.argumentsJson)]] : [],
    );
    expect(called).toEqual(calls);
  });

  it("decodes every recording there is, also those that nobody listed", () => {
    for (const [folder, name] of Object.entries(PROVIDER_OF)) {
      for (const file of readdirSync(path.join(wire, folder))) {
        if (/error|429|embedding/.test(file)) continue;
        const result = resultOf(path.join(folder, file), providerOf(name));
        expect(result.choices[0]!.parts.length, file).toBeGreaterThan(0);
        expect(result.usage, file).not.toBeNull();
      }
    }
  });

  it("keeps a custom tool's free text", () => {
    for (const file of ["openai-custom-tool.1.json", "openai-custom-tool.1.chunks.txt"]) {
      const { choices } = resultOf(`openai-responses/${file}`, providerOf("openai-responses"));
      expect(choices[0]!.parts).toMatchObject([
        {
          kind: "tool_call",
          id: "call_custom_sql_001",
          name: "write_sql",
          argumentsJson: "SELECT * FROM users WHERE age > 25",
        },
      ]);
    }
  });

  it("gives a refusal the vendor's own explanation", () => {
    for (const file of ["anthropic-refusal.json", "anthropic-refusal.chunks.txt"]) {
      const { choices } = resultOf(`anthropic/${file}`, providerOf("anthropic"));
      expect(choices[0]!.parts).toMatchObject([{ kind: "refusal" }]);
      expect(JSON.stringify(choices[0]!.parts)).toContain("This request triggered restrictions");
    }
  });

  it("seals the proofs of Gemini's parts, so that they find home", () => {
    const { choices } = resultOf("google/google-tool-call.json", providerOf("google"));
    const [part] = choices[0]!.parts;
    expect(part).toMatchObject({ kind: "tool_call", signature: expect.stringMatching(/^weir\.google\.EskgCsYgAb4/) });
  });

  it("reads errors as what they are", () => {
    const read = (file: string) => readFileSync(path.join(wire, file), "utf8");
    expect(providerOf("google").decodeError(429, {}, read("google/google-429-retry-info.json"))).toMatchObject({
      kind: "rate_limited",
      retryAfterMs: 34_400,
    });
    expect(
      providerOf("openai").decodeError(400, {}, read("openai-chat/reasoning-model-legacy-parameter-error.json")),
    ).toMatchObject({
      kind: "invalid_request",
      param: "max_tokens",
      code: "unsupported_parameter",
    });
    expect(providerOf("openai-responses").decodeError(429, {}, read("openai-responses/openai-error.1.json")).kind).toBe(
      "insufficient_quota",
    );
    const provider = providerOf("openai-responses");
    const events = readStream(provider, stream("openai-responses/openai-error.1.chunks.txt", provider));
    expect(events.at(-1)).toMatchObject({
      type: "error",
      error: { kind: "insufficient_quota", code: "insufficient_quota" },
    });
  });

  it("reads embeddings in their order", () => {
    const result = providerOf("openai").embed!.decode(whole("openai-embedding/openai-embedding.json"));
    expect(result.vectors.map((vector) => vector[0])).toEqual([0.0057293195, -0.037104916]);
    expect(result.usage).toMatchObject({ inputUncached: 12, output: 0 });
  });

  it("takes no vendor's answer for another's", () => {
    const gemini = whole("google/google-text.json");
    for (const name of ["openai", "anthropic", "bedrock", "cohere", "openai-responses"]) {
      expect(() => providerOf(name).decode(gemini)).toThrow(UpstreamFaultError);
    }
  });
});
