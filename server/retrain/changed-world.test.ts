import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPolicies } from "../../engine/index.ts";
import { learn } from "../../trainer/retrain/learn.ts";
import { beginRun } from "./begin-run.ts";
import type { RetrainRun } from "./retrain-store.ts";
import { runRetrain } from "./run-retrain.ts";
import { openWorld, SERVING, type World } from "./testing/changed-world.ts";

/** A run in this process, as the command does it. */
async function retrain({ host }: World): Promise<RetrainRun> {
  const { service } = host;
  const nowMs = host.now();
  const { job } = await beginRun(
    { route: "default", since: "30d", trigger: "command", dueAtMs: null },
    {
      settings: service.settings,
      routers: service.routers.store,
      candidates: service.routers.catalogue.candidates,
      storage: service.storage,
      newRunId: () => `run_${nowMs}`,
      holder: "nobody",
      nowMs,
    },
  );
  return runRetrain(job, {
    storage: service.storage,
    learn,
    policies: await loadPolicies(),
    clock: host.now,
    onStage: () => {},
  });
}

describe("a world in which the cheap model became worse, while no text is kept", () => {
  let world: World;
  let run: RetrainRun;
  beforeAll(async () => {
    world = await openWorld({ cheap: 0.4 });
    await world.play(700);
    run = await retrain(world);
  }, 120_000);
  afterAll(() => world.close());

  it("proposes a router whose paired interval lies above 0", () => {
    console.log(JSON.stringify(run, null, 1));
    expect(run.state, run.because ?? "").toBe("proposed");
    const { quality_difference: quality, cost_difference_usd: cost, way, by, choices_from } = run.comparison!;
    expect({ way, by, choices_from }).toEqual({ way: "recalibrated", by: "audits", choices_from: "log" });
    expect(quality!.low).toBeGreaterThan(0.1);
    // By hand: at most all traffic moves back from 0.4 to 0.9.
    expect(quality!.high).toBeLessThan(0.65);
    expect(cost!.low).toBeGreaterThan(0);
  });

  it("writes the candidate beside the router that serves, and pins that one", () => {
    expect(readdirSync(join(world.models, "default")).sort()).toEqual([SERVING, run.candidate, "current"].sort());
    expect(world.host.service.routers.store.show("default").current).toBe(SERVING);
    expect(world.host.service.routers.identity.version).toBe(SERVING);
  });
});
