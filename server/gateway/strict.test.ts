import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildTestApp, type TestApp } from "../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";

let google: FaultUpstream;
let test: TestApp;

const MESSAGES = [{ role: "user", content: "hi" }];
/** Whose request it is, and what is kept of it. */
const ASIDE = {
  user: "u-1",
  metadata: { feature: "chat" },
  safety_identifier: "s-1",
  store: false,
  prompt_cache_key: "k",
};

beforeAll(async () => {
  google = await startFaultUpstream();
  google.behave({
    kind: "json",
    body: {
      candidates: [{ index: 0, content: { role: "model", parts: [{ text: "Hello" }] }, finishReason: "STOP" }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    },
  });
  test = await buildTestApp({
    config: `
upstreams:
  g: { provider: google, baseUrl: "${google.url}", apiKey: g }
candidates:
  - { id: g/gemini-2.5-flash, upstream: g, resembles: large, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }
routes:
  default: { incumbent: g/gemini-2.5-flash, candidates: [g/gemini-2.5-flash], mode: "off" }
auth: { required: false }
gateway: { retries: 0, strict: true }
`,
  });
});
afterAll(async () => {
  await test.close();
  await google.close();
});
beforeEach(() => {
  google.received.length = 0;
});

const ask = (more: object) =>
  test.app.inject({
    method: "POST",
    url: "/v1/chat/completions",
    payload: { model: "g/gemini-2.5-flash", messages: MESSAGES, ...more },
  });

describe("a strict gateway", () => {
  it("refuses what the answer hangs on and the vendor lacks, by name, and asks nobody", async () => {
    const { statusCode, body } = await ask({ ...ASIDE, logit_bias: { "50256": -100 } });
    expect([statusCode, JSON.parse(body).error.param]).toEqual([400, "logit_bias"]);
    expect(body).not.toContain("metadata");
    expect(google.received).toHaveLength(0);
  });

  it("serves a request that says whose it is, and names what went no further", async () => {
    const { statusCode, headers, body } = await ask(ASIDE);
    expect([statusCode, JSON.parse(body).choices?.[0].message.content], body).toEqual([200, "Hello"]);
    expect(String(headers["x-weir-dropped"]).split(", ")).toEqual(expect.arrayContaining(["user", "metadata"]));
  });
});
