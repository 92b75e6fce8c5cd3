import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildTestApp, type TestApp } from "../testing/build-test-app.ts";
import { type EchoUpstream, startEchoUpstream } from "../testing/echo-upstream.ts";

const schema = "{ type: object, required: [n], properties: { n: { type: number } } }";

/** Port 9 takes no connection; the moderation check asks there. */
const config = (url: string) => `
upstreams: { openai: { provider: openai, baseUrl: "${url}/v1", apiKey: sk-test } }
candidates: [{ id: openai/m, upstream: openai, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }]
routes:
  closed: { incumbent: openai/m, candidates: [openai/m], mode: "off" }
  open: { incumbent: openai/m, candidates: [openai/m], mode: "off" }
  json: { incumbent: openai/m, candidates: [openai/m], mode: "off" }
auth: { required: false }
gateway: { retries: 0 }
guardrails:
  - { name: gone, check: moderation, for: { routes: [closed] }, options: { baseUrl: "http://127.0.0.1:9/v1" } }
  - { name: lenient, check: moderation, whenFailing: allow, for: { routes: [open] }, options: { baseUrl: "http://127.0.0.1:9/v1" } }
  - { name: shape, check: json-schema, on: output, timeoutMs: 30000, for: { routes: [json] }, options: { repair: true, schema: ${schema} } }
  - { name: acme, check: deny-list, timeoutMs: 30000, for: { tenants: [acme] }, options: { terms: [anvil] } }
`;

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
  upstream.pieceChars = 3;
});

async function ask(route: string, content: string, body: object = {}, headers: Record<string, string> = {}) {
  const response = await test.app.inject({
    method: "POST",
    url: "/v1/chat/completions",
    headers: { "x-weir-route": route, ...headers },
    payload: { model: "openai/m", messages: [{ role: "user", content }], ...body },
  });
  return { status: response.statusCode, headers: response.headers, text: response.body };
}

describe("a check that cannot be asked", () => {
  it("refuses where it is to refuse, as a fault that passes", async () => {
    const answer = await ask("closed", "hi");
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.text).error.code).toBe("guardrail_failed");
    expect(answer.headers["x-weir-guardrails"]).toBe("gone:input=failed_closed");
    expect(answer.headers["retry-after"]).toBe("1");
    expect(upstream.received).toEqual([]);
  });

  it("lets pass where it is to let pass, and says so", async () => {
    const answer = await ask("open", "hi");
    expect(answer.status).toBe(200);
    expect(answer.headers["x-weir-guardrails"]).toBe("lenient:input=failed_open");
  });
});

describe("an answer that does not fit its schema", () => {
  const asked = (fix: string) => {
    let calls = 0;
    upstream.answer = () => (calls++ === 0 ? '{"n":"one"}' : fix);
  };

  for (const stream of [false, true]) {
    it(`is mended by its model once${stream ? ", and streamed when it fits" : ""}; both calls are paid`, async () => {
      asked('{"n":1}');
      const answer = await ask("json", "count", {
        stream,
        stream_options: stream ? { include_usage: true } : undefined,
      });
      expect(answer.text).not.toContain("one");
      expect(upstream.received).toHaveLength(2);
      const { messages } = JSON.parse(upstream.received[1]!) as { messages: { role: string; content: string }[] };
      expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
      expect(messages[2]!.content).toContain("/n: must be number");
      expect(answer.text).toContain('"completion_tokens":5'); // of the answer that is served, as for every answer
      // 2 x (10 input x 1 + 5 output x 2) micro-USD
      if (!stream) expect(answer.headers["x-weir-cost-usd"]).toBe("0.00004");
      else expect(answer.text).toContain(": x-weir-cost-usd: 0.00004");
    });
  }

  it("ends as a filtered one when it was not mended", async () => {
    asked("still no json");
    const answer = await ask("json", "count");
    expect(JSON.parse(answer.text).choices[0]).toMatchObject({ finish_reason: "content_filter" });
    expect(answer.headers["x-weir-guardrails"]).toBe(
      "shape:output=repaired(not_in_schema 1), shape:output=blocked(not_json 1)",
    );
  });
});

describe("whom a guardrail is for", () => {
  it("is told by the tenant", async () => {
    const of = (tenant: string) => ask("open", "an anvil", {}, { "x-weir-metadata": JSON.stringify({ tenant }) });
    expect((await of("acme")).status).toBe(400);
    expect((await of("other")).status).toBe(200);
  });
});

describe("configuration", () => {
  it.each([
    ["a check that nobody knows", "{ name: a, check: nonsense }", "is no check"],
    [
      "an action that the check cannot do",
      "{ name: a, check: length, action: redact, options: { maxChars: 1 } }",
      "no places",
    ],
    [
      "a way that the check does not look at",
      "{ name: a, check: json-schema, options: { schema: {} } }",
      "does not look at input",
    ],
    ["reroute without models", "{ name: a, check: pii, action: reroute }", "models are needed"],
    ["a route that is not there", "{ name: a, check: pii, for: { routes: [lost] } }", "no route"],
    ["settings that the check does not know", "{ name: a, check: pii, options: { typos: [] } }", "typos"],
  ])("refuses %s", async (_, guard, message) => {
    const text = config(upstream.url).replace(/guardrails:[\s\S]*/, `guardrails: [${guard}]`);
    test.setConfig(text);
    await expect(test.service.reload()).rejects.toThrow(message);
  });
});
