import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openDatabase } from "../../storage/sqlite.ts";
import { CUBES } from "../../usage/dimensions.ts";
import { logStoreConformance } from "../log-store.conformance.ts";
import { type LogStore, openLogStore } from "../log-store.ts";
import { trafficOf } from "../testing/make-entries.ts";
import { grainCode } from "./_parts.ts";

logStoreConformance("sqlite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "weir-log-store-"));
  return {
    open: () => openLogStore(`sqlite:${join(folder, "log.db")}`),
    destroy: async () => rmSync(folder, { recursive: true }),
  };
});

it("keeps a request and its indexes within 450 bytes, and 750 with its share of the sums of its first hour", async () => {
  const folder = mkdtempSync(join(tmpdir(), "weir-log-size-"));
  const path = join(folder, "log.db");
  const store = await openLogStore(`sqlite:${path}`);
  const toMs = Date.UTC(2026, 5, 30);
  const count = 20_000;
  const make = trafficOf({ seed: 1, fromMs: toMs - 3_600_000, toMs });
  for (let i = 0; i < count; i += 2_000) {
    await store.write(Array.from({ length: 2_000 }, (_, j) => make(i + j, count)));
  }
  await store.close();
  const database = await openDatabase(path);
  const bytes = (like: string) =>
    database.prepare<[string], { sum: number }>("select sum(pgsize) as sum from dbstat where name like ?").get(like)!
      .sum;
  expect((bytes("requests%") + bytes("%autoindex_requests%")) / count).toBeLessThan(450);
  expect(bytes("%") / count).toBeLessThan(750);
  database.close();
  rmSync(folder, { recursive: true });
});

it("gives sets of sums that came with a later version what was summed before them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "weir-log-cubes-"));
  const path = join(folder, "log.db");
  const toMs = Date.UTC(2026, 5, 30);
  const make = trafficOf({ seed: 1, fromMs: toMs - 40 * 86_400_000, toMs });
  const first = await openLogStore(`sqlite:${path}`);
  for (let i = 0; i < 600; i += 200) await first.write(Array.from({ length: 200 }, (_, j) => make(i + j, 800)));
  await first.close();
  const database = await openDatabase(path);
  const later = CUBES.flatMap(({ of, grains }, cube) =>
    of === undefined ? [] : grains.map((grain) => grainCode(cube, grain)),
  );
  const forget = database.prepare("delete from usage_parts where grain = ?");
  const questions = [["status", "model"], ["team", "feature"], ["tag"]] as const;
  const ask = (store: LogStore) =>
    Promise.all(
      questions.map((groupBy) =>
        store.usage({ fromMs: toMs - 90 * 86_400_000, toMs, interval: "day", groupBy, filters: {}, limit: 1_000 }),
      ),
    );
  for (const code of later) forget.run(code);
  database.close();
  const again = await openLogStore(`sqlite:${path}`);
  await again.write(Array.from({ length: 200 }, (_, j) => make(600 + j, 800)));
  const answers = await ask(again);
  expect(answers.map(({ total }) => total.requests)).toEqual([800, 800, 800]);
  expect(answers[2]!.rows.some(({ group }) => group.tag === "tag-4")).toBe(true);
  const never = await openLogStore("sqlite::memory:");
  const whole = trafficOf({ seed: 1, fromMs: toMs - 40 * 86_400_000, toMs });
  await never.write(Array.from({ length: 800 }, (_, i) => whole(i, 800)));
  const byText = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).sort();
  expect(answers.map(({ rows }) => byText(rows))).toEqual((await ask(never)).map(({ rows }) => byText(rows)));
  await Promise.all([again.close(), never.close()]);
  rmSync(folder, { recursive: true });
});
