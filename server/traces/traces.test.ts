import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { buildTestApp } from "../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";

interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { key: string; value: Record<string, unknown> }[];
  readonly status: { code?: number };
}

let collector: Server;
let vendor: FaultUpstream;
let spans: WireSpan[];
let sent: string[];

beforeEach(async () => {
  spans = [];
  sent = [];
  vendor = await startFaultUpstream();
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      sent.push(`${request.url} ${request.headers["x-team"]}`, text);
      for (const { scopeSpans } of JSON.parse(text).resourceSpans) {
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  await vendor.close();
  collector.closeAllConnections();
  collector.close();
});

function config(port: number): string {
  return `
upstreams: { up: { provider: openai, baseUrl: "${vendor.url}/v1", apiKey: sk-x } }
candidates: [{ id: up/large, upstream: up, resembles: large, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 10 } }]
routes: { default: { incumbent: up/large, candidates: [up/large], mode: active, activation: { override: test } } }
auth: { required: false }
gateway: { retries: 1, backoffMs: 1 }
traces: { endpoint: "http://127.0.0.1:${port}/v1/traces", headers: { x-team: ops } }
`;
}

function attributeOf(span: WireSpan, key: string): unknown {
  const value = span.attributes.find((attribute) => attribute.key === key)?.value;
  return value === undefined ? undefined : Object.values(value)[0];
}

async function ask(port: number): Promise<void> {
  const test = await buildTestApp({ config: config(port) });
  const { statusCode } = await test.app.inject({
    method: "POST",
    url: "/v1/chat/completions",
    headers: {
      "content-type": "application/json",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "x-weir-session": "s-1",
    },
    payload: JSON.stringify({ model: "weir/auto", messages: [{ role: "user", content: "the secret prompt" }] }),
  });
  expect(statusCode).toBe(200);
  await test.close();
}

const ANSWER = {
  id: "c",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "the secret answer" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 20, completion_tokens: 3, total_tokens: 23 },
};

it("sends a span a request under the client's trace, with one a try, in the GenAI conventions and without text", async () => {
  vendor.behave({ kind: "json", status: 500, body: { error: { message: "boom" } } }, { kind: "json", body: ANSWER });
  await ask((collector.address() as AddressInfo).port);
  expect(sent[0]).toBe("/v1/traces ops");
  expect(sent.join()).not.toContain("secret");
  const root = spans.find(({ kind }) => kind === 2)!;
  const tries = spans.filter(({ kind }) => kind === 3);
  expect([root.traceId, root.parentSpanId]).toEqual(["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"]);
  expect(root.name).toBe("chat weir/auto");
  expect(
    [
      "gen_ai.operation.name",
      "gen_ai.request.model",
      "gen_ai.response.model",
      "gen_ai.conversation.id",
      "weir.route",
    ].map((key) => attributeOf(root, key)),
  ).toEqual(["chat", "weir/auto", "large", "s-1", "default"]);
  expect(
    [attributeOf(root, "gen_ai.usage.input_tokens"), attributeOf(root, "gen_ai.usage.output_tokens")].map(Number),
  ).toEqual([20, 3]);
  expect(attributeOf(root, "weir.cost_usd")).toBe(0.00005);
  expect(tries.map((span) => [span.name, span.parentSpanId === root.spanId, span.status.code ?? 0])).toEqual([
    ["chat large", true, 2],
    ["chat large", true, 0],
  ]);
  expect(tries.map((span) => attributeOf(span, "gen_ai.provider.name"))).toEqual(["openai", "openai"]);
  expect(tries.map((span) => attributeOf(span, "error.type"))).toEqual(["server_error", undefined]);
  for (const span of tries) {
    expect(BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(root.startTimeUnixNano));
    expect(BigInt(span.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(root.endTimeUnixNano));
  }
});

it("serves and closes although the collector is not there", async () => {
  vendor.behave({ kind: "json", body: ANSWER });
  await ask(9);
});
