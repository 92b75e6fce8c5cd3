import { afterAll, beforeAll, expect, it } from "vitest";
import { CascadeLesson } from "../../../engine/schema/cascade-lesson.ts";
import { TEST_ADMIN_KEY, type TestApp } from "../../testing/build-test-app.ts";
import { type EchoUpstream, startEchoUpstream } from "../../testing/echo-upstream.ts";
import { ask, buildObservedApp, DAY_MS } from "../testing/observed-app.ts";

const ADMIN = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
const SECRET = "Wilhelmina";
const questionOf = (i: number) => `${SECRET} has ${i + 3} pens and buys ${2 * i + 4} more. How many pens has she now?`;

let host: TestApp;
let upstreams: EchoUpstream[];
beforeAll(async () => {
  upstreams = await Promise.all([startEchoUpstream(), startEchoUpstream()]);
  upstreams[0]!.answer = (asked) =>
    `${SECRET} keeps what she has: ${/has (\d+)/.exec(asked)?.[1]} + 0 = 0.\nThe answer is 8`;
  upstreams[1]!.answer = (asked) => {
    const [a, b] = [...asked.matchAll(/(\d+)/g)].map(([number]) => Number(number)) as [number, number];
    return `${SECRET} has ${a} + ${b} = ${a + b}.\nThe answer is ${a + b}.`;
  };
  host = await buildObservedApp(`
upstreams:
  cheap: { provider: openai-compatible, baseUrl: "${upstreams[0]!.url}/v1" }
  dear: { provider: openai-compatible, baseUrl: "${upstreams[1]!.url}/v1" }
  judges: { provider: simulated, options: { answer: '{"better": "tie"}' } }
candidates:
  - { id: cheap/m, upstream: cheap, model: m, resembles: small, price: { inputUsdPerMTok: 0.1, outputUsdPerMTok: 0.1 } }
  - { id: dear/m, upstream: dear, model: m, resembles: large, price: { inputUsdPerMTok: 10, outputUsdPerMTok: 10 } }
  - { id: judges/umpire, upstream: judges, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 4 } }
routes:
  default:
    incumbent: dear/m
    candidates: [cheap/m, dear/m]
    mode: observe
    policy: { name: always, candidate: cheap/m }
    observation: { auditRate: 1, perTask: 0, dailyUsd: 50, noiseShare: 0, verifiers: [{ use: exact, match: contains }] }
auth: { required: false }
router: { timeoutMs: 2000 }
`);
  for (let i = 0; i < 6; i++) {
    await ask(host, questionOf(i), { session: `s-${i >> 1}`, metadata: { expected: `is ${3 * i + 7}.` } });
  }
  await host.service.observer.settled();
});
afterAll(async () => {
  await host.close();
  await Promise.all(upstreams.map((upstream) => upstream.close()));
});

const lessons = () => host.app.inject({ url: "/admin/observation/lessons?route=default", headers: ADMIN });

it("are what audits showed of both answers, under the names of trained models and without a word of their texts", async () => {
  const answer = await lessons();
  expect(answer.headers["content-type"]).toContain("application/x-ndjson");
  expect(answer.body).not.toContain(SECRET);
  const found = answer.body
    .trim()
    .split("\n")
    .map((line) => CascadeLesson.parse(JSON.parse(line)));
  expect(found).toHaveLength(6);
  const first = found.find(({ answers }) => answers[0]!.measures.answer === "7")!;
  expect(first).toMatchObject({ group: "s-0", route: "default", kind: "number" });
  expect(first.answers).toMatchObject([
    { model: "large", quality: 1, measures: { answer: "7", equations: 1, wrong_equations: 0, broken: false } },
    { model: "small", quality: 0, measures: { answer: "8", equations: 1, wrong_equations: 1, broken: false } },
  ]);
});

it("need an admin, and go when the observation's rows go", async () => {
  expect((await host.app.inject({ url: "/admin/observation/lessons" })).statusCode).toBe(401);
  host.advance(10_000 * DAY_MS);
  await host.service.observer.tick();
  expect((await lessons()).body).toBe("");
});
