import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import weirLog from "../../datasets/importers/weir-log.ts";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";

let vendor: FaultUpstream;
let test: TestApp;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "weir-round-trip-"));
  vendor = await startFaultUpstream();
  test = await buildTestApp({
    config: `
upstreams: { up: { provider: openai, baseUrl: "${vendor.url}/v1", apiKey: sk-x } }
candidates:
  - { id: up/large, upstream: up, resembles: large, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 10 } }
  - { id: up/small, upstream: up, resembles: small, price: { inputUsdPerMTok: 0.1, outputUsdPerMTok: 1 } }
routes:
  default: { incumbent: up/large, candidates: [up/small, up/large], mode: active, activation: { override: test }, log: { content: full, retentionDays: 7 } }
  private: { incumbent: up/large, candidates: [up/small, up/large], mode: active, activation: { override: test } }
  careful: { incumbent: up/large, candidates: [up/small, up/large], mode: active, activation: { override: test }, log: { content: redacted } }
auth: { required: false }
`,
  });
});
afterAll(async () => {
  await test.close();
  await vendor.close();
  rmSync(folder, { recursive: true });
});

async function chat(model: string, stream: boolean): Promise<string> {
  const usage = { prompt_tokens: 20, completion_tokens: 3, total_tokens: 23 };
  const chunk = (fields: object) => `data: ${JSON.stringify({ id: "c", model: "m", ...fields })}\n\n`;
  vendor.behave(
    stream
      ? {
          kind: "sse",
          frames: [
            chunk({ choices: [{ index: 0, delta: { role: "assistant", content: "It is " } }] }),
            chunk({ choices: [{ index: 0, delta: { content: "four." } }] }),
            chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
            chunk({ choices: [], usage }),
            "data: [DONE]\n\n",
          ],
        }
      : {
          kind: "json",
          body: {
            id: "c",
            object: "chat.completion",
            created: 1,
            model: "m",
            choices: [{ index: 0, message: { role: "assistant", content: "It is four." }, finish_reason: "stop" }],
            usage,
          },
        },
  );
  const response = await test.app.inject({
    method: "POST",
    url: "/v1/chat/completions",
    headers: { "content-type": "application/json", "x-weir-metadata": '{"feature":"sums"}' },
    payload: JSON.stringify({
      model,
      stream,
      max_tokens: 50,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: `What is 2 + 2 ${stream}?` },
      ],
    }),
  });
  expect(response.statusCode).toBe(200);
  const id = response.headers["x-weir-request-id"] as string;
  await test.app.inject({ method: "POST", url: "/feedback", payload: { id, score: 0.75, source: "judge" } });
  return id;
}

async function admin(url: string) {
  return test.app.inject({ url, headers: { authorization: `Bearer ${TEST_ADMIN_KEY}` } });
}

it("brings logged requests with text and feedback back as quality records for training", async () => {
  const ids = [await chat("weir/auto", false), await chat("weir/auto", true)];
  await chat("weir/private", false);
  const file = join(folder, "log.jsonl");
  writeFileSync(file, (await admin("/admin/requests/export?content=true")).rawPayload);

  const skipped: string[] = [];
  const issues: string[] = [];
  const records = [];
  for await (const rows of weirLog.read(file, {
    plan: async () => {},
    reading: () => ({}),
    done: () => {},
    issues: {
      report: (_file: string, _line: number, problem: string) => issues.push(problem),
      skip: (reason: string) => skipped.push(reason),
    },
  } as never)) {
    records.push(...rows);
  }
  expect(issues).toEqual([]);
  expect(skipped).toEqual(["the route keeps no text (log.content)"]);
  expect(records.map(({ record }) => record.prompt_id).sort()).toEqual(ids.map((id) => `weir:${id}`).sort());
  for (const { record } of records) {
    expect(record).toMatchObject({
      quality: 0.75,
      quality_source: "judge",
      input_tokens: 20,
      output_tokens: 3,
      max_output_tokens: 50,
      propensity: 1,
      extras: { route: "default", feature: "sums" },
    });
    expect(record.messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: expect.stringMatching(/^What is 2 \+ 2 (true|false)\?$/) },
    ]);
  }
});

it("keeps the answer's text, streamed or not, and shows text in one record only", async () => {
  for (const stream of [false, true]) {
    const id = await chat("weir/auto", stream);
    expect((await admin(`/admin/requests/${id}`)).json().content).toMatchObject({ answer: "It is four." });
  }
  const { rows } = (await admin("/admin/requests?limit=100")).json();
  expect(rows.filter((row: object) => "content" in row)).toEqual([]);
});

it("keeps no text of a request whose route keeps none", async () => {
  const id = await chat("weir/private", true);
  expect((await admin(`/admin/requests/${id}`)).json()).not.toHaveProperty("content");
});

it("keeps text redacted or, while what finds personal data is loading, not at all", async () => {
  const id = await chat("weir/careful", true);
  const { content } = (await admin(`/admin/requests/${id}`)).json();
  expect(content === undefined || content.redacted).toBe(true);
});
