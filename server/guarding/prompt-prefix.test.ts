import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildTestApp, type TestApp } from "../testing/build-test-app.ts";
import { type EchoUpstream, startEchoUpstream } from "../testing/echo-upstream.ts";

const PRICE = "price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 }";
const UPSTREAMS = ["openai", "anthropic", "google"] as const;
const config = (url: string) => `
upstreams:
  openai: { provider: openai, baseUrl: "${url}/v1", apiKey: sk-test }
  anthropic: { provider: anthropic, baseUrl: "${url}", apiKey: sk-test }
  google: { provider: google, baseUrl: "${url}", apiKey: sk-test }
candidates:
${UPSTREAMS.map((name) => `  - { id: ${name}/m, upstream: ${name}, ${PRICE} }`).join("\n")}
routes: { default: { incumbent: openai/m, candidates: [openai/m], mode: "off" } }
auth: { required: false }
gateway: { retries: 0 }
guardrails:
  - { name: no-pii, check: pii, action: redact, timeoutMs: 30000 }
  - { name: watch, check: injection, action: flag, timeoutMs: 30000 }
`;

/** What vendors keep a prompt by: everything up to where two bodies differ. */
const LISTS = { openai: "messages", anthropic: "messages", google: "contents" } as const;
const MARK = { type: "ephemeral" };
const SYSTEM = "You help Alice Meyer, alice.meyer@example.org.";
const SAID = [
  "Write to Bob Smith at bob.smith@example.com.",
  "Done, Alice Meyer. Anything for bob.smith@example.com?",
  "Call +44 20 7946 0958 and tell Alice Meyer.",
  "Called.",
  "Now mail carol.jones@example.net.",
];

/** A conversation of so many turns in each dialect, its system prompt marked to be kept. */
const DIALECTS: Readonly<Record<string, { path: string; body: (turns: number, model: string) => object }>> = {
  "openai-chat": {
    path: "/v1/chat/completions",
    body: (turns, model) => ({
      model,
      messages: [
        { role: "system", content: [{ type: "text", text: SYSTEM, cache_control: MARK }] },
        ...SAID.slice(0, turns).map((content, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content })),
      ],
    }),
  },
  "anthropic-messages": {
    path: "/v1/messages",
    body: (turns, model) => ({
      model,
      max_tokens: 50,
      system: [{ type: "text", text: SYSTEM, cache_control: MARK }],
      messages: SAID.slice(0, turns).map((content, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content })),
    }),
  },
  gemini: {
    path: "",
    body: (turns) => ({
      systemInstruction: { parts: [{ text: SYSTEM }] },
      contents: SAID.slice(0, turns).map((text, at) => ({
        role: at % 2 === 0 ? "user" : "model",
        parts: [{ text }],
      })),
    }),
  },
};

let upstream: EchoUpstream;
let test: TestApp;
beforeAll(async () => {
  upstream = await startEchoUpstream();
  test = await buildTestApp({ config: config(upstream.url) });
});
afterAll(async () => {
  await test.close();
  await upstream.close();
});
beforeEach(() => {
  upstream.received.length = 0;
});

async function sent(dialect: string, model: string, turns: number): Promise<string> {
  const { path, body } = DIALECTS[dialect]!;
  const url = path === "" ? `/v1beta/models/${encodeURIComponent(model)}:generateContent` : path;
  const response = await test.app.inject({
    method: "POST",
    url,
    headers: { "anthropic-version": "2023-06-01" },
    payload: body(turns, model),
  });
  expect([response.statusCode, response.statusCode === 200 ? "" : response.body]).toEqual([200, ""]);
  return upstream.received.at(-1)!;
}

const cases = Object.keys(DIALECTS).flatMap((dialect) => UPSTREAMS.map((name) => [dialect, name] as const));

describe("a prompt that its vendor keeps", () => {
  it.each(cases)("from %s to %s begins as it began, turn after turn, redacted", async (dialect, name) => {
    const bodies: Record<string, unknown>[] = [];
    for (const turns of [1, 3, 5])
      bodies.push(JSON.parse(await sent(dialect, `${name}/m`, turns)) as Record<string, unknown>);
    expect(JSON.stringify(bodies)).not.toMatch(/Meyer|Smith|example\.(?:org|com|net)|7946/);
    const list = LISTS[name];
    for (const [at, body] of bodies.slice(1).entries()) {
      const before = bodies[at]!;
      const [earlier, later] = [before, body].map((one) => JSON.stringify(one[list])) as [string, string];
      // All but the bracket that ends it, byte for byte.
      expect(later.startsWith(earlier.slice(0, -1))).toBe(true);
      for (const field of Object.keys(before)) if (field !== list) expect(body[field]).toEqual(before[field]);
      expect(Object.keys(body)).toEqual(Object.keys(before));
    }
  });

  it.each([
    ["openai-chat", "openai"],
    ["openai-chat", "anthropic"],
    ["anthropic-messages", "anthropic"],
  ])("from %s to %s keeps its mark where it stood", async (dialect, name) => {
    const body = JSON.parse(await sent(dialect, `${name}/m`, 3)) as {
      readonly system?: unknown;
      readonly messages: readonly { readonly content: unknown }[];
    };
    const [system] = (name === "anthropic" ? body.system : body.messages[0]!.content) as readonly [object];
    expect(system).toEqual({ type: "text", text: expect.stringContaining("<EMAIL_ADDRESS_1>"), cache_control: MARK });
    expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(1);
  });

  it("goes without a mark to vendors that know none", async () => {
    expect(await sent("anthropic-messages", "google/m", 1)).not.toContain("cache_control");
  });
});
