import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { listRevisions, restoreConfig, setConfig, showConfig, unsetConfig } from "./config-command.ts";
import { buildTestApp, TEST_ADMIN_KEY, TEST_CONFIG, type TestApp } from "./testing/build-test-app.ts";
import { printed } from "./testing/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "weir-config-cli-"));
let weir: TestApp;
let flags: { url: string };

beforeAll(async () => {
  vi.stubEnv("WEIR_ADMIN_KEY", TEST_ADMIN_KEY);
  weir = await buildTestApp({ onDisk: true });
  flags = { url: await weir.app.listen({ port: 0, host: "127.0.0.1" }) };
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await weir.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("weir config", () => {
  const file = join(folder, "limits.yaml");
  const text = () => readFileSync(weir.configPath, "utf8");

  it("lists sections, and shows one as it is written or as it is in effect", async () => {
    expect(await printed(() => showConfig(undefined, flags))).toMatch(/^limits {6}\w.*\n(.*\n)*traces/);
    expect(await printed(() => showConfig("auth", flags))).toBe("auth: { required: false }\n");
    expect(await printed(() => showConfig("cache", flags))).toMatch(
      /^# weir.yaml does not have it.*\ncache:\n {2}exact:/,
    );
    expect(await printed(() => showConfig("auth", { ...flags, effective: true }))).toBe("auth:\n  required: false\n");
    await expect(showConfig("nothing", flags)).rejects.toThrow("no section of weir.yaml");
  });

  it("sets a section from a file, tries it dry, takes it out, and puts back what was", async () => {
    writeFileSync(file, "# everybody\n- { scope: key, subject: '*', rpm: 60 }\n");
    expect(await printed(() => setConfig("limits", file, { ...flags, dryRun: true }))).toContain("nothing was changed");
    expect(text()).toBe(TEST_CONFIG);
    expect(await printed(() => setConfig("limits", file, { ...flags, note: "for all" }))).toBe(
      "limits: in effect, revision 1\n",
    );
    expect(weir.service.settings.limits).toEqual([{ scope: "key", subject: "*", rpm: 60 }]);
    expect(await printed(() => setConfig("limits", file, flags))).toBe("limits: it is so already\n");
    expect(await printed(() => unsetConfig("limits", flags))).toBe("limits: in effect, revision 2\n");
    expect(text()).toBe(TEST_CONFIG);
    expect(await printed(() => restoreConfig("2", flags))).toBe("limits: in effect, revision 3\n");
    const revisions = await printed(() => listRevisions("limits", { ...flags, limit: "5" }));
    expect(revisions.split("\n").map((line) => line.slice(0, 6).trim())).toEqual(["3", "2", "1", ""]);
    expect(revisions).toMatch(/1 {2}2027-\d\d-\d\dT[\d:]{5}Z {2}limits {6}the admin key: for all\n$/);
    for (const line of revisions.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("says what waits for a restart, and every fault of what is not taken", async () => {
    writeFileSync(file, "server: { port: 9 }\n");
    expect(await printed(() => setConfig("server", file, flags))).toContain(
      "server.port takes effect at the next start",
    );
    writeFileSync(file, "[{ scope: key, subject: '*', rpm: 0 }, { scope: no, subject: x }]");
    await expect(setConfig("limits", file, flags)).rejects.toThrow(/limits\.0\.rpm: .*\n.*limits\.1\.scope/);
    writeFileSync(file, Buffer.from([0xff]));
    await expect(setConfig("limits", file, flags)).rejects.toThrow("is not valid UTF-8");
    const answer = await printed(() => showConfig("server", { ...flags, json: true }));
    expect(JSON.parse(answer)).toMatchObject({ written: { port: 9 }, editable: true });
  });
});
