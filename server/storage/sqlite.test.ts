import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defineMigration, loadMigrations, versionOf } from "../migration.ts";
import { openStorage } from "../open-storage.ts";
import { describeStorage, storedDecision } from "../storage.conformance.ts";
import { migrate, openDatabase } from "./sqlite.ts";

describeStorage("sqlite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "weir-storage-"));
  return {
    open: (options) => openStorage(`sqlite:${join(folder, "deep", "weir.db")}`, options),
    destroy: async () => rmSync(folder, { recursive: true, force: true }),
  };
});

describe("sqlite migrations", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "weir-migrate-"));
    path = join(folder, "weir.db");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("are numbered without a gap", async () => {
    const versions = (await loadMigrations()).map(versionOf);
    expect(versions).toEqual(versions.map((_, i) => i + 1));
  });

  it("lead from every older version to the shape of an empty start", async () => {
    const all = await loadMigrations();
    const shapes = await Promise.all(
      all.map(async (_, older) => {
        const database = await openDatabase(join(folder, `${older}.db`));
        await migrate(database, all.slice(0, older));
        await migrate(database, all);
        const shape = database.prepare("select name, sql from sqlite_schema order by name").all();
        expect(database.pragma("user_version", { simple: true })).toBe(all.length);
        database.close();
        return shape;
      }),
    );
    for (const shape of shapes) expect(shape).toEqual(shapes[0]);
  });

  it("keep the rows of an older database", async () => {
    const all = await loadMigrations();
    const old = await openDatabase(path);
    await migrate(old, all.slice(0, 1));
    old.prepare("insert into settings (name, value) values ('a', 'b')").run();
    old.close();
    const storage = await openStorage(`sqlite:${path}`);
    expect(await storage.readSetting("a")).toBe("b");
    await storage.close();
  });

  it("wait for another process that is at it, and give up with a reason", async () => {
    const all = await loadMigrations();
    const [one, other] = [await openDatabase(path), await openDatabase(path)];
    await migrate(one, all.slice(0, 1));
    one.exec("begin immediate");
    let nowMs = 0;
    const clock = () => nowMs;
    const never = async (ms: number) => {
      nowMs += ms * 100;
    };
    const late = migrate(other, all, { mostMs: 60_000, clock, sleep: never });
    await expect(late).rejects.toThrow(/another process has held .*weir\.db for 1 minutes: it may be bringing it/);
    let waits = 0;
    const untilFree = async () => void (++waits === 2 && one.exec("commit"));
    await migrate(other, all, { mostMs: 60_000, clock, sleep: untilFree });
    expect([waits, other.pragma("user_version", { simple: true })]).toEqual([2, all.length]);
    expect(other.pragma("busy_timeout", { simple: true })).toBe(5_000);
    one.close();
    other.close();
  });

  it("roll back wholly when one statement fails", async () => {
    const database = await openDatabase(path);
    const broken = defineMigration({
      name: "0001-broken",
      up: ({ schema }) => [
        schema.createTable("one").addColumn("a", "text").compile(),
        schema.createTable("one").addColumn("a", "text").compile(),
      ],
    });
    await expect(migrate(database, [broken])).rejects.toThrow(/already exists/);
    expect(database.pragma("user_version", { simple: true })).toBe(0);
    expect(database.prepare("select count(*) as n from sqlite_schema").get()).toEqual({ n: 0 });
    database.close();
  });

  it("refuse a database of a newer Weir", async () => {
    const database = await openDatabase(path);
    database.pragma("user_version = 999");
    database.close();
    await expect(openStorage(`sqlite:${path}`)).rejects.toThrow(/newer/);
  });

  it("refuse a file that is no database and a folder that cannot be made, naming storage.url", async () => {
    writeFileSync(path, "this is not a database, only text that is long enough to be looked at");
    await expect(openStorage(`sqlite:${path}`)).rejects.toMatchObject({
      code: "storage_invalid",
      place: "storage.url",
    });
    await expect(openStorage(`sqlite:${path}/x/weir.db`)).rejects.toMatchObject({ code: "storage_invalid" });
    await expect(openStorage("mongo:x")).rejects.toThrow(/no storage speaks "mongo:" \(known: sqlite:\)/);
  });

  it("drop and count a row that the table refuses, and keep its neighbours", async () => {
    const errors: unknown[] = [];
    const storage = await openStorage(`sqlite:${path}`, { onError: (error) => errors.push(error) });
    storage.appendDecision(storedDecision(1));
    storage.appendDecision(storedDecision(2, { createdAtMs: "yesterday" as unknown as number }));
    storage.appendDecision(storedDecision(3));
    await storage.flush();
    expect((await storage.pageDecisions({ limit: 9 })).rows.map((row) => row.decisionId)).toEqual([
      "dec_000003",
      "dec_000001",
    ]);
    expect(storage.state()).toMatchObject({ queued: 0, dropped: 1 });
    expect(errors).toHaveLength(1);
    await storage.close();
  });
});
