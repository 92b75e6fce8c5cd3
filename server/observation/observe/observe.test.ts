import { afterEach, describe, expect, it } from "vitest";
import { TEST_ADMIN_KEY, type TestApp } from "../../testing/build-test-app.ts";
import { ask, buildObservedApp, observedConfig } from "../testing/observed-app.ts";
import type { reportBody } from "./report-body.ts";

type Body = ReturnType<typeof reportBody>;

let host: TestApp;
afterEach(() => host.close());

async function report(query = ""): Promise<Body> {
  const answer = await host.app.inject({ url: `/admin/observation${query}`, headers: admin });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}
const admin = { authorization: `Bearer ${TEST_ADMIN_KEY}` };

describe("a route that observes", () => {
  it("draws, replays and judges requests that the client never hears of", async () => {
    host = await buildObservedApp(observedConfig("{ auditRate: 1 }"));
    for (let i = 0; i < 10; i++) {
      const answer = await ask(host, `question ${i}`);
      expect(answer.headers["x-weir-model"]).toBe("dear/large-1");
    }
    await host.service.observer.settled();
    const body = await report();
    expect(body.audits).toMatchObject({ drawn: 10, done: 10, queued: 0, lost: 0, unjudged: 0 });
    expect(body).toMatchObject({ day: 1, days: 14, state: "running", salt: null });
    expect(body.traffic).toMatchObject({ requests: 10, eligible: 10, excluded_share: 0 });
  });
});
