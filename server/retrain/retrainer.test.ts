import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { thisWriter, writerName } from "../log/segment-name.ts";
import type { RetrainJob } from "./retrain-job.ts";
import { createRetrainer, type Retrainer } from "./retrainer.ts";
import { draftFolder } from "./run-retrain.ts";
import { openWorld, SERVING, type World } from "./testing/changed-world.ts";

const worlds: World[] = [];
const retrainers: Retrainer[] = [];
afterEach(async () => {
  for (const retrainer of retrainers.splice(0)) await retrainer.close();
  for (const world of worlds.splice(0)) await world.close();
});

const NIGHTLY = '{ schedule: "0 3 * * *", timeoutMinutes: 1000 }';
const HOUR_MS = 3_600_000;
/** A process that does nothing, for as long as it is told. */
const IDLE = "setInterval(() => {}, 1000)";

interface Setup {
  readonly world: World;
  readonly retrainer: Retrainer;
  readonly jobs: RetrainJob[];
  readonly children: ChildProcess[];
}

/** A retrainer whose processes run this script instead of a run. */
async function setup(script: string, retrain = NIGHTLY, world?: World): Promise<Setup> {
  const opened = world ?? (await openWorld({ cheap: 0.8, retrain }));
  if (world === undefined) worlds.push(opened);
  const { service } = opened.host;
  const jobs: RetrainJob[] = [];
  const children: ChildProcess[] = [];
  let runs = 0;
  const retrainer = createRetrainer({
    storage: service.storage,
    settings: () => service.settings,
    routers: service.routers,
    spawn(job) {
      jobs.push(job);
      const child = spawn(process.execPath, ["-e", script], { stdio: ["pipe", "ignore", "pipe"] });
      children.push(child);
      return child;
    },
    writer: thisWriter(opened.host.now()),
    newRunId: () => `run_${++runs}_${opened.host.now()}`,
    clock: opened.host.now,
    log: { info() {}, warn() {}, error() {} },
  });
  retrainers.push(retrainer);
  return { world: opened, retrainer, jobs, children };
}

const byHand = { route: "default", since: null, trigger: "api", dueAtMs: null } as const;

describe("a schedule", () => {
  it("starts a run when it is due, once, and tells when the next one is", async () => {
    const { world, retrainer, jobs } = await setup("");
    const [before] = await retrainer.scheduled();
    // The clock stands at 08:00 UTC.
    expect(new Date(before!.nextAtMs!).toISOString()).toMatch(/T03:00:00.000Z$/);
    await retrainer.tick();
    expect(jobs).toEqual([]);
    world.host.advance(20 * HOUR_MS);
    await retrainer.tick();
    await retrainer.settled();
    await retrainer.tick();
    expect(jobs.length).toBe(1);
    const [run] = await world.host.service.storage.retrains.list("default", 5);
    expect(run).toMatchObject({ trigger: "schedule", dueAtMs: before!.nextAtMs, router: "default", serving: SERVING });
    const [after] = await retrainer.scheduled();
    expect(after!.nextAtMs! - before!.nextAtMs!).toBe(24 * HOUR_MS);
  });

  it("makes up for one moment of all that were missed", async () => {
    const first = await setup("");
    first.world.host.advance(20 * HOUR_MS);
    await first.retrainer.tick();
    await first.retrainer.settled();
    first.world.host.advance(10 * 24 * HOUR_MS);
    for (let i = 0; i < 3; i++) {
      await first.retrainer.tick();
      await first.retrainer.settled();
    }
    expect(first.jobs.length).toBe(2);
  });

  it("is kept by one of the processes that share the database", async () => {
    const first = await setup("");
    const second = await setup("", NIGHTLY, first.world);
    first.world.host.advance(20 * HOUR_MS);
    await Promise.all([first.retrainer.tick(), second.retrainer.tick()]);
    await Promise.all([first.retrainer.settled(), second.retrainer.settled()]);
    await Promise.all([first.retrainer.tick(), second.retrainer.tick()]);
    expect(first.jobs.length + second.jobs.length).toBe(1);
  });
});

