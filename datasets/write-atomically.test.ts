import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refuseUnwritable, writeAtomically } from "./write-atomically.ts";

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "weir-write-"));
  await mkdir(at("folder"));
  await writeFile(at("file"), "old");
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const lists = async (where: string) => (await readdir(where, { recursive: true })).sort();

describe("writeAtomically", () => {
  it("makes the folders of the path, and packs what is called .gz", async () => {
    await writeAtomically(at("new", "deep", "a.txt.gz"), ["one ", "two"]);
    expect(gunzipSync(await readFile(at("new", "deep", "a.txt.gz"))).toString()).toBe("one two");
    expect(await lists(at("new"))).toEqual(["deep", "deep/a.txt.gz"]);
  });

  it.each([
    ["a folder of that name", "folder", "there is a folder of that name"],
    ["a file on the way", "file/below.txt", "a file stands where a folder is needed"],
    ["a file far up the way", "file/far/below.txt", "a file stands where a folder is needed"],
    ["a name beyond all bounds", `${"n".repeat(300)}.txt`, "the name is too long"],
  ])("names the file and the fault, and leaves nothing: %s", async (_, name, message) => {
    const before = await lists(folder);
    await expect(writeAtomically(at(name), ["new"], { force: true })).rejects.toMatchObject({
      code: "file_unwritable",
      place: at(name),
      message: expect.stringContaining(message),
    });
    expect(await lists(folder)).toEqual(before);
  });

  it("keeps the old file whole when the new one breaks off, and leaves no part", async () => {
    const before = await lists(folder);
    const broken = async function* () {
      yield "half of ";
      throw new Error("the source ended");
    };
    await expect(writeAtomically(at("file"), broken(), { force: true })).rejects.toThrow("the source ended");
    expect(await readFile(at("file"), "utf8")).toBe("old");
    expect(await lists(folder)).toEqual(before);
  });

  it("refuses a file that is there unless forced", async () => {
    await expect(writeAtomically(at("file"), ["new"])).rejects.toMatchObject({ code: "file_exists" });
    expect(await readFile(at("file"), "utf8")).toBe("old");
  });

  it.runIf(existsSync("/dev/full"))("says that a disk is full, and never puts a file in a device's place", async () => {
    await symlink("/dev/full", at("full"));
    await expect(writeAtomically(at("full"), ["new"], { force: true })).rejects.toMatchObject({
      code: "file_unwritable",
      message: "cannot be written: no space left on the disk",
    });
    expect(await lists(folder)).toContain("full");
  });
});

describe("refuseUnwritable", () => {
  it("lets a place pass that could be made, and makes nothing", async () => {
    const before = await lists(folder);
    expect(await refuseUnwritable(at("later", "models"), "folder")).toBeNull();
    expect((await refuseUnwritable(at("folder"), "folder"))?.isDirectory()).toBe(true);
    expect(await lists(folder)).toEqual(before);
  });

  it("finds a file where a folder is wanted", async () => {
    await expect(refuseUnwritable(at("file"), "folder")).rejects.toMatchObject({ code: "file_unwritable" });
  });
});
