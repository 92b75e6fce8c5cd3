import { execFile } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TEST_ADMIN_KEY } from "../testing/build-test-app.ts";
import { openWorld, SERVING, type World } from "./testing/changed-world.ts";

const headers = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
const told: Record<string, unknown>[] = [];
const hook = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    told.push(JSON.parse(Buffer.concat(chunks).toString("utf8")) as Record<string, unknown>);
    response.end();
  });
});
let world: World;

beforeAll(async () => {
  hook.listen(0, "127.0.0.1");
  await once(hook, "listening");
  const { port } = hook.address() as AddressInfo; // it listens on TCP
  world = await openWorld({ cheap: 0.4, retrain: `{ webhook: "http://127.0.0.1:${port}/" }` });
  await world.play(400);
});
afterAll(async () => {
  await world.close();
  hook.close();
});

async function call(method: "GET" | "POST", url: string, payload?: object) {
  const answer = await world.host.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  return { status: answer.statusCode, body: answer.json() };
}

describe("over HTTP, in a process of its own", () => {
  let run: string;

  it("begins at once, shows how far it is, and lets no other one begin", async () => {
    const begun = await call("POST", "/admin/retrain", { route: "default" });
    expect(begun).toMatchObject({ status: 202, body: { state: "running", route: "default", trigger: "api" } });
    run = begun.body.run;
    expect((await call("GET", "/admin/retrain")).body.routes[0]).toMatchObject({ route: "default", running: { run } });
    expect(await call("POST", "/admin/retrain", { route: "default" })).toMatchObject({
      status: 409,
      body: { error: { code: "retrain_running" } },
    });
  });

  it("ends with a proposal, which is told to the webhook and changes nothing by itself", async () => {
    await world.host.service.retrainer.settled();
    const { body } = await call("GET", `/admin/retrain/${run}`);
    expect(body.state, body.because).toBe("proposed");
    expect(body.comparison.quality_difference.low).toBeGreaterThan(0);
    expect(told).toEqual([
      expect.objectContaining({
        type: "router.proposed",
        run,
        route: "default",
        version: body.candidate,
        serving: SERVING,
        activated: false,
        quality_difference: body.comparison.quality_difference,
      }),
    ]);
    const { proposals } = (await call("GET", "/admin/retrain?route=default")).body;
    expect(proposals).toEqual([
      expect.objectContaining({ run, version: body.candidate, serves: false, stale: false, routes: ["default"] }),
    ]);
    expect((await call("GET", "/admin/routers")).body.serving.version).toBe(SERVING);
  });

  it("is counted among the metrics", async () => {
    const { body } = await world.host.app.inject({ url: "/metrics", headers });
    expect(body).toContain('weir_retrain_runs{route="default",state="proposed"} 1');
    expect(body).toMatch(/weir_retrain_last_run_seconds\{route="default"\} 18\d{8}/);
  });

  it("says whose certificate a promotion would void, and it is void then", async () => {
    const issued = await call("POST", "/admin/certificate", { route: "default", max_quality_loss: 0.9 });
    expect(issued.body.certified, JSON.stringify(issued.body)).toBe(true);
    const [proposal] = (await call("GET", "/admin/retrain")).body.proposals;
    expect(proposal.voids_certificates).toEqual(["default"]);
    await call("POST", "/admin/routers/default/promote", { version: proposal.version });
    const after = (await call("GET", "/admin/certificate?route=default")).body;
    expect(after).toMatchObject({ valid: false, void_because: [{ code: expect.stringContaining("router") }] });
    expect((await call("GET", "/admin/retrain")).body.proposals[0]).toMatchObject({ serves: true });
    await call("POST", "/admin/routers/default/rollback");
    expect((await call("GET", "/admin/certificate?route=default")).body.valid).toBe(true);
  });

  it("puts a proposal away when told to, and only a proposal", async () => {
    expect(await call("POST", `/admin/retrain/${run}/dismiss`)).toMatchObject({ status: 200, body: { run } });
    expect((await call("GET", "/admin/retrain")).body.proposals).toEqual([]);
    expect((await call("POST", "/admin/retrain/run_none/dismiss")).status).toBe(404);
    expect((await call("GET", "/admin/retrain/run_none")).body.error.code).toBe("unknown_run");
  });

  it.each([
    { url: "/admin/retrain", body: { route: "nowhere" }, status: 404 },
    { url: "/admin/retrain", body: { route: "default", since: "2999-01-01T00:00:00Z" }, status: 400 },
    { url: "/admin/retrain", body: {}, status: 400 },
  ])("refuses $body with $status", async ({ url, body, status }) => {
    expect((await call("POST", url, body)).status).toBe(status);
  });
});

describe("weir retrain", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const weir = async (...args: string[]) => {
    try {
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        ["--import", "tsx", join(root, "cli.ts"), ...args],
        { cwd: root },
      );
      return { code: 0, stdout, stderr };
    } catch (error) {
      // What a process that ended with another code than 0 rejects with.
      return error as { code: number; stdout: string; stderr: string };
    }
  };
  const flags = () => {
    const config = join(world.folder, "weir.yaml");
    writeFileSync(config, world.config);
    return ["--config", config, "--models", world.models, "--storage", `sqlite:${join(world.folder, "weir.db")}`];
  };

  it("says what it found, and how to serve it", async () => {
    // The server's clock is set ahead of the command's, so that all of its log lies in the future.
    const { code, stdout, stderr } = await weir("retrain", "--since", "1d", ...flags());
    expect(code, stderr).toBe(1);
    expect(stdout).toMatch(/refused: of 0 requests of route default since/);
  });

  it("refuses what makes no sense with exit code 2", async () => {
    const unknown = await weir("retrain", "--route", "nowhere", ...flags());
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(/no route "nowhere" \(known: default\)/);
    const future = await weir("retrain", "--since", "2999-01-01", ...flags());
    expect(future.code).toBe(2);
    expect(future.stderr).toMatch(/future/);
  });
});
