import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { packageRoot } from "../../engine/package-root.ts";
import { openWorld, SERVING } from "./testing/changed-world.ts";

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

it("learns as it is shipped, from data beside the log, and serves what it proposes where it is told to", async () => {
  const world = await openWorld({
    cheap: 0.4,
    content: "full",
    auditRate: 1,
    retrain: '{ activate: true, data: "DATA", heldOut: 0.3, seed: 3, estimator: ridge }',
  });
  const data = join(world.folder, "outcomes.jsonl");
  // What is played shall have happened when the other server starts. The observation began before the clock was set back.
  world.host.advance(Date.now() - world.host.now() - 4 * DAY_MS);
  await world.play(560);
  const config = join(world.folder, "weir.yaml");
  writeFileSync(config, world.config.replace("DATA", data));

  const storage = `sqlite:${join(world.folder, "weir.db")}`;
  const server = spawn(
    process.execPath,
    [CLI, "serve", "--config", config, "--models", world.models, "--storage", storage],
    { cwd: world.folder, env: { PATH: process.env.PATH, PORT: "0", WEIR_ADMIN_KEY: "adm" } },
  );
  let output = "";
  server.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const url = await new Promise<string>((resolve, reject) => {
    server.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const address = /"address":"([^"]+)"/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    });
    server.once("exit", () => reject(new Error(output)));
  });
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
  await expect.poll(serving, { timeout: 30_000 }).toBe(proposed.candidate);
  await post("/admin/routers/default/rollback", {});
  await expect.poll(serving, { timeout: 30_000 }).toBe(SERVING);

  const gone = once(server, "exit");
  server.kill("SIGTERM");
  await gone;
  await world.close();
}, 240_000);
