import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyArtifact } from "../engine/testing/tiny-artifact.ts";
import { openStorage } from "./open-storage.ts";
import { TEST_CONFIG } from "./testing/build-test-app.ts";
import { spawnServer } from "./testing/spawn-server.ts";

const ENTRY = fileURLToPath(new URL("./testing/serve-process.ts", import.meta.url));

describe("a process that cannot start", () => {
  it.each([
    ["a shared state that nobody speaks", 'shared: { url: "memcached:" }', 'shared\\.url: nothing speaks "memcached:"'],
    ["a guardrail that nobody wrote", "guardrails: [{ name: a, check: nope, action: block }]", "nope"],
  ])("ends by itself and says why: %s", async (_, section, reason) => {
    const folder = mkdtempSync(join(tmpdir(), "weir-refused-"));
    await writeTinyArtifact(pathToFileURL(`${folder}/models/default/1/`));
    writeFileSync(join(folder, "weir.yaml"), `${TEST_CONFIG}\n${section}\n`);
    const files = {
      config: join(folder, "weir.yaml"),
      models: join(folder, "models"),
      storage: `sqlite:${folder}/w.db`,
    };
    await expect(spawnServer(files)).rejects.toThrow(new RegExp(`ended with 2.*${reason}`, "s"));
    rmSync(folder, { recursive: true, force: true });
  });
});

describe("the process", () => {
  let folder: string;
  let child: ChildProcess;
  let address: string;
  let output: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "weir-process-"));
    await writeTinyArtifact(pathToFileURL(`${folder}/models/default/1/`));
    writeFileSync(join(folder, "weir.yaml"), TEST_CONFIG);
    await start();
  });
  afterAll(async () => {
    await end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    output = "";
    child = fork(ENTRY, [join(folder, "weir.yaml"), join(folder, "models"), `sqlite:${folder}/weir.db`], {
      execArgv: ["--import", "tsx"],
      env: { PATH: process.env.PATH, TMPDIR: tmpdir() },
      silent: true,
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const failed = once(child, "exit").then(([code]) => {
      throw new Error(`the server ended with ${code}: ${output}`);
    });
    const [told] = await Promise.race([once(child, "message"), failed]);
    failed.catch(() => {});
    address = String(told);
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const gone = once(child, "exit");
    child.kill(signal);
    const [code] = await gone;
    return code as number | null;
  }

  async function route(prompt: string, name = "default"): Promise<{ decision_id: string }> {
    const body = JSON.stringify({ prompt, route: name });
    const response = await fetch(`${address}/route`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as { decision_id: string };
  }

  async function stored(ids: readonly string[]): Promise<number> {
    const storage = await openStorage(`sqlite:${folder}/weir.db`);
    const found = await Promise.all(ids.map((id) => storage.findDecision(id)));
    await storage.close();
    return found.filter((decision) => decision !== null).length;
  }

  it("reads the configuration again when it changes and on SIGHUP, and keeps the old one when the new one is bad", async () => {
    writeFileSync(join(folder, "weir.yaml"), TEST_CONFIG.replace("  fixed:", "  changed:"));
    const isChanged = () =>
      route("a", "changed").then(
        () => true,
        () => false,
      );
    await expect.poll(isChanged).toBe(true);
    writeFileSync(join(folder, "weir.yaml"), "routes: [");
    await expect.poll(() => output.includes("the old one stays in effect")).toBe(true);
    child.kill("SIGHUP");
    await expect.poll(() => output.split("the old one stays in effect").length).toBeGreaterThan(2);
    await route("a", "changed");
    writeFileSync(join(folder, "weir.yaml"), TEST_CONFIG);
  });

  it("serves another version as soon as the pointer file says so", async () => {
    const target = pathToFileURL(`${folder}/models/default/0/`);
    const manifest = await writeTinyArtifact(target);
    writeFileSync(new URL("manifest.json", target), JSON.stringify({ ...manifest, version: "0" }));
    writeFileSync(join(folder, "models/default/current"), "0\n1\n");
    const served = async () =>
      ((await (await fetch(address)).json()) as { router: { version: string } }).router.version;
    await expect.poll(served).toBe("0");
    await route("a");
  });

  it("keeps what is older than a blink when it is killed", async () => {
    expect(output).toMatch(/Admin key .*\n {2}weir-admin-/);
    const ids = await Promise.all(Array.from({ length: 20 }, async (_, i) => (await route(`prompt ${i}`)).decision_id));
    const isWritten = async () => /weir_storage_queue_depth 0\n/.test(await (await fetch(`${address}/metrics`)).text());
    await expect.poll(isWritten).toBe(true);
    await end("SIGKILL");
    expect(await stored(ids)).toBe(20);
  });

  it("starts again, ends on SIGTERM with everything stored and exit code 0, and shows no admin key twice", async () => {
    await start();
    const ids = await Promise.all(Array.from({ length: 50 }, async (_, i) => (await route(`prompt ${i}`)).decision_id));
    expect(await end("SIGTERM")).toBe(0);
    expect(await stored(ids)).toBe(50);
    expect(output).not.toContain("weir-admin-");
  });
});
