import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readManifest } from "../../engine/artifact.ts";
import { TEST_ADMIN_KEY } from "../testing/build-test-app.ts";
import type { RetrainRun } from "./retrain-store.ts";
import { openWorld, SERVING, type World, type WorldOptions } from "./testing/changed-world.ts";
import { retrainIn } from "./testing/retrain-in.ts";

const headers = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
const open: World[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

async function played(options: WorldOptions, requests: number): Promise<World> {
  const world = await openWorld(options);
  open.push(world);
  await world.play(requests);
  return world;
}

function filesOf({ models }: World, version: string): Record<string, string> {
  const folder = join(models, "default", version);
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name)).toString("base64")]),
  );
}

describe("a world in which the cheap model became worse, while no text is kept", () => {
  let world: World;
  let run: RetrainRun;
  beforeAll(async () => {
    world = await openWorld({ cheap: 0.4 });
    await world.play(600);
    run = await retrainIn(world);
  });
  afterAll(() => world.close());

  it("proposes a router whose paired interval lies above 0", () => {
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

  it("says in the candidate's lineage what it was learned from, and from which one", async () => {
    const folder = pathToFileURL(`${join(world.models, "default", run.candidate!)}/`);
    const { lineage } = await readManifest(folder);
    const own = lineage.data.find(({ source }) => source === "weir-log")!;
    expect(own).toMatchObject({ digest: run.comparison!.data_digest, records: run.comparison!.labels });
    expect(lineage.options["recalibrated"]).toMatchObject({ from: SERVING, seed: 1 });
    expect(readFileSync(new URL("CARD.md", folder), "utf8")).toContain(`from ${SERVING}`);
  });

  it("makes the same bytes of the same rows and seed", async () => {
    const again = await retrainIn(world, { nowMs: run.startedAtMs });
    expect(again.state).toBe("proposed");
    const [first, second] = [filesOf(world, run.candidate!), filesOf(world, again.candidate!)];
    const ofVersion = (text: string) =>
      Buffer.from(text, "base64").toString("utf8").replaceAll(again.candidate!, run.candidate!);
    const { "manifest.json": a, ...bytes } = first;
    const { "manifest.json": b, ...otherBytes } = second;
    expect(otherBytes).toEqual(bytes);
    expect(ofVersion(b!)).toBe(ofVersion(a!));
  });

  it("serves it once it is promoted, without a restart, and the old one after a rollback", async () => {
    const model = async (i: number) => {
      const answer = await world.host.app.inject({
        method: "POST",
        url: "/route",
        payload: { prompt: `A proof number ${i}: please explain it well. `, route: "default" },
      });
      return answer.json().model;
    };
    expect(await model(1)).toBe("cheap/small-1");
    const post = (url: string, payload?: object) =>
      world.host.app.inject({ method: "POST", url, headers, payload: payload ?? {} });
    expect((await post("/admin/routers/default/promote", { version: run.candidate })).json()).toMatchObject({
      from: SERVING,
      to: run.candidate,
    });
    expect(await model(2)).toBe("dear/large-1");
    const { proposals } = (await world.host.app.inject({ url: "/admin/retrain", headers })).json();
    expect(proposals.find(({ version }: { version: string }) => version === run.candidate)).toMatchObject({
      serves: true,
      routes: ["default"],
    });
    expect((await post("/admin/routers/default/rollback")).json()).toMatchObject({ to: SERVING });
    expect(await model(3)).toBe("cheap/small-1");
  });
});

describe("other worlds", () => {
  it("proposes nothing where nothing changed", async () => {
    const world = await played({ cheap: 0.86, retrain: "{ confidence: 0.999 }" }, 400);
    const run = await retrainIn(world);
    expect(run.state, run.because ?? "").toBe("no_better");
    expect(run.candidate).toBeNull();
    // Nothing is left of it.
    expect(readdirSync(join(world.models, "default"))).toEqual([SERVING]);
  });

  it("trains from the texts as well where the route keeps them, and takes the way that foretells better", async () => {
    const world = await played(
      { cheap: 0.4, content: "full", auditRate: 1, retrain: "{ seed: 3, heldOut: 0.3, estimator: ridge }" },
      560,
    );
    const run = await retrainIn(world);
    const [unchanged, recalibrated, trained] = run.comparison!.tried;
    expect(trained).toMatchObject({ way: "trained" });
    expect(trained!.log_loss, trained!.note ?? "").not.toBeNull();
    expect(Math.min(recalibrated!.log_loss!, trained!.log_loss!)).toBeLessThan(unchanged!.log_loss!);
    expect(run.comparison!.way).toBe(recalibrated!.log_loss! <= trained!.log_loss! ? "recalibrated" : "trained");
    expect(run.state, run.because ?? "").toBe("proposed");
  });

  it("learns from feedback where there are no audits, and refuses to compare what was never tried", async () => {
    const world = await played({ cheap: 0.4, auditRate: 0 }, 200);
    const { rows } = (await world.host.app.inject({ url: "/admin/requests?limit=200", headers })).json();
    for (const { id } of rows) {
      const payload = { id, label: "good", source: "user" };
      expect((await world.host.app.inject({ method: "POST", url: "/feedback", payload })).statusCode).toBe(201);
    }
    const run = await retrainIn(world);
    // The incumbent answered all of them: of the cheap model nobody knows anything, and the two choose alike.
    expect(["no_better", "refused"]).toContain(run.state);
    expect(run.comparison).toMatchObject({ by: "feedback", labels: 120 });
    expect(run.candidate).toBeNull();
  });

  it("refuses with what is missing where nobody said anything", async () => {
    const world = await played({ cheap: 0.4, auditRate: 0 }, 20);
    const run = await retrainIn(world);
    expect(run).toMatchObject({ state: "refused", candidate: null, comparison: null });
    expect(run.because).toMatch(/of 20 requests of route default since .*, 0 of the earlier part have a verdict/);
    expect(run.because).toContain("POST /feedback");
  });
});

describe("a run that fails in the middle", () => {
  it("says at once when routers cannot be written where they lie", async () => {
    const world = await played({ cheap: 0.4 }, 200);
    // A file stands where its draft should go: a mode would not do where root runs the test.
    writeFileSync(join(world.models, "default", ".retrain-run_shut"), "");
    const run = await retrainIn(world, { runId: "run_shut" });
    expect(run).toMatchObject({
      state: "failed",
      because: expect.stringContaining("set router.models to a folder of your own"),
    });
  });

  it("leaves the old router serving and nothing half written, and is told as failed", async () => {
    const world = await played({ cheap: 0.4 }, 200);
    const fault = new Error("the disk is full");
    const failing = retrainIn(world, {
      learn: async ({ out }) => {
        expect(readdirSync(join(world.models, "default")).some((name) => out.endsWith(name))).toBe(true);
        throw fault;
      },
    });
    await expect(failing).rejects.toBe(fault);
    expect(readdirSync(join(world.models, "default"))).toEqual([SERVING]);
    const [run] = await world.host.service.storage.retrains.list("default", 1);
    expect(run).toMatchObject({ state: "failed", candidate: null, because: "it failed: the disk is full" });
    expect(world.host.service.routers.identity.version).toBe(SERVING);
  });
});
