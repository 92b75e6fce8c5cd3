import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { packageRoot } from "../../engine/package-root.ts";
import { thisWriter } from "../log/segment-name.ts";
import { addressOf } from "../testing/address-of.ts";
import { createRetrainer } from "./retrainer.ts";
import { spawnRetrain } from "./spawn-retrain.ts";
import { openWorld, SERVING, type World } from "./testing/changed-world.ts";

const CLI = fileURLToPath(new URL("dist/cli.js", packageRoot));
const DAY_MS = 86_400_000;

/** Outcome data: prompts that both models answered. */
const recordsOf = (n: number) =>
  Array.from({ length: n }, (_, i) =>
    ["small", "large"].map((model) =>
      JSON.stringify({ prompt: `Tell me of number ${i}.`, model, quality: model === "large" || i % 3 === 0 ? 1 : 0 }),
    ),
  )
    .flat()
    .join("\n");

let world: World;
let data: string;
let config: string;
beforeAll(async () => {
  world = await openWorld({
    cheap: 0.4,
    content: "full",
    auditRate: 1,
    retrain: '{ activate: true, data: "DATA", heldOut: 0.3, seed: 3, estimator: ridge }',
  });
  data = join(world.folder, "outcomes.jsonl");
  config = join(world.folder, "weir.yaml");
  writeFileSync(config, world.config.replace("DATA", data));
  // What is played shall have happened when the other server starts. The observation began before the clock was set back.
  world.host.advance(Date.now() - world.host.now() - 4 * DAY_MS);
  await world.play(560);
});
afterAll(() => world.close());

it("a run that is killed while it learns leaves the router that serves, and nothing half written", async () => {
  // Whoever reads it waits for ever: the run is in the midst of it, however fast the machine is.
  execFileSync("mkfifo", [data]);
  world.host.setConfig(world.config.replace("DATA", data));
  await world.host.service.reload();
  const { storage, routers } = world.host.service;
  let child: ChildProcess | null = null;
  const retrainer = createRetrainer({
    storage,
    settings: () => world.host.service.settings,
    routers,
    spawn(job) {
      child = spawnRetrain(job);
      return child;
    },
    writer: thisWriter(world.host.now()),
    newRunId: () => "run_to_be_killed",
    clock: world.host.now,
    log: { info() {}, warn() {}, error() {} },
  });
  const { runId } = await retrainer.start({ route: "default", since: null, trigger: "api", dueAtMs: null });
  await expect.poll(async () => (await storage.retrains.find(runId))!.stage, { timeout: 120_000 }).toBe("train");
  expect(readdirSync(join(world.models, "default"))).toContain(`.retrain-${runId}`);
  child!.kill("SIGKILL");
  await retrainer.settled();
  await retrainer.close();
  rmSync(data);
  const because = expect.stringContaining("SIGKILL");
  expect(await storage.retrains.find(runId)).toMatchObject({ state: "died", candidate: null, because });
  expect(readdirSync(join(world.models, "default"))).toEqual([SERVING]);
  expect(routers.identity.version).toBe(SERVING);
});

it("learns as it is shipped, from data beside the log, and serves what it proposes where it is told to", async () => {
  const storage = `sqlite:${join(world.folder, "weir.db")}`;
  const server = spawn(
    process.execPath,
    [CLI, "serve", "--config", config, "--models", world.models, "--storage", storage],
    { cwd: world.folder, env: { PATH: process.env.PATH, PORT: "0", WEIR_ADMIN_KEY: "adm" } },
  );
  const url = await addressOf(server);
  const headers = { "x-weir-key": "adm", "content-type": "application/json" };
  const get = async (path: string) => (await fetch(`${url}${path}`, { headers })).json();
  const post = async (path: string, body: object) =>
    (await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) })).json();
  async function ended(): Promise<Record<string, unknown>> {
    const begun = (await post("/admin/retrain", { route: "default" })) as { run: string };
    expect(begun, JSON.stringify(begun)).toMatchObject({ state: "running" });
    const { run } = begun;
    const now = async () => (await get(`/admin/retrain/${run}`)) as Record<string, unknown>;
    await expect.poll(async () => (await now()).state, { timeout: 120_000, interval: 200 }).not.toBe("running");
    return now();
  }
  const serving = async () => ((await get("/admin/routers")) as { serving: { version: string } }).serving.version;

  const without = await ended();
  const because = expect.stringContaining("outcomes.jsonl");
  expect(without, JSON.stringify(without)).toMatchObject({ state: "failed", because });
  expect(await serving()).toBe(SERVING);

  writeFileSync(data, recordsOf(100));
  const proposed = await ended();
  expect(proposed, JSON.stringify(proposed)).toMatchObject({
    state: "proposed",
    comparison: {
      tried: [{ way: "unchanged" }, { way: "recalibrated" }, { way: "trained", log_loss: expect.any(Number) }],
    },
  });
  await expect.poll(serving).toBe(proposed.candidate);
  await post("/admin/routers/default/rollback", {});
  await expect.poll(serving).toBe(SERVING);

  const gone = once(server, "exit");
  server.kill("SIGTERM");
  await gone;
});
