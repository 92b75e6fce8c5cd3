import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRouterStore } from "./router-store.ts";

describe("openRouterStore", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "weir-models-"));
    for (const version of ["2026-01-01.9", "2026-01-01.10", "2025-12-31.1"]) add("default", version);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function add(name: string, version: string): void {
    mkdirSync(join(folder, name, version), { recursive: true });
    const manifest = { tier: "fast", createdAt: "2026-01-01T00:00:00Z" };
    writeFileSync(join(folder, name, version, "manifest.json"), JSON.stringify(manifest));
  }

  it("serves the newest version until one is promoted, numbers compared as numbers", () => {
    const family = openRouterStore(folder).show("default");
    expect(family).toMatchObject({ current: "2026-01-01.10", isPromoted: false, previous: "2026-01-01.9" });
    expect(family.versions[0]).toMatchObject({ version: "2025-12-31.1", tier: "fast", isCurrent: false });
  });

  it("promotes, and rolls back step by step", () => {
    const store = openRouterStore(folder);
    expect(store.promote("default", "2026-01-01.9")).toEqual({
      name: "default",
      from: "2026-01-01.10",
      to: "2026-01-01.9",
    });
    store.promote("default", "2025-12-31.1");
    expect(store.show("default")).toMatchObject({
      current: "2025-12-31.1",
      previous: "2026-01-01.9",
      isPromoted: true,
    });
    expect(store.rollback("default").to).toBe("2026-01-01.9");
    expect(store.rollback("default").to).toBe("2026-01-01.10");
    expect(store.folderOf("default")).toBe(join(folder, "default", "2026-01-01.10"));
  });

  it("keeps serving what was promoted when a newer version appears", () => {
    const store = openRouterStore(folder);
    store.promote("default", "2026-01-01.9");
    add("default", "2027-01-01.1");
    expect(store.show("default").current).toBe("2026-01-01.9");
  });

  it("leaves no draft behind and writes one short file", () => {
    const store = openRouterStore(folder);
    store.promote("default", "2026-01-01.9");
    store.promote("default", "2026-01-01.9");
    expect(readdirSync(join(folder, "default")).filter((file) => file.startsWith("current"))).toEqual(["current"]);
    expect(readFileSync(join(folder, "default", "current"), "utf8")).toBe("2026-01-01.9\n2026-01-01.10\n");
  });

  it("refuses a name or a version that is not there, and never leaves the folder", () => {
    const store = openRouterStore(folder);
    expect(() => store.show("../default")).toThrow(/no router/);
    expect(() => store.promote("default", "../../etc")).toThrow(/no version/);
    expect(() => store.promote("default", "2000-01-01.1")).toThrow(/known: 2025-12-31.1, 2026-01-01.9, 2026-01-01.10/);
    expect(() => openRouterStore(join(folder, "none")).show("default")).toThrow(/known: none/);
  });

  it("knows no text encoder as a router", () => {
    mkdirSync(join(folder, "encoders", "use-lite"), { recursive: true });
    const manifest = { schemaVersion: 1, name: "use-lite", embedder: "use-lite", dimensions: 512 };
    writeFileSync(join(folder, "encoders", "use-lite", "manifest.json"), JSON.stringify(manifest));
    const store = openRouterStore(folder);
    expect(store.list().map(({ name }) => name)).toEqual(["default"]);
    expect(() => store.promote("x", "1")).toThrow(/\(known: default\)/);
    expect(() => store.promote("encoders", "use-lite")).toThrow(/no router "encoders"/);
  });

  it("ignores a pointer to a version that was removed", () => {
    const store = openRouterStore(folder);
    store.promote("default", "2026-01-01.9");
    rmSync(join(folder, "default", "2026-01-01.9"), { recursive: true });
    expect(store.show("default").current).toBe("2026-01-01.10");
  });
});
