import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ask, buildObservedApp, observedConfig } from "./observation/testing/observed-app.ts";
import { labelCommand, observeCommand, restartObservation } from "./observe-command.ts";
import { TEST_ADMIN_KEY, type TestApp } from "./testing/build-test-app.ts";
import { printed } from "./testing/printed.ts";

let host: TestApp;
let url: string;
const folder = mkdtempSync(join(tmpdir(), "weir-observe-cli-"));

beforeAll(async () => {
  vi.stubEnv("WEIR_ADMIN_KEY", TEST_ADMIN_KEY);
  host = await buildObservedApp(
    observedConfig(
      '{ auditRate: 1, goldShare: 0.1, noiseShare: 0.1, parallel: 8, verifiers: [{ use: regex, pattern: "a good answer" }] }',
    ),
  );
  url = await host.app.listen({ port: 0, host: "127.0.0.1" });
  for (let i = 0; i < 120; i++) {
    const metadata = { feature: i % 2 === 0 ? "a-feature-with-quite-a-long-name" : "search", tenant: `t${i % 3}` };
    await ask(host, `question ${i}`, { metadata });
  }
  await ask(host, "secret", { metadata: { private: true } });
  await host.service.observer.settled();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("weir observe", () => {
  it("says within 80 columns what routing would have done", async () => {
    const text = await printed(() => observeCommand({ route: "default", url }));
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    for (const said of [
      "route default: day 1 of 14, running",
      "121 requests",
      "0.8 % excluded (private 1 %)",
      "120 done, 0 queued, 0 not judged, 0 lost",
      "price-only upper bound, quality unmeasured",
      "would move 100.0 % of requests",
      "quality difference -0.",
      "a-feature-with-quit~",
      "t0",
      "more audits",
    ])
      expect(text).toContain(said);
  });

  it("gives machines all of it", async () => {
    const body = JSON.parse(await printed(() => observeCommand({ route: "default", url, json: true }))) as object;
    expect(body).toMatchObject({ route: "default", audits: { done: 120 }, labels: { people: 0, share: 0.1 } });
  });

  it("says which routes there are for one that there is not", async () => {
    await expect(observeCommand({ route: "other", url })).rejects.toThrow('there is no route "other" (known: default)');
  });

  it("writes what waits for labels, keeps an existing file, and takes labels from one", async () => {
    const out = join(folder, "tasks.jsonl");
    expect(await printed(() => labelCommand({ route: "default", url, out }))).toMatch(/^\d+ audits to label/);
    await expect(labelCommand({ route: "default", url, out })).rejects.toThrow("an existing file is kept");
    const tasks = readFileSync(out, "utf8").trim().split("\n");
    expect(tasks.length).toBeGreaterThan(3);
    const file = join(folder, "labels.jsonl");
    writeFileSync(file, tasks.map((line) => `${line.replace('"better":null', '"better":"tie"')}\n`).join(""));
    expect(await printed(() => labelCommand({ route: "default", url, file }))).toBe(`${tasks.length} labels taken\n`);
    expect(await printed(() => labelCommand({ route: "default", url }))).toBe("\n");
    const report = await printed(() => observeCommand({ route: "default", url }));
    expect(report).toContain(`labels    ${tasks.length} by people`);
    writeFileSync(file, '{"request": "x", "better": "me"}\n');
    await expect(labelCommand({ route: "default", url, file })).rejects.toThrow("better");
  });

  it("begins anew", async () => {
    expect(await printed(() => restartObservation({ route: "default", url }))).toContain("observed anew");
    expect(await printed(() => observeCommand({ route: "default", url }))).toContain("0 requests");
  });
});
