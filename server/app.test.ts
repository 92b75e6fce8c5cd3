import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RouteDecision } from "../engine/schema/decision.ts";
import { buildTestApp, TEST_ADMIN_KEY, TEST_CONFIG, type TestApp } from "./testing/build-test-app.ts";

describe("POST /route", () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await buildTestApp();
  });
  afterAll(() => test.close());

  async function post(url: string, payload: unknown, headers: Record<string, string> = {}) {
    const body = typeof payload === "string" || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
    const response = await test.app.inject({
      method: "POST",
      url,
      payload: body,
      headers: { "content-type": "application/json", ...headers },
    });
    return { status: response.statusCode, body: response.json(), headers: response.headers };
  }

  it("answers a decision of the documented form", async () => {
    const { status, body } = await post("/route", { prompt: "Prove that sqrt(2) is irrational.", explain: true });
    expect(status).toBe(200);
    const decision = RouteDecision.parse(body);
    expect(decision.decision_id).toMatch(/^dec_[0-9a-z]{20}$/);
    expect(decision).toMatchObject({
      route: "default",
      policy: "quality-target",
      router: { name: "default", version: "1" },
    });
    expect(decision.candidates).toHaveLength(4);
    expect(decision.candidates?.find(({ model }) => model === "local/unpriced")?.excluded_because).toBe(
      "price_unknown",
    );
  });

  it("takes messages in OpenAI and Anthropic form", async () => {
    const openai = [{ role: "user", content: [{ type: "text", text: "hi" }] }];
    expect((await post("/route", { messages: openai })).status).toBe(200);
    const anthropic = { system: [{ type: "text", text: "be brief" }], messages: [{ role: "user", content: "hi" }] };
    expect((await post("/route", anthropic)).status).toBe(200);
  });

  it("gives the same answer when the decision is asked for again", async () => {
    for (const extra of [{}, { explain: true }, { policy: "random" }, { quality: 0.999 }, { session_id: "s-1" }]) {
      const { body } = await post("/route", { prompt: "What is the capital of France?", ...extra });
      const again = await test.app.inject({ url: `/decisions/${body.decision_id}` });
      expect(again.headers["x-weir-replay"]).toBe("same");
      expect(again.json()).toEqual(body);
    }
  });

  it("still replays a decision after routes and prices have changed", async () => {
    const { body } = await post("/route", { prompt: "Hello there", explain: true });
    test.setConfig(TEST_CONFIG.replace("resembles: small", "resembles: large"));
    await test.service.reload();
    const again = await test.app.inject({ url: `/decisions/${body.decision_id}` });
    expect(again.headers["x-weir-replay"]).toBe("same");
    expect(again.json()).toEqual(body);
    test.setConfig(TEST_CONFIG);
    await test.service.reload();
  });

  it("shows what a decision was made from, without the prompt", async () => {
    const { body } = await post("/route", { prompt: "a secret of mine", metadata: { feature: "x" } });
    const shown = (await test.app.inject({ url: `/decisions/${body.decision_id}?include=trace` })).body;
    expect(JSON.parse(shown)).toMatchObject({ replay: { same: true }, trace: { featuresDigest: expect.any(String) } });
    expect(shown).not.toContain("secret of mine");
  });

  it.each([
    ["no prompt", {}, 400, "prompt"],
    ["an empty prompt", { prompt: "" }, 400, "prompt"],
    ["a prompt of white space", { prompt: " \n " }, 400, "prompt"],
    ["prompt and messages", { prompt: "a", messages: [{ role: "user", content: "a" }] }, 400, "prompt"],
    ["no messages", { messages: [] }, 400, "messages"],
    ["an unknown role", { messages: [{ role: "boss", content: "a" }] }, 400, "messages.0.role"],
    ["content that is a number", { messages: [{ role: "user", content: 7 }] }, 400, "messages.0.content"],
    ["an unknown field", { prompt: "a", temperature: 1 }, 400, "temperature"],
    ["quality above 1", { prompt: "a", quality: 1.5 }, 400, "quality"],
    ["quality of another type", { prompt: "a", quality: "high" }, 400, "quality"],
    ["a cost of 0", { prompt: "a", max_cost_usd: 0 }, 400, "max_cost_usd"],
    ["no candidates", { prompt: "a", candidates: [] }, 400, "candidates"],
    ["an unknown route", { prompt: "a", route: "nowhere" }, 404, "route"],
    ["a route with a special name", { prompt: "a", route: "__proto__" }, 404, "route"],
    ["an unknown model", { prompt: "a", candidates: ["openai/gpt-9"] }, 404, "candidates.0"],
    ["an unknown policy", { prompt: "a", policy: "magic" }, 400, "policy"],
    ["a whole book of metadata", { prompt: "a", metadata: { a: "x".repeat(10_000) } }, 400, "metadata"],
    ["a session id without end", { prompt: "a", session_id: "x".repeat(300) }, 400, "session_id"],
    ["a list", [], 400, null],
    ["null", "null", 400, null],
    ["a text", '"prompt"', 400, null],
  ])("refuses %s and names the field", async (_, payload, status, param) => {
    const answer = await post("/route", payload);
    expect(answer.body.error).toMatchObject({ param });
    expect(answer.status).toBe(status);
    expect(answer.body.error.message.length).toBeGreaterThan(5);
  });

  it.each([
    ["NaN", '{"prompt":"a","quality":NaN}', 400, "invalid_json"],
    ["infinity", '{"prompt":"a","quality":1e999}', 400, "invalid_request"],
    ["half a body", '{"prompt":"a', 400, "invalid_json"],
    ["nothing", "", 400, "invalid_json"],
    ["broken UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 400, "invalid_utf8"],
    [
      "a UTF-8 surrogate",
      Buffer.concat([Buffer.from('{"prompt":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
      400,
      "invalid_utf8",
    ],
    ["a poisoned prototype", '{"prompt":"a","__proto__":{"quality":1}}', 400, "invalid_json"],
    ["10 MB", JSON.stringify({ prompt: "x".repeat(10_000_000) }), 413, "body_too_large"],
    [
      "depth without end",
      `{"prompt":"a","tools":${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
      400,
      "invalid_request",
    ],
  ])("refuses %s with a clear text", async (_, payload, status, code) => {
    const answer = await post("/route", payload);
    expect(answer.body.error.code).toBe(code);
    expect(answer.status).toBe(status);
  });

  it.each([
    ['{"prompt":"a","quality":NaN}', "at byte 24"],
    ['{"prompt":"a"', "at byte 13"],
    ['{"prompt":"\\x"}', "bad escape"],
    ['{"prompt":"a","__proto__":{"quality":1}}', "__proto__"],
  ])("says where %s stops being a body that is taken", async (payload, place) => {
    expect((await post("/route", payload)).body.error.message).toContain(place);
  });

  it("takes what is strange but right: lone surrogates, zero bytes, a prompt just below the limit", async () => {
    expect((await post("/route", '{"prompt":"\\ud800 \\u0000 a"}')).status).toBe(200);
    expect((await post("/route", { prompt: "x ".repeat(520_000) })).status).toBe(200);
  });

  it("refuses a form and tells what to send", async () => {
    const { status, body } = await post("/route", "prompt=a", { "content-type": "application/x-www-form-urlencoded" });
    expect(status).toBe(415);
    expect(body.error.message).toContain("application/json");
  });

  it("answers 422 and names each exclusion when no candidate can serve", async () => {
    const { status, body } = await post("/route", {
      prompt: "a",
      max_cost_usd: 1e-9,
      candidates: ["openai/gpt-4o-mini"],
    });
    expect(status).toBe(422);
    expect(body.error.code).toBe("no_candidate");
    expect(body.error.message).toMatch(/openai\/gpt-4o-mini: over_max_cost/);
    expect(body.error.message).toMatch(/openai\/gpt-4o: not_in_request_candidates/);
    expect(body.error.exclusions).toContainEqual({ model: "openai/gpt-4o-mini", excluded_because: "over_max_cost" });
  });

  it("follows a route's rules", async () => {
    const { body } = await post("/route", { prompt: "a", route: "fixed", metadata: { feature: "cheap" } });
    expect(body).toMatchObject({ model: "openai/gpt-4o-mini", reason: "rule" });
  });

  it("decides a batch in order, each error in its place", async () => {
    const requests = [{ prompt: "a", explain: true }, { prompt: "" }, 7, { prompt: "b", route: "fixed" }];
    const { status, body } = await post("/route/batch", { requests });
    expect(status).toBe(200);
    expect(body.decisions).toHaveLength(4);
    expect(body.decisions[0]).toMatchObject({ route: "default" });
    expect(body.decisions[1].error).toMatchObject({ code: "invalid_request", param: "prompt" });
    expect(body.decisions[2].error).toMatchObject({ code: "invalid_request" });
    expect(body.decisions[3]).toMatchObject({ route: "fixed" });
  });

  it("decides 1,000 at once and refuses 1,001", async () => {
    const requests = Array.from({ length: 1_000 }, (_, i) => ({ prompt: `What is ${i} + ${i}?` }));
    const { body } = await post("/route/batch", { requests });
    const reasons = body.decisions.map((decision: { reason?: string }) => decision.reason);
    expect(reasons).toHaveLength(1_000);
    expect(reasons.filter((reason: string) => reason === "scorer_timeout" || reason === "scorer_failed")).toEqual([]);
    const refused = await post("/route/batch", { requests: [...requests, { prompt: "one more" }] });
    expect(refused.status).toBe(400);
    expect(refused.body.error.param).toBe("requests");
  });

  it("keeps one feedback for an id and source", async () => {
    const { body } = await post("/route", { prompt: "a" });
    const id = body.decision_id;
    expect(await post("/feedback", { id, label: "good", source: "user" })).toMatchObject({
      status: 201,
      body: { id, source: "user", score: 1, status: "created" },
    });
    expect(await post("/feedback", { id, score: 1, source: "user" })).toMatchObject({
      status: 200,
      body: { status: "unchanged" },
    });
    expect(await post("/feedback", { id, score: 0.25, source: "user" })).toMatchObject({
      status: 200,
      body: { status: "updated" },
    });
    expect(await post("/feedback", { id, label: "bad", source: "judge" })).toMatchObject({ status: 201 });
    const { feedback } = (await test.app.inject({ url: `/decisions/${id}?include=trace` })).json();
    expect(feedback).toMatchObject([
      { source: "judge", score: 0 },
      { source: "user", score: 0.25 },
    ]);
  });

  it.each([
    ["an unknown id", { id: "dec_none", score: 1, source: "user" }, 404, "id"],
    ["a score above 1", { id: "x", score: 2, source: "user" }, 400, "score"],
    ["score and label", { id: "x", score: 1, label: "good", source: "user" }, 400, "score"],
    ["neither", { id: "x", source: "user" }, 400, "score"],
    ["an unknown source", { id: "x", score: 1, source: "aunt" }, 400, "source"],
  ])("refuses feedback with %s", async (_, payload, status, param) => {
    const answer = await post("/feedback", payload);
    expect(answer.status).toBe(status);
    expect(answer.body.error.param).toBe(param);
  });

  it("counts decisions, failures, stages and the queue", async () => {
    const text = (await test.app.inject({ url: "/metrics" })).body;
    expect(text).toMatch(/weir_decisions_total\{route="default",model="openai\/[^"]+",reason="[a-z_]+"\} \d+/);
    expect(text).toMatch(/weir_route_errors_total\{code="unknown_route"\} \d+/);
    expect(text).toMatch(/weir_decision_stage_seconds_count\{stage="score"\} \d+/);
    expect(text).toMatch(/# TYPE weir_storage_dropped_total counter\nweir_storage_dropped_total 0/);
    expect(text).toMatch(/weir_build_info\{version="[^"]+",node="v[^"]+",router="default",router_version="1"\} 1/);
  });

  it("says that it is alive and ready", async () => {
    expect((await test.app.inject({ url: "/healthz" })).json()).toEqual({ status: "ok" });
    const ready = await test.app.inject({ url: "/readyz" });
    expect(ready.statusCode).toBe(200);
    expect(ready.json()).toMatchObject({ status: "ready", storage: { status: "ok" }, router: { status: "ok" } });
    expect((await test.app.inject({ url: "/" })).json()).toMatchObject({ name: "weir", routes: ["default", "fixed"] });
  });

  it.each([
    ["%ff", "not well-formed"],
    ["a".repeat(5_000), "longer than any id is"],
  ])("says what is wrong with a path that leads nowhere: %.10s", async (id, message) => {
    const response = await test.app.inject({ url: `/decisions/${id}` });
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toMatchObject({ code: "invalid_request", message: expect.stringContaining(message) });
  });

  it("answers 404 and 405 in the same shape", async () => {
    const missing = await test.app.inject({ url: "/nothing" });
    expect([missing.statusCode, missing.json().error.code]).toEqual([404, "not_found"]);
    const wrong = await test.app.inject({ url: "/route" });
    expect([wrong.statusCode, wrong.json().error.code]).toEqual([405, "method_not_allowed"]);
    expect(wrong.json().error.message).toContain("POST");
  });

  it("writes nothing of a prompt to the log", async () => {
    await post("/route", { prompt: "the word aardvark" });
    await post("/route", { prompt: "aardvark", quality: 7 });
    expect(JSON.stringify(test.logged)).not.toContain("aardvark");
  });

  it("opens /admin with the admin key only", async () => {
    const get = (headers: Record<string, string>) => test.app.inject({ url: "/admin/settings", headers });
    expect((await get({})).statusCode).toBe(401);
    expect((await get({ authorization: "Bearer wrong" })).statusCode).toBe(401);
    expect((await get({ authorization: `Bearer ${TEST_ADMIN_KEY}` })).statusCode).toBe(200);
    const shown = await get({ "x-weir-key": TEST_ADMIN_KEY });
    expect(shown.body).not.toContain(TEST_ADMIN_KEY);
  });

  it("shows prices and what is missing", async () => {
    const headers = { "x-weir-key": TEST_ADMIN_KEY };
    const { candidates, alerts } = (await test.app.inject({ url: "/admin/prices", headers })).json();
    expect(candidates[0]).toMatchObject({ model: "openai/gpt-4o-mini", price: { input_usd_per_mtok: 0.15 } });
    expect(alerts).toMatchObject([{ path: "candidates.local/unpriced.price" }]);
  });
});
