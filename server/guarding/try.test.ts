// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTestApp, TEST_ADMIN_KEY, TEST_CONFIG, type TestApp } from "../testing/build-test-app.ts";

const SECRET = "nadia.berg@example.org";
const CONFIG = `${TEST_CONFIG}
guardrails:
  - { name: customer-data, check: pii, action: redact, options: { types: [EMAIL_ADDRESS] } }
  - { name: words, check: deny-list, action: flag, timeoutMs: 30000, options: { terms: ["nightfall"] } }
`;

describe("guardrails over the admin API", () => {
  let weir: TestApp;
  beforeAll(async () => {
    weir = await buildTestApp({ config: CONFIG });
  });
  afterAll(() => weir.close());

  const headers = { "x-weir-key": TEST_ADMIN_KEY };
  const get = async (url: string) => (await weir.app.inject({ url, headers })).json();
  const tried = (payload: object) =>
    weir.app.inject({ method: "POST", url: "/admin/guardrails/try", headers, payload });

  it("lists every check with a description, and every option explains itself", async () => {
    const { checks } = await get("/admin/guardrails/checks");
    expect(checks.map(({ check }: { check: string }) => check).sort()).toEqual([
      "deny-list",
      "injection",
      "json-schema",
      "language",
      "length",
      "moderation",
      "pii",
      "regex",
      "topics",
      "webhook",
    ]);
    for (const { check, description, options } of checks) {
      expect(description, check).not.toBe("");
      for (const [name, field] of Object.entries<{ description?: string }>(options.properties))
        expect(field.description, `${check}.${name}`).toMatch(/\w/);
    }
  });

  it("tries one that is in effect, and says what would go on in the text's place", async () => {
    const answer = await tried({ guardrail: "customer-data", text: `write to ${SECRET} today` });
    expect(answer.json()).toMatchObject({
      outcome: "redacted",
      found: { EMAIL_ADDRESS: 1 },
      findings: [{ label: "EMAIL_ADDRESS", start: 9, end: 9 + SECRET.length }],
      text: "write to <EMAIL_ADDRESS_1> today",
    });
  });

  it("tries one that is not saved, which changes nothing and is logged nowhere", async () => {
    const draft = { name: "draft", check: "deny-list", timeoutMs: 30_000, options: { terms: [SECRET] } };
    const answer = await tried({ guardrail: draft, text: `write to ${SECRET}` });
    expect(answer.json()).toMatchObject({ outcome: "blocked", found: { DENIED: 1 }, text: null });
    expect((await tried({ guardrail: draft, text: "nothing" })).json()).toMatchObject({ outcome: "passed", found: {} });
    expect((await get("/admin/settings")).guardrails).toHaveLength(2);
    expect((await get("/admin/requests")).rows).toEqual([]);
    expect(JSON.stringify(weir.logged)).not.toContain(SECRET);
  });

  it.each([
    ["a check that nobody wrote", { name: "a", check: "nope" }, "guardrail.check"],
    ["options that the check does not know", { name: "a", check: "length", options: { most: 1 } }, "guardrail.options"],
    [
      "an action that the check cannot follow",
      { name: "a", check: "length", action: "redact", options: { maxChars: 1 } },
      "guardrail.action",
    ],
    [
      "a check that asks somebody",
      { name: "a", check: "webhook", options: { url: "http://127.0.0.1:9", secret: "s".repeat(16) } },
      "guardrail",
    ],
    [
      "a variable of the environment",
      { name: "a", check: "deny-list", options: { terms: ["${OPENAI_API_KEY}"] } },
      "guardrail",
    ],
    ["a name that no guardrail has", "nobody", "guardrail"],
  ])("does not try %s", async (_, guardrail, place) => {
    const answer = await tried({ guardrail, text: "hello" });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error.param.startsWith(place)).toBe(true);
  });

  it("refuses a side that the check does not look at, and anybody but the operator", async () => {
    const injection = { name: "a", check: "injection" };
    const answer = await tried({ guardrail: injection, phase: "output", text: "hello" });
    expect(answer.json().error).toMatchObject({ code: "invalid_request", param: "phase" });
    const nobody = await weir.app.inject({ method: "POST", url: "/admin/guardrails/try", payload: {} });
    expect(nobody.statusCode).toBe(401);
  });

  it("counts what guardrails did of late, as the log has it", async () => {
    for (const content of ["is nightfall near?", "hello"]) {
      const payload = { model: "openai/gpt-4o", messages: [{ role: "user", content }] };
      await weir.app.inject({ method: "POST", url: "/v1/chat/completions", payload });
    }
    await weir.service.requestLog.flush(10_000);
    const { requests, guardrails } = await get("/admin/guardrails/outcomes");
    expect(requests).toBe(2);
    expect(guardrails).toContainEqual({ name: "words", looked: 2, outcomes: { flagged: 1, passed: 1 } });
  });
});
