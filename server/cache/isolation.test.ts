import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";

let vendor: FaultUpstream;
let test: TestApp;
/** Headers of callers that must never get one another's answers. */
const callers: Record<string, Record<string, string>> = { anonymous: {} };
/** Two keys of the same tenant, who may. */
let sibling: Record<string, string>;

beforeAll(async () => {
  vendor = await startFaultUpstream();
  test = await buildTestApp({
    config: `
upstreams: { openai: { provider: openai, baseUrl: "${vendor.url}/v1", apiKey: sk } }
candidates:
  - { id: openai/gpt-4o, upstream: openai, resembles: large }
  - { id: openai/gpt-4o-mini, upstream: openai, resembles: small }
routes:
  default: { incumbent: openai/gpt-4o, candidates: [openai/gpt-4o], mode: active, activation: { override: test } }
  other: { incumbent: openai/gpt-4o, candidates: [openai/gpt-4o], mode: active, activation: { override: test } }
auth: { required: false }
`,
  });
  const keyOf = async (fields: object) => {
    const made = await test.app.inject({
      method: "POST",
      url: "/admin/keys",
      headers: { authorization: `Bearer ${TEST_ADMIN_KEY}` },
      payload: { name: "k", ...fields },
    });
    return { authorization: `Bearer ${made.json<{ key: string }>().key}` };
  };
  callers["tenant a"] = await keyOf({ tenant: "a" });
  callers["tenant b"] = await keyOf({ tenant: "b" });
  callers["a key of nobody"] = await keyOf({});
  callers["another key of nobody"] = await keyOf({});
  callers["a key named like tenant a"] = await keyOf({ name: "a" });
  callers["the operator"] = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
  callers["anonymous for tenant a"] = { "x-weir-metadata": '{"tenant":"a"}' };
  callers["anonymous for tenant b"] = { "x-weir-metadata": '{"tenant":"b"}' };
  callers["tenant a for its own tenant c"] = { ...callers["tenant a"], "x-weir-metadata": '{"tenant":"c"}' };
  sibling = await keyOf({ tenant: "a" });
});
afterAll(async () => {
  await test.close();
  await vendor.close();
});

let secrets = 0;
beforeEach(() => {
  vendor.received.length = 0;
});

/** The vendor never says the same twice, so that whoever gets another's answer is found out. */
function saySecrets(count: number): string[] {
  const said = Array.from({ length: count }, () => `secret ${secrets++}`);
  vendor.behave(
    ...said.map((content) => ({
      kind: "json" as const,
      body: {
        id: "c",
        object: "chat.completion",
        created: 1,
        model: "gpt-4o",
        choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      },
    })),
  );
  return said;
}

async function ask(headers: Record<string, string>, fields: object, url = "/v1/chat/completions") {
  const messages = [{ role: "user", content: "what did you tell the others?" }];
  const response = await test.app.inject({
    method: "POST",
    url,
    headers: { "content-type": "application/json", ...headers },
    payload: JSON.stringify({ model: "openai/gpt-4o", messages, temperature: 0, max_tokens: 9, ...fields }),
  });
  return { secret: /secret \d+/.exec(response.body)?.[0], outcome: response.headers["x-weir-cache"] };
}

describe("an answer is its owner's alone", () => {
  const ways: readonly [string, object, string][] = [
    ["a plain answer", {}, "/v1/chat/completions"],
    ["a stream", { stream: true }, "/v1/chat/completions"],
    ["another dialect", {}, "/v1/messages"],
    ["a request that is more than words", { logprobs: true }, "/v1/chat/completions"],
  ];

  it.each(ways)("from memory: %s", async (_name, fields, url) => {
    const body = { ...fields, seed: url.includes("messages") ? undefined : secrets };
    const names = Object.keys(callers);
    const marker = { ...body, metadata: { user_id: "u" } };
    const said = saySecrets(names.length);
    const first = new Map<string, string | undefined>();
    for (const name of names) first.set(name, (await ask(callers[name]!, marker, url)).secret);
    expect([...first.values()]).toEqual(said);
    for (const name of names) {
      const again = await ask(callers[name]!, marker, url);
      expect(again, name).toEqual({ secret: first.get(name), outcome: "hit" });
    }
    // Keys of one tenant share.
    expect(await ask(sibling, marker, url)).toEqual({ secret: first.get("tenant a"), outcome: "hit" });
    expect(vendor.received).toHaveLength(names.length);
  });

  it("from a call under way", async () => {
    const body = { seed: secrets };
    const names = Object.keys(callers);
    saySecrets(names.length);
    const answers = await Promise.all(names.map((name) => ask(callers[name]!, body)));
    expect(new Set(answers.map(({ secret }) => secret)).size).toBe(names.length);
    expect(vendor.received).toHaveLength(names.length);
  });

  it("of another route or model it is another answer", async () => {
    const body = { seed: secrets };
    const { anonymous } = callers;
    saySecrets(4);
    const answers = [];
    for (const model of ["openai/gpt-4o", "openai/gpt-4o-mini", "weir/auto", "weir/other"])
      answers.push((await ask(anonymous!, { ...body, model })).secret);
    expect(new Set(answers).size).toBe(4);
  });
});

describe("configured scopes", () => {
  it("narrow a tenant's answers to each key or each user", async () => {
    for (const [scope, mine, theirs] of [
      ["key", callers["tenant a"]!, sibling],
      [
        "user",
        { ...callers["tenant a"]!, "x-weir-metadata": '{"user":"u1"}' },
        { ...callers["tenant a"]!, "x-weir-metadata": '{"user":"u2"}' },
      ],
    ] as const) {
      const { settings } = test.service;
      test.service.gateway.reload({ ...settings, cache: { ...settings.cache, scope } });
      const body = { seed: 1_000 + secrets };
      const [first, second] = saySecrets(2);
      expect((await ask(mine, body)).secret, scope).toBe(first);
      expect((await ask(theirs, body)).secret, scope).toBe(second);
      expect(await ask(mine, body), scope).toEqual({ secret: first, outcome: "hit" });
      test.service.gateway.reload(settings);
    }
  });
});