describe("a run", () => {
  it("stands in the way of another one", async () => {
    const { retrainer } = await setup(IDLE);
    const run = await retrainer.start(byHand);
    await expect(retrainer.start(byHand)).rejects.toMatchObject({
      code: "retrain_running",
      message: expect.stringContaining(run.runId),
    });
  });

  it("that is killed counts as died, leaves nothing behind, and lets the next one begin", async () => {
    const { world, retrainer, jobs, children } = await setup(IDLE);
    const run = await retrainer.start(byHand);
    mkdirSync(draftFolder(jobs[0]!), { recursive: true });
    children[0]!.kill("SIGKILL");
    await retrainer.settled();
    const { retrains } = world.host.service.storage;
    expect(await retrains.find(run.runId)).toMatchObject({
      state: "died",
      because: expect.stringContaining("SIGKILL"),
    });
    expect(readdirSync(join(world.models, "default"))).toEqual([SERVING]);
    expect((await retrainer.start(byHand)).state).toBe("running");
  });

  it("says what its process complained of", async () => {
    const { world, retrainer } = await setup('process.stderr.write("no memory"); process.exit(3)');
    const run = await retrainer.start(byHand);
    await retrainer.settled();
    expect(await world.host.service.storage.retrains.find(run.runId)).toMatchObject({
      state: "died",
      because: "its process ended with 3: no memory",
    });
  });

  it("that takes too long is ended", async () => {
    const { world, retrainer } = await setup(IDLE, "{ timeoutMinutes: 0.001 }");
    const run = await retrainer.start(byHand);
    await retrainer.settled();
    expect((await world.host.service.storage.retrains.find(run.runId))!.because).toMatch(/longer than 0.001 minutes/);
  });

  it("that has lost its server and its process is found by the next server", async () => {
    const { world, retrainer } = await setup("");
    const { retrains } = world.host.service.storage;
    const gone = spawn(process.execPath, ["-e", ""]);
    await once(gone, "close");
    const holder = writerName({ ...thisWriter(0), pid: gone.pid! });
    const run = await beginAs(world, holder);
    await retrainer.tick();
    expect(await retrains.find(run)).toMatchObject({ state: "died", because: "its process ended before it did" });
    // One whose process is alive is left alone.
    const alive = await setup(IDLE, NIGHTLY, world);
    const other = await alive.retrainer.start(byHand);
    await retrains.hold(other.runId, writerName({ ...thisWriter(0), pid: alive.children[0]!.pid! }));
    await retrainer.tick();
    expect((await retrains.find(other.runId))!.state).toBe("running");
  });

  it("ends with its server", async () => {
    const { world, retrainer, children } = await setup(IDLE);
    const run = await retrainer.start(byHand);
    await retrainer.close();
    expect(children[0]!.killed).toBe(true);
    expect((await world.host.service.storage.retrains.find(run.runId))!.state).toBe("died");
    expect(existsSync(join(world.models, "default", "current"))).toBe(false);
  });

  it.each([
    { request: { ...byHand, route: "nowhere" }, code: "unknown_route" },
    { request: { ...byHand, since: "2999-01-01" }, code: "invalid_request" },
    { request: { ...byHand, since: "soon" }, code: "invalid_request" },
  ])("is refused for $request.route since $request.since", async ({ request, code }) => {
    const { retrainer, jobs } = await setup("");
    await expect(retrainer.start(request)).rejects.toMatchObject({ code });
    expect(jobs).toEqual([]);
  });
});

/** A run that another process had begun. */
async function beginAs(world: World, holder: string): Promise<string> {
  const { retrains } = world.host.service.storage;
  const runId = "run_of_another";
  const nowMs = world.host.now();
  await retrains.begin({
    runId,
    route: "default",
    router: "default",
    serving: SERVING,
    trigger: "command",
    dueAtMs: null,
    state: "running",
    stage: "train",
    startedAtMs: nowMs,
    endedAtMs: null,
    sinceMs: 0,
    holder,
    candidate: null,
    because: null,
    comparison: null,
    dismissedAtMs: null,
  });
  return runId;
}
