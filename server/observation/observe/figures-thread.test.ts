import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { TestApp } from "../../testing/build-test-app.ts";
import { ask, buildObservedApp, observedConfig } from "../testing/observed-app.ts";
import { computeHere } from "./compute-figures.ts";
import { computeInThread } from "./figures-thread.ts";

const folder = mkdtempSync(join(tmpdir(), "weir-figures-"));
const storage = `sqlite:${join(folder, "weir.db")}`;
const options = {
  confidence: 0.95,
  maxQualityLoss: 0.03,
  thresholds: null,
  goldShare: 0,
  prices: [],
  toDay: 0,
  isFinal: false,
};
let host: TestApp;

beforeAll(async () => {
  host = await buildObservedApp(observedConfig("{ auditRate: 1, noiseShare: 0 }"), { storage });
  for (let i = 0; i < 5; i++) await ask(host, `question ${i}`);
  await host.service.observer.settled();
});
afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

it("a thread beside the server computes what the server would", async () => {
  const { audits } = host.service.storage;
  const { observationId } = (await audits.current("default"))!;
  const here = await computeHere(audits)(observationId, options);
  expect(here.figures.requests).toBe(5);
  expect(await computeInThread(storage)(observationId, options)).toEqual(here);
});

it("says why a thread could not compute", async () => {
  await expect(computeInThread("nothing:there")("obs", options)).rejects.toThrow("no storage speaks");
});
