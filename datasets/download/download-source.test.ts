import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PublicSource } from "../sources.ts";
import { downloadSource } from "./download-source.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const LFS = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 5\n`;

let contents: Record<string, string>;
let asked: string[];
let server: Server;
let base: string;
let folder: string;

const source = (files: PublicSource["files"]): PublicSource => ({
  name: "made-up",
  title: "a made-up source",
  repository: "some/where",
  commit: "c0ffee",
  licence: "MIT",
  weights: { mayShip: true, because: "MIT" },
  qualitySource: "exact",
  importer: "pairs-csv",
  files,
});
const two = source([
  { path: "a b/one.csv", sha256: null },
  { path: "two.csv", sha256: sha256("2,2\n") },
]);
const deps = { fetch, clock: () => new Date("2026-01-02T03:04:05Z") };
const get = (from: PublicSource, options: { base?: string } = {}) =>
  downloadSource(from, { folder, base, ...options }, deps);

beforeAll(async () => {
  server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? "").replace("/some/where/c0ffee/", ""));
    asked.push(name);
    const content = contents[name];
    if (content === undefined) response.writeHead(404).end("not here");
    else if (name === "short.csv") {
      response.writeHead(200, { "content-length": content.length + 50 }).write(content);
      setImmediate(() => response.destroy());
    } else response.writeHead(200, { "content-length": content.length }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});
beforeEach(async () => {
  contents = { "a b/one.csv": "1,1\n", "two.csv": "2,2\n" };
  asked = [];
  folder = await mkdtemp(path.join(tmpdir(), "weir-download-"));
  return () => rm(folder, { recursive: true, force: true });
});

describe("downloadSource", () => {
  it("lays the files out as in the repository and records origin, commit, licence and checksums", async () => {
    const record = await get(two);
    expect(await readFile(path.join(folder, "a b", "one.csv"), "utf8")).toBe("1,1\n");
    expect(record).toMatchObject({ repository: "some/where", commit: "c0ffee", licence: "MIT", mayShipWeights: true });
    expect(record.files).toEqual([
      {
        path: "a b/one.csv",
        url: `${base}/some/where/c0ffee/a%20b/one.csv`,
        bytes: 4,
        sha256: sha256("1,1\n"),
        checked: "recorded",
        at: "2026-01-02T03:04:05.000Z",
      },
      expect.objectContaining({ path: "two.csv", checked: "published" }),
    ]);
    expect(JSON.parse(await readFile(path.join(folder, "download.json"), "utf8"))).toEqual(record);
  });

  it("fetches nothing again that is there, and mends what was changed", async () => {
    const once = await get(two);
    asked = [];
    expect(await get(two)).toEqual(once);
    expect(asked).toEqual([]);
    await writeFile(path.join(folder, "two.csv"), "changed");
    await get(two);
    expect(asked).toEqual(["two.csv"]);
    expect(await readFile(path.join(folder, "two.csv"), "utf8")).toBe("2,2\n");
  });

  it("refuses what differs from the published checksum, and from the recorded one next time", async () => {
    contents["two.csv"] = "other";
    await expect(get(two)).rejects.toMatchObject({
      code: "checksum_mismatch",
      place: expect.stringContaining("two.csv"),
    });
    contents["two.csv"] = "2,2\n";
    await get(two);
    contents["a b/one.csv"] = "other";
    await rm(path.join(folder, "a b", "one.csv"));
    await expect(get(two)).rejects.toMatchObject({ code: "checksum_mismatch" });
    expect(await readdir(path.join(folder, "a b"))).toEqual([]);
  });

  it("goes on where it stopped", async () => {
    delete contents["two.csv"];
    await expect(get(two)).rejects.toMatchObject({ code: "download_failed", message: expect.stringContaining("404") });
    contents["two.csv"] = "2,2\n";
    asked = [];
    await get(two);
    expect(asked).toEqual(["two.csv"]);
  });

  it.each([
    ["short.csv", "1,2,3\n", /broke off/],
    ["pointer.csv", LFS, /LFS pointer/],
  ])("leaves nothing behind of %s", async (name, content, reason) => {
    contents[name] = content;
    await expect(get(source([{ path: name, sha256: null }]))).rejects.toThrow(reason);
    expect(await readdir(folder)).toEqual([]);
  });

  it("says plainly that there is no network, and what to do instead", async () => {
    // Port 9 of the loopback: nothing listens there.
    const failed = get(two, { base: "http://127.0.0.1:9" });
    await expect(failed).rejects.toMatchObject({ code: "network_unavailable" });
    await expect(failed).rejects.toThrow(
      /no network: 127\.0\.0\.1:9 cannot be reached .*clone https:\/\/github\.com\/some\/where, check out c0ffee/,
    );
  });

  it("takes no plain http mirror but on the loopback, and no folder of another download", async () => {
    await expect(get(two, { base: "http://example.org" })).rejects.toThrow(/https address/);
    await writeFile(path.join(folder, "download.json"), "{}");
    await expect(get(two)).rejects.toMatchObject({ code: "file_exists" });
  });
});
