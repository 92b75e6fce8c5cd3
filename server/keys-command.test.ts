import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { registerServerCommands } from "./cli.ts";
import { hashOfSecret } from "./keys/key-secret.ts";
import { openStorage } from "./open-storage.ts";
import { TEST_CONFIG } from "./testing/build-test-app.ts";

describe("weir keys", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "weir-keys-"));
    writeFileSync(join(folder, "weir.yaml"), TEST_CONFIG);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  const url = () => `sqlite:${join(folder, "weir.db")}`;

  /** Runs a command line and gives what it wrote to stdout. */
  async function keys(...words: string[]): Promise<string> {
    const written: string[] = [];
    vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const program = new Command("weir").exitOverride();
    registerServerCommands(program);
    const where = ["--config", join(folder, "weir.yaml"), "--storage", url()];
    await program.parseAsync(["keys", ...words, ...where], { from: "user" });
    vi.restoreAllMocks();
    return written.join("");
  }

  async function opens(secret: string): Promise<string | null> {
    const storage = await openStorage(url());
    const opened = await storage.keys.findByHash(hashOfSecret(secret.trim()));
    await storage.close();
    return opened === null || opened.key.revokedAtMs !== null ? null : opened.key.keyId;
  }

  it("create prints the key alone, so that it can be piped, and it opens the database's key", async () => {
    const secret = await keys("create", "--name", "ci", "--team", "research");
    expect(secret).toMatch(/^sk-weir-[\w-]{43}\n$/);
    expect(await opens(secret)).toMatch(/^key_/);
  });

  it("create --json tells all of it, with limits, budget and expiry", async () => {
    const limits = ["--rpm", "10", "--parallel", "2", "--budget-usd", "5", "--window", "7d", "--expires", "30d"];
    const made = JSON.parse(
      await keys("create", "--name", "ci", "--allow-models", "openai/*, up", ...limits, "--json"),
    );
    expect(made).toMatchObject({
      name: "ci",
      models: ["openai/*", "up"],
      limits: { rpm: 10, parallel: 2 },
      budget: { usd: 5, window: "7d", hard: true },
      disabled: false,
    });
    expect(Date.parse(made.expires_at) - Date.now()).toBeGreaterThan(29 * 86_400_000);
  });

  it("list says which keys have expired", async () => {
    await keys("create", "--name", "brief", "--expires", "1d");
    expect(await keys("list")).not.toContain("expired");
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 2 * 86_400_000);
    expect(await keys("list")).toContain("expired");
  });

  it("create says that a window without a budget would count nothing", async () => {
    await expect(keys("create", "--name", "ci", "--window", "1d")).rejects.toThrow("--budget-usd is needed");
    await expect(keys("create", "--name", "ci", "--soft")).rejects.toThrow("--budget-usd is needed");
    expect(await keys("list")).not.toContain("key_");
  });

  it("list shows every key and no text of any", async () => {
    const secret = (await keys("create", "--name", "one")).trim();
    await keys("create", "--name", "two");
    const table = await keys("list");
    expect(table).toContain("one");
    expect(table).toContain("two");
    expect(table).not.toContain(secret);
    expect(JSON.parse(await keys("list", "--json")).keys).toHaveLength(2);
  });

  it("revoke ends a key, and rotate gives it a new text beside the old one", async () => {
    const { id, key } = JSON.parse(await keys("create", "--name", "a", "--json")) as { id: string; key: string };
    const rotated = await keys("rotate", id, "--overlap", "1h");
    expect([await opens(key), await opens(rotated)]).toEqual([id, id]);
    await keys("revoke", id);
    expect([await opens(key), await opens(rotated)]).toEqual([null, null]);
    await expect(keys("revoke", id)).rejects.toThrow(/there is no key/);
  });

  it("disable shuts a key and enable opens it again", async () => {
    const { id } = JSON.parse(await keys("create", "--name", "a", "--json")) as { id: string };
    const isDisabled = async () => JSON.parse(await keys("list", "--json")).keys[0].disabled;
    expect(await keys("disable", id)).toBe(`${id} is disabled\n`);
    expect(await isDisabled()).toBe(true);
    expect(JSON.parse(await keys("enable", id, "--json"))).toMatchObject({ id, disabled: false });
    expect(await isDisabled()).toBe(false);
    for (const word of ["disable", "enable", "revoke", "rotate"])
      await expect(keys(word, "key_none"), word).rejects.toThrow(/there is no key/);
  });

  it.each([
    [["create", "--name", "a", "--rpm", "many"], "limits.rpm"],
    [["create", "--name", "a", "--budget-usd", "-1"], "budget.usd"],
    [["create", "--name", "a", "--budget-usd", "1", "--window", "soon"], "budget.window"],
    [["create", "--name", "a", "--expires", "soon"], "--expires"],
    [["rotate", "key_1", "--overlap", "1 day"], "--overlap"],
  ])("%j names %s", async (words, place) => {
    await expect(keys(...words)).rejects.toMatchObject({ code: "invalid_request", place });
  });
});
