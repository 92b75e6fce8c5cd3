import { afterAll, beforeAll, expect, it } from "vitest";
import { buildTestApp, type TestApp } from "../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";

let vendor: FaultUpstream;
let test: TestApp;
beforeAll(async () => {
  vendor = await startFaultUpstream();
  const config = `
upstreams:
  cohere: { provider: cohere, baseUrl: "${vendor.url}", apiKey: co-key }
candidates:
  - { id: cohere/embed-v4.0, upstream: cohere, resembles: small, price: { inputUsdPerMTok: 0.1, outputUsdPerMTok: 0 } }
routes:
  default: { incumbent: cohere/embed-v4.0, candidates: [cohere/embed-v4.0] }
auth: { required: false }
`;
  test = await buildTestApp({ config });
});
afterAll(() => Promise.all([test.close(), vendor.close()]));

const answer = (vectors: number[][], tokens: number) =>
  ({
    kind: "json",
    body: { embeddings: { float: vectors }, meta: { billed_units: { input_tokens: tokens } } },
  }) as const;

it("asks a vendor in as many calls as its texts take, and answers once with the sum of what they cost", async () => {
  const inputs = Array.from({ length: 97 }, (_, i) => `text ${i}`);
  vendor.behave(
    answer(
      inputs.slice(0, 96).map((_, i) => [i]),
      960_000,
    ),
    answer([[96]], 40_000),
  );
  const response = await test.app.inject({
    method: "POST",
    url: "/v1/embeddings",
    payload: { model: "cohere/embed-v4.0", input: inputs },
  });
  expect(response.statusCode).toBe(200);
  const sent = vendor.received.map(({ body }) => (JSON.parse(body) as { texts: string[] }).texts.length);
  expect(sent.sort((a, b) => b - a)).toEqual([96, 1]);
  const { data, usage } = response.json<{ data: { embedding: number[] }[]; usage: object }>();
  expect(data).toHaveLength(97);
  expect(usage).toEqual({ prompt_tokens: 1_000_000, total_tokens: 1_000_000 });
  expect(response.headers["x-weir-cost-usd"]).toBe("0.1");
});
