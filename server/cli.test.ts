import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RouteDecision } from "../engine/schema/decision.ts";
import { writeTinyArtifact } from "../engine/testing/tiny-artifact.ts";
import { registerServerCommands } from "./cli.ts";
import { TEST_CONFIG } from "./testing/build-test-app.ts";

describe("weir", () => {
  let folder: string;
  beforeEach(async () => {
    vi.stubEnv("COLUMNS", "200");
    folder = mkdtempSync(join(tmpdir(), "weir-cli-"));
    for (const version of ["1", "2"]) await writeTinyArtifact(pathToFileURL(`${folder}/models/default/${version}/`));
    writeFileSync(join(folder, "weir.yaml"), TEST_CONFIG);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
    process.exitCode = 0;
  });

  /** Runs a command line and gives what it wrote to stdout. */
  async function weir(...words: string[]): Promise<string> {
    const written: string[] = [];
    vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const program = new Command("weir").exitOverride();
    registerServerCommands(program);
    const where = ["--config", join(folder, "weir.yaml"), "--models", join(folder, "models")];
    await program.parseAsync([...words, ...where], { from: "user" });
    vi.restoreAllMocks();
    return written.join("");
  }

  it("route --json prints the answer of POST /route", async () => {
    const answer = RouteDecision.parse(JSON.parse(await weir("route", "What is 2 + 2?", "--json")));
    expect(answer).toMatchObject({ route: "default", router: { name: "tiny" } });
    expect(answer.candidates).toBeUndefined();
  });

  it("route prints a table with every candidate and why it was left out", async () => {
    const table = await weir("route", "What is 2 + 2?", "--quality", "0.1", "--policy", "random");
    expect(table).toMatch(/policy\s+│ random/);
    expect(table).toMatch(/local\/unpriced.*price_unknown/);
  });

  it("route follows rules by metadata", async () => {
    const words = ["route", "a", "--json", "--route", "fixed", "--metadata", "feature=cheap"];
    expect(JSON.parse(await weir(...words))).toMatchObject({ reason: "rule", model: "openai/gpt-4o-mini" });
  });

  it("route names the fault of a router that it was told to read", async () => {
    for (const version of ["1", "2"]) writeFileSync(join(folder, `models/default/${version}/router.onnx`), "broken");
    await expect(weir("route", "a")).rejects.toMatchObject({
      message: expect.stringMatching(/^router\.onnx has SHA-256/),
      place: expect.stringContaining("--models"),
    });
  });

  it.each([
    [["route", ""], "prompt"],
    [["route", "a", "--quality", "7"], "quality"],
    [["route", "a", "--quality", "much"], "--quality"],
    [["route", "a", "--route", "nowhere"], "--route"],
    [["route", "a", "--metadata", "feature"], "--metadata"],
  ])("%j is refused and names the field", async (words, place) => {
    await expect(weir(...words)).rejects.toMatchObject({ place });
  });

  it("routers promotes, lists and rolls back", async () => {
    expect(await weir("routers", "promote", "default", "1")).toBe("default serves 1 now (was 2)\n");
    expect(JSON.parse(await weir("routers", "list", "--json")).routers[0]).toMatchObject({
      current: "1",
      previous: "2",
    });
    expect(await weir("routers", "list")).toMatch(/default\s+│ 1\s.*promoted/);
    expect(await weir("routers", "show", "default")).toMatch(/tiny test, tier fast/);
    expect(await weir("routers", "rollback", "default")).toBe("default serves 2 now (was 1)\n");
    await expect(weir("routers", "promote", "default", "9")).rejects.toMatchObject({ code: "unknown_router" });
  });

  it("routers does not point to a version that does not open", async () => {
    writeFileSync(join(folder, "models/default/1/router.onnx"), "broken");
    await expect(weir("routers", "promote", "default", "1")).rejects.toMatchObject({ code: "artifact_corrupt" });
    expect(JSON.parse(await weir("routers", "list", "--json")).routers[0].current).toBe("2");
  });

  it("doctor ends with 1 when something is at fault", async () => {
    writeFileSync(join(folder, "weir.yaml"), `${TEST_CONFIG}\nstorage: { url: "sqlite:${folder}/weir.yaml/x.db" }\n`);
    const { sound, findings } = JSON.parse(await weir("doctor", "--json"));
    expect(sound).toBe(false);
    expect(findings).toContainEqual(expect.objectContaining({ part: "storage", level: "fault" }));
    expect(process.exitCode).toBe(1);
  });
});
