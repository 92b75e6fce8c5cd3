// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { buildCatalogue } from "../catalogue.ts";
import { settingsFrom } from "../config.ts";
import { initCommand } from "../init-command.ts";
import { loadProviders } from "../service.ts";
import { draftFromEnvironment } from "./from-environment.ts";
import { renderDraft } from "./render-draft.ts";
import { VENDORS } from "./vendors.ts";

const AT = new Date("2026-11-23T00:00:00Z");
let providers: Awaited<ReturnType<typeof loadProviders>>;

beforeAll(async () => {
  providers = await loadProviders();
});

const settingsOf = (text: string, environment: Record<string, string> = {}) =>
  settingsFrom(text, null, {}, environment, null, providers);

describe("weir init from the environment", () => {
  it("names the keys that are set and copies none of them", () => {
    const environment = { OPENAI_API_KEY: "sk-secret-1", GEMINI_API_KEY: "secret-2" };
    const text = renderDraft(draftFromEnvironment(environment));
    expect(text).not.toContain("secret");
    const settings = settingsOf(text, environment);
    expect(Object.keys(settings.upstreams)).toEqual(["openai", "google"]);
    expect(settings.upstreams.google?.apiKey).toBe("secret-2");
    expect(settings.routes.default).toMatchObject({ incumbent: "openai/gpt-4.1", mode: "observe" });
  });

  it("lists models with known prices for every vendor that it knows", () => {
    const environment = Object.fromEntries(VENDORS.map(({ keys }) => [keys[0]!, "https://key.invalid"]));
    const draft = draftFromEnvironment({ ...environment, AZURE_OPENAI_ENDPOINT: "https://a.openai.azure.com" });
    const settings = settingsOf(renderDraft(draft), {
      ...environment,
      AZURE_OPENAI_ENDPOINT: "https://a.openai.azure.com",
    });
    expect(buildCatalogue(settings, AT).alerts).toEqual([]);
  });

  it("says which keys it looked for where none is set", () => {
    expect(draftFromEnvironment({ OPENAI_API_KEY: "" }).notes[0]?.message).toContain("OPENAI_API_KEY");
  });
});

describe("the command", () => {
  it("writes a file that our own check accepts, and keeps one that is there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "weir-init-"));
    const source = join(folder, "config.yaml");
    const out = join(folder, "weir.yaml");
    writeFileSync(
      source,
      "model_list: [{ model_name: gpt-4o, litellm_params: { model: openai/gpt-4o, api_key: sk-1, x: 1 } }]",
    );
    await initCommand(source, { from: "litellm", out });
    const written = readFileSync(out, "utf8");
    expect(written).toContain("To look at:");
    await expect(initCommand(source, { from: "litellm", out })).rejects.toThrow(/is there already; --force/);
    expect(readFileSync(out, "utf8")).toBe(written);
    await initCommand(source, { from: "litellm", out, force: true });
  });

  it("names the gateways it can read when it is given another", async () => {
    await expect(initCommand("x", { from: "kong", out: "-" })).rejects.toThrow(/known: litellm, portkey/);
  });
});
