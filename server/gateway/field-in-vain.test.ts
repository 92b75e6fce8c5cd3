import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTestApp, type TestApp } from "../testing/build-test-app.ts";

let host: TestApp;
beforeAll(async () => {
  host = await buildTestApp({
    config: `
upstreams: { sim: { provider: simulated } }
candidates: [{ id: sim/large, upstream: sim, resembles: large, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 1 } }]
routes: { default: { incumbent: sim/large, candidates: [sim/large] } }
auth: { required: false }
`,
  });
});
afterAll(() => host.close());

/** Fields that only the translation into another format reads. */
const BODIES: readonly (readonly [string, string, object])[] = [
  ["/v1/chat/completions", "metadata.a", { metadata: { a: { b: 1 } } }],
  ["/v1/chat/completions", "metadata.constructor", { metadata: { constructor: { prototype: 1 } } }],
  ["/v1/chat/completions", "temperature", { temperature: "warm" }],
  ["/v1/messages", "temperature", { temperature: "warm", max_tokens: 10 }],
];

describe("a field that no translation can read", () => {
  it.each(BODIES)("%s is refused by name, %s, and no upstream is said to have failed", async (url, param, fields) => {
    const payload = { model: "sim/large", messages: [{ role: "user", content: "hi" }], ...fields };
    const answer = await host.app.inject({ method: "POST", url, payload });
    expect(answer.statusCode).toBe(400);
    expect(Number(answer.headers["x-weir-attempts"] ?? 0)).toBeLessThanOrEqual(1);
    expect(answer.json().error.message).toContain(param);
    expect(answer.json().error.type).toBe("invalid_request_error");
  });
});
