import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openConfigFile } from "./config-file.ts";
import { createFileSwap } from "./swap-file.ts";

describe("the file of the configuration", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "weir-file-"));
    path = join(folder, "weir.yaml");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const open = (at = path) => {
    let made = 0;
    return openConfigFile(at, () => `draft-${made++}`);
  };

  it("is made where there was none, replaced and removed, and leaves nothing beside it", async () => {
    const file = open();
    expect(file.read()).toMatchObject({ exists: false, reason: null, text: "" });
    const first = await file.replace("a: 1\n", file.read().etag);
    expect(file.read()).toMatchObject({ exists: true, text: "a: 1\n", etag: first, reason: null });
    const second = await file.replace("a: 2\n", first);
    expect(second).not.toBe(first);
    expect(readdirSync(folder)).toEqual(["weir.yaml"]);
    await file.replace(null, second);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("keeps its mode, and stays the file that a link leads to", async () => {
    const real = join(folder, "real.yaml");
    writeFileSync(real, "a: 1\n");
    chmodSync(real, 0o640);
    symlinkSync("real.yaml", path);
    const file = open();
    await file.replace("a: 2\n", file.read().etag);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, "utf8")).toBe("a: 2\n");
    expect(statSync(real).mode & 0o777).toBe(0o640);
  });

  it("is not replaced when it became another, and nothing is left beside it", async () => {
    writeFileSync(path, "a: 1\n");
    const file = open();
    const { etag } = file.read();
    writeFileSync(path, "a: by hand\n");
    await expect(file.replace("a: 2\n", etag)).rejects.toMatchObject({ code: "settings_changed" });
    expect(readFileSync(path, "utf8")).toBe("a: by hand\n");
    expect(readdirSync(folder)).toEqual(["weir.yaml"]);
  });

  it.each([
    ["is marked read-only", () => writeFileSync(path, "a: 1\n", { mode: 0o444 }), /marked read-only/],
    ["is not UTF-8", () => writeFileSync(path, Buffer.from([0x61, 0xff])), /not UTF-8/],
    ["is a folder", () => mkdirSync(path), /folder/],
    ["is a link that leads nowhere", () => symlinkSync("gone.yaml", path), /no such file/],
  ])("says why it cannot be changed when it %s", (_, make, reason) => {
    make();
    expect(open().read().reason).toMatch(reason);
  });

  it("says so when its folder is not there", async () => {
    const file = open(join(folder, "gone", "weir.yaml"));
    expect(file.read()).toMatchObject({ exists: false, reason: expect.stringContaining("folder") });
    await expect(file.replace("a: 1\n", file.read().etag)).rejects.toMatchObject({ code: "settings_not_writable" });
  });

  it("is as it was when what stands in it cannot be applied", async () => {
    writeFileSync(path, "a: 1\n");
    const file = open();
    const seen: string[] = [];
    const faults: unknown[] = [];
    const swap = createFileSwap({
      file,
      reload: async () => {
        seen.push(file.read().text);
        if (file.read().text === "a: 2\n") throw new Error("a router is missing");
      },
      log: { error: (fault) => faults.push(fault) },
    });
    const failed = swap.apply("a: 2\n", file.read());
    await expect(failed).rejects.toThrow("could not be applied and was taken back: a router is missing");
    expect(seen).toEqual(["a: 2\n", "a: 1\n"]);
    expect(file.read().text).toBe("a: 1\n");
    expect(faults).toEqual([]);
  });

  it("is known as our own until somebody writes it", async () => {
    writeFileSync(path, "a: 1\n");
    const file = open();
    const swap = createFileSwap({ file, reload: async () => {}, log: { error: () => {} } });
    expect(swap.isOwnWriting()).toBe(false);
    await swap.apply("a: 2\n", file.read());
    expect(swap.isOwnWriting()).toBe(true);
    writeFileSync(path, "a: 3\n");
    expect(swap.isOwnWriting()).toBe(false);
    // What was ours once may have been replaced in effect by what came between.
    writeFileSync(path, "a: 2\n");
    expect(swap.isOwnWriting()).toBe(false);
  });
});
